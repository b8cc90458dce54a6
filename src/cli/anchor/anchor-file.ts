// The file that gets an imported anchor: which one it is, what it will say, and that it means what it should.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { findingText } from '../../config/config-error.ts';
import { dsText } from '../../config/ds-text.ts';
import { luaCall, yamlAnchorLine } from '../../config/edit/anchor-lines.ts';
import { withLuaAnchors } from '../../config/edit/lua-anchors.ts';
import { withYamlAnchors } from '../../config/edit/yaml-anchors.ts';
import { Findings } from '../../config/findings.ts';
import { readLuaConfig } from '../../config/lua/lua-config.ts';
import type { DomainName } from '../../wire/name.ts';
import type { AnchorConfig } from './anchor-config.ts';
import { type Replacement, replaceFile } from './replace-file.ts';

/** `none`: there is no configuration to write to. */
export type AnchorFile =
  | {
      readonly kind: 'lua' | 'yaml';
      readonly file: string;
      readonly exists: boolean;
      /** The line that makes the configuration read this file; absent when it does. */
      readonly lineToAdd?: string;
    }
  | { readonly kind: 'none' };

/** The Lua file where one is configured, else the YAML file, else a Lua file beside an old-style configuration. */
export function anchorFile({ config, mainFile, format }: AnchorConfig, wanted: string | undefined): AnchorFile {
  const lua = config.recursor.lua_config_file;
  if (wanted !== undefined) return wantedFile(resolve(wanted), lua, mainFile, format);
  if (lua !== '') return { kind: 'lua', file: lua, exists: existsSync(lua) };
  if (mainFile === undefined) return { kind: 'none' };
  if (format === 'yaml') return { kind: 'yaml', file: mainFile, exists: true };
  return luaFile(join(dirname(mainFile), 'recursor.lua'), format);
}

function wantedFile(
  file: string,
  lua: string,
  mainFile: string | undefined,
  format: AnchorConfig['format'],
): AnchorFile {
  if (extname(file) !== '.lua') return { kind: 'yaml', file, exists: existsSync(file) };
  if (lua !== '' && resolve(lua) === file) return { kind: 'lua', file, exists: existsSync(file) };
  return luaFile(file, mainFile === undefined ? 'old-style' : format);
}

function luaFile(file: string, format: AnchorConfig['format']): AnchorFile {
  const lineToAdd =
    format === 'yaml' ? `recursor: {lua_config_file: '${file.replaceAll("'", "''")}'}` : `lua-config-file=${file}`;
  return { kind: 'lua', file, exists: existsSync(file), lineToAdd };
}

/** What the file will say of these DS, for a person to read; both forms where no file is known. */
export function linesFor(target: AnchorFile, zone: DomainName, dsTexts: readonly string[]): string[] {
  const lua = dsTexts.map((ds) => luaCall('addTA', zone, ds));
  const yaml = yamlAnchorLine(zone, dsTexts);
  if (target.kind === 'lua') return lua;
  return target.kind === 'yaml' ? [yaml] : [...lua, yaml];
}

/** Adds the DS to the file. Nothing has changed when it fails. */
export function writeAnchors(
  target: Exclude<AnchorFile, { kind: 'none' }>,
  zone: DomainName,
  dsTexts: readonly string[],
  remark: string,
): Replacement {
  let before = '';
  if (target.exists) {
    try {
      before = readFileSync(target.file, 'utf8');
    } catch (error) {
      return { ok: false, error: `cannot read ${target.file}: ${error instanceof Error ? error.message : error}` };
    }
    // What does not come back as it was read would not be kept.
    if (before.includes('\uFFFD')) return { ok: false, error: `${target.file} is not UTF-8 text` };
  }
  if (target.kind === 'lua') {
    const after = withLuaAnchors(before, zone, dsTexts, remark);
    return replaceFile(target.file, after, (temporary) => luaProblem(temporary, target, zone, dsTexts));
  }
  const after = withYamlAnchors(before, zone, dsTexts);
  return after.ok
    ? replaceFile(target.file, after.value)
    : { ok: false, error: `cannot add to ${target.file}: ${after.error}` };
}

/** Runs the changed file: it must load, and have the new anchors. */
function luaProblem(
  temporary: string,
  { file }: { readonly file: string },
  zone: DomainName,
  dsTexts: readonly string[],
): string | undefined {
  const findings = new Findings();
  const settings = readLuaConfig(temporary, findings);
  if (settings === undefined) {
    const why = findings.errors.map(findingText).join('; ').replaceAll(temporary, file);
    return `cannot add to ${file}: with the new lines it would not load: ${why}`;
  }
  const records = settings.trustAnchors.filter(({ name }) => name.equals(zone)).flatMap(({ dsRecords }) => dsRecords);
  const present = new Set(records.map(dsText));
  return dsTexts.every((ds) => present.has(ds))
    ? undefined
    : `cannot add to ${file}: the new lines have no effect there`;
}
