// Runs Lua texts as configuration files in a directory of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { findingText } from '../../../src/config/config-error.ts';
import { dsText } from '../../../src/config/ds-text.ts';
import { Findings } from '../../../src/config/findings.ts';
import { type LuaConfigOptions, readLuaConfig } from '../../../src/config/lua/lua-config.ts';
import type { LuaSettings } from '../../../src/config/lua/lua-settings.ts';
import { nameText } from '../../../src/wire/name-text.ts';

export interface LuaRun {
  readonly settings: LuaSettings | undefined;
  /** `file:line:column: path: message`, without the directory and the option's path. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** What was printed or logged. */
  readonly lines: readonly string[];
}

/** A directory that is removed after the tests of the file, with its `run` of a text as `recursor.lua`. */
export function luaDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'kedge-lua-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string | Uint8Array): string => {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const plain = (text: string) => text.replaceAll(`${directory}/`, '').replace('recursor.lua_config_file: ', '');
  const run = (text: string | Uint8Array, options: LuaConfigOptions = {}, name = 'recursor.lua'): LuaRun => {
    const findings = new Findings();
    const settings = readLuaConfig(write(name, text), findings, options);
    return {
      settings,
      errors: findings.errors.map(findingText).map(plain),
      warnings: findings.warnings.map(findingText).map(plain),
      lines: (settings?.logLines ?? []).map((line) => plain(line.text)),
    };
  };
  return { directory, write, run };
}

/** `name: DS, DS` for each anchor but the built-in ones. */
export function anchorLines(settings: LuaSettings | undefined): readonly string[] {
  return (settings?.trustAnchors ?? []).flatMap(({ name, dsRecords }) => {
    const written = dsRecords.filter((ds) => ds.place !== undefined).map(dsText);
    return written.length === 0 ? [] : [`${nameText(name)}: ${written.join(', ')}`];
  });
}

/** The key tags of the root anchors. */
export function rootTags(settings: LuaSettings | undefined): readonly number[] {
  return (settings?.trustAnchors ?? [])
    .filter(({ name }) => name.isRoot)
    .flatMap(({ dsRecords }) => dsRecords.map((ds) => ds.keyTag));
}
