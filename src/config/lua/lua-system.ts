// What a Lua file may ask of the system: the time, the environment, files to read. Nothing that changes anything.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { luaEngine } from './lua-engine.ts';
import { MAX_STRING_OCTETS } from './lua-limits.ts';
import type { LuaCall, LuaMachine } from './lua-machine.ts';
import { LuaTable, type LuaValue, textOctets } from './lua-values.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Where relative names of files start: the directory of the Lua file, then the directory the program runs in. */
export function searchDirectories(file: string): readonly string[] {
  return [...new Set([dirname(resolve(file)), process.cwd()])];
}

/** The absolute path of the first directory that has the file; without any, the path in the first directory. */
export function locateFile(name: string, directories: readonly string[]): string {
  if (isAbsolute(name)) return name;
  const candidates = directories.map((directory) => join(directory, name));
  return candidates.find(canOpen) ?? candidates[0] ?? name;
}

function canOpen(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** The content of a regular file of bearable size, or why there is none. */
export function readWholeFile(path: string): { ok: true; octets: Uint8Array } | { ok: false; error: string } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { ok: false, error: `${path}: it is no regular file` };
    if (status.size > MAX_STRING_OCTETS) {
      return { ok: false, error: `${path}: it has ${status.size} octets; at most ${MAX_STRING_OCTETS} are read` };
    }
    const octets = new Uint8Array(status.size);
    let length = 0;
    while (length < octets.length) {
      const count = readSync(descriptor, octets, length, octets.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return { ok: true, octets: octets.subarray(0, length) };
  } catch (error) {
    return { ok: false, error: `${path}: ${systemReason(error)}` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'No such file or directory';
  if (code === 'EACCES') return 'Permission denied';
  return code === '' ? String(error) : code;
}

/** Adds the table `os` and the functions that the prelude builds `io`, `dofile` and `require` from (`native`). */
export function defineSystem(machine: LuaMachine, directories: readonly string[], nowSeconds: number): void {
  machine.setValue('os', new LuaTable([]));
  machine.define('os.time', (call) => timeOf(call, nowSeconds));
  machine.define('os.date', (call) => {
    const seconds = call.optionalNumber(1, 'the time') ?? nowSeconds;
    return dateText(call, call.optionalText(0, 'the format') ?? '%c', seconds);
  });
  machine.define('os.clock', () => process.cpuUsage().user / 1e6);
  machine.define('os.difftime', (call) => call.number(0, 'the time') - (call.optionalNumber(1, 'the time') ?? 0));
  machine.define('os.getenv', (call) => process.env[call.text(0, 'the name')]);
  machine.define('os.setlocale', (call) => {
    const locale = call.optionalText(0, 'the locale') ?? 'C';
    return locale === '' || locale === 'C' || locale === 'POSIX' ? 'C' : undefined;
  });
  for (const name of ['execute', 'exit', 'remove', 'rename', 'tmpname']) {
    machine.define(`os.${name}`, (call) => {
      return call.fail('not available: the file only describes the configuration and changes nothing');
    });
  }
  machine.defineRaw('native.read', (state) => {
    const { lua, lauxlib } = luaEngine();
    const path = locateFile(new TextDecoder().decode(lauxlib.luaL_checklstring(state, 1)), directories);
    const result = readWholeFile(path);
    if (!result.ok) {
      lua.lua_pushnil(state);
      lua.lua_pushstring(state, textOctets(result.error));
      return 2;
    }
    machine.files.add(path);
    lua.lua_pushstring(state, result.octets);
    lua.lua_pushstring(state, textOctets(path));
    return 2;
  });
  machine.define('native.exists', (call) => canOpen(locateFile(call.text(0, 'the name'), directories)));
  machine.defineRaw('native.traceback', (state) => {
    luaEngine().lauxlib.luaL_traceback(state, state, null, 1);
    return 1;
  });
  machine.define('native.here', ({ place }) =>
    LuaTable.ofFields({ source: `@${place.file}`, currentline: place.line }),
  );
}

/** Seconds since 1970, of now or of a table with year, month, day and perhaps hour, min, sec in local time. */
function timeOf(call: LuaCall, nowSeconds: number): LuaValue {
  const [table] = call.values;
  if (table === undefined) return Math.floor(nowSeconds);
  if (!(table instanceof LuaTable)) return call.fail('a table is wanted, as {year = 2026, month = 12, day = 31}');
  const field = (name: string, missing?: number): number => {
    const value = Number(table.fields.get(name) ?? missing ?? Number.NaN);
    return Number.isFinite(value) ? value : call.fail(`field '${name}' missing in date table`);
  };
  const date = new Date(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour', 12),
    field('min', 0),
    field('sec', 0),
  );
  return Math.floor(date.getTime() / 1000);
}

/** `os.date`: strftime in the C locale, in UTC with a leading `!`; `*t` gives a table. */
function dateText(call: LuaCall, format: string, seconds: number): LuaValue {
  const utc = format.startsWith('!');
  const local = new Date(seconds * 1000);
  if (Number.isNaN(local.getTime())) return call.fail('the time is out of range');
  // Shifted so that the UTC fields of `date` are those wanted.
  const date = utc ? local : new Date(local.getTime() - local.getTimezoneOffset() * 60_000);
  const pattern = utc ? format.slice(1) : format;
  if (pattern.startsWith('*t')) return dateTable(date);
  return strftime(pattern, date, utc ? 0 : -local.getTimezoneOffset(), Math.floor(seconds), call);
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}

function dateTable(date: Date): LuaTable {
  return LuaTable.ofFields({
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    min: date.getUTCMinutes(),
    sec: date.getUTCSeconds(),
    wday: date.getUTCDay() + 1,
    yday: dayOfYear(date) + 1,
    isdst: false,
  });
}

function strftime(pattern: string, date: Date, offsetMinutes: number, seconds: number, call: LuaCall): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const inner = (text: string) => strftime(text, date, offsetMinutes, seconds, call);
  const [day, month, hour] = [date.getUTCDay(), date.getUTCMonth(), date.getUTCHours()];
  const forms: Readonly<Record<string, () => string>> = {
    a: () => days[day]?.slice(0, 3) ?? '',
    A: () => days[day] ?? '',
    b: () => months[month]?.slice(0, 3) ?? '',
    B: () => months[month] ?? '',
    c: () => inner('%a %b %e %H:%M:%S %Y'),
    d: () => two(date.getUTCDate()),
    D: () => inner('%m/%d/%y'),
    e: () => String(date.getUTCDate()).padStart(2),
    F: () => inner('%Y-%m-%d'),
    h: () => inner('%b'),
    H: () => two(hour),
    I: () => two(((hour + 11) % 12) + 1),
    j: () => String(dayOfYear(date) + 1).padStart(3, '0'),
    m: () => two(month + 1),
    M: () => two(date.getUTCMinutes()),
    n: () => '\n',
    p: () => (hour < 12 ? 'AM' : 'PM'),
    r: () => inner('%I:%M:%S %p'),
    R: () => inner('%H:%M'),
    s: () => String(seconds),
    S: () => two(date.getUTCSeconds()),
    t: () => '\t',
    T: () => inner('%H:%M:%S'),
    u: () => String(day === 0 ? 7 : day),
    w: () => String(day),
    x: () => inner('%m/%d/%y'),
    X: () => inner('%H:%M:%S'),
    y: () => two(date.getUTCFullYear() % 100),
    Y: () => String(date.getUTCFullYear()),
    z: () => zoneText(offsetMinutes),
    Z: () => (offsetMinutes === 0 ? 'UTC' : zoneText(offsetMinutes)),
    '%': () => '%',
  };
  return pattern.replace(/%([\s\S]?)/g, (whole, letter: string) => {
    return forms[letter]?.() ?? call.fail(`invalid conversion specifier '${whole}'`);
  });
}

function zoneText(minutes: number): string {
  const absolute = Math.abs(minutes);
  const digits = Math.floor(absolute / 60) * 100 + (absolute % 60);
  return `${minutes < 0 ? '-' : '+'}${String(digits).padStart(4, '0')}`;
}
