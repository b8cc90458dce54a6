// Runs a Lua configuration file (POWERDNS 2) and returns what it asks for.
import { resolve } from 'node:path';
import type { Findings } from '../findings.ts';
import type { Place } from '../input.ts';
import { AnchorSettings } from './anchor-functions.ts';
import { defineGlobals } from './lua-globals.ts';
import { queryHooks, unknownNameHint } from './lua-hints.ts';
import { LuaLimits } from './lua-limits.ts';
import { LuaMachine } from './lua-machine.ts';
import { defineObjects } from './lua-objects.ts';
import { defineOtherFunctions } from './lua-other-functions.ts';
import { luaPrelude } from './lua-prelude.ts';
import type { LuaSettings } from './lua-settings.ts';
import { defineBoundedStrings } from './lua-strings.ts';
import { defineSystem, readWholeFile, searchDirectories } from './lua-system.ts';
import { LuaTable, textOctets } from './lua-values.ts';

export interface LuaConfigOptions {
  /** Wall clock, seconds since 1970. */
  readonly nowSeconds?: number;
  /** Virtual machine instructions after which the file is stopped. */
  readonly instructionLimit?: number;
}

const optionPath = 'recursor.lua_config_file';
/** Versions whose directories of modules are searched; scripts for them run here. */
const moduleVersions = ['5.3', '5.1'];

/**
 * The settings of a Lua configuration file; undefined after at least one error in `findings`, which says the line. Every
 * run starts from the defaults. The file may read other files, and can change nothing outside its own run.
 */
export function readLuaConfig(
  file: string,
  findings: Findings,
  { nowSeconds = Date.now() / 1000, instructionLimit }: LuaConfigOptions = {},
): LuaSettings | undefined {
  const start: Place = { file, line: 1, column: 1 };
  const content = readWholeFile(resolve(file));
  if (!content.ok) return findings.error(start, optionPath, `cannot read ${content.error}`);
  const errorsBefore = findings.errors.length;
  const warn = (place: Place, message: string) => findings.warn(place, optionPath, message);
  const fail = (place: Place, message: string) => findings.error(place, optionPath, message);

  const machine = new LuaMachine(new LuaLimits(instructionLimit));
  machine.files.add(file);
  const directories = searchDirectories(file);
  machine.setValue('native', new LuaTable([]));
  machine.setValue('package_path', modulePath(directories));
  defineBoundedStrings(machine);
  defineSystem(machine, directories, nowSeconds);
  const logLines = defineGlobals(machine);
  defineObjects(machine);
  const anchors = new AnchorSettings(warn, nowSeconds);
  anchors.define(machine, directories);
  defineOtherFunctions(machine, warn, fail);
  const preludeError = machine.run('=prelude', textOctets(luaPrelude));
  if (preludeError !== undefined) throw new Error(`the Lua prelude failed: ${preludeError.message}`);

  const error = machine.run(`@${file}`, withoutFirstLineMark(content.octets));
  if (error !== undefined) return fail(error.place, withHint(error.message));
  if (findings.errors.length > errorsBefore) return undefined;
  for (const [name, place] of machine.definedFunctions(queryHooks)) {
    warn(place, `${name} is defined here but never called: query hooks belong in the file of lua-dns-script`);
  }
  return { ...anchors.settings(), files: [...machine.files], logLines };
}

function modulePath(directories: readonly string[]): string {
  const own = directories.flatMap((directory) => [`${directory}/?.lua`, `${directory}/?/init.lua`]);
  const shared = moduleVersions.flatMap((version) =>
    ['/usr/local/share/lua', '/usr/share/lua'].flatMap((root) => [
      `${root}/${version}/?.lua`,
      `${root}/${version}/?/init.lua`,
    ]),
  );
  return [...own, ...shared].join(';');
}

/** Without a byte order mark, and with a first line `#!...` as a comment: the line stays, for the line numbers. */
function withoutFirstLineMark(octets: Uint8Array): Uint8Array {
  const hasMark = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf;
  const text = hasMark ? octets.subarray(3) : octets;
  if (text[0] !== 0x23) return text;
  const commented = new Uint8Array(text.length + 2);
  commented.set(textOctets('--'));
  commented.set(text, 2);
  return commented;
}

function withHint(message: string): string {
  const name = /attempt to call a nil value \(global '([^']+)'\)/.exec(message)?.[1];
  const hint = name === undefined ? undefined : unknownNameHint(name);
  return hint === undefined ? message : `${message}; ${hint}`;
}
