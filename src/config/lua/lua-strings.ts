// Lua's string and table functions with bounds: patterns are matched by `lua-pattern.ts`, and nothing makes a string, or
// walks a pretended length, that is out of proportion. Behaviour and messages are those of Lua 5.3.
import { type LuaFunction, type LuaState, luaEngine } from './lua-engine.ts';
import { MAX_STRING_OCTETS, tooLongText } from './lua-limits.ts';
import type { LuaMachine } from './lua-machine.ts';
import { isPlainPattern, type PatternMatch, searchPattern, searchPlain } from './lua-pattern.ts';
import { LuaFailure, octetsText, textOctets } from './lua-values.ts';

/** Most a field of `string.format` is wide. */
const MAX_FORMAT_WIDTH = 100;
/** Most elements of a list that `table.concat` and `table.move` walk. */
const MAX_RANGE = 1_000_000;

const PERCENT = 0x25;

/** Puts the bounded functions in the place of the machine's own. */
export function defineBoundedStrings(machine: LuaMachine): void {
  const charge = (steps: number) => machine.limits.spend(steps);
  /** Mistakes in patterns become Lua errors. */
  const define = (name: string, call: LuaFunction) => {
    machine.defineRaw(name, (state) => {
      try {
        return call(state);
      } catch (error) {
        if (!(error instanceof LuaFailure)) throw error;
        return machine.raise(state, error.message);
      }
    });
  };
  define('string.find', (state) => find(state, true, charge));
  define('string.match', (state) => find(state, false, charge));
  define('string.gmatch', (state) => gmatch(state, machine, charge));
  define('string.gsub', (state) => gsub(state, charge));
  define('string.rep', repeat);
  const format = machine.rawFunction('string.format');
  define('string.format', (state) => {
    checkFormat(state);
    return format(state);
  });
  for (const name of ['insert', 'remove', 'sort', 'concat', 'move', 'unpack']) {
    const original = machine.rawFunction(`table.${name}`);
    define(`table.${name}`, (state) => {
      checkTable(state, name);
      charge(1);
      return original(state);
    });
  }
}

function stringAt(state: LuaState, index: number): Uint8Array {
  return luaEngine().lauxlib.luaL_checklstring(state, index);
}

/** `string.find`, with both offsets and the captures, and `string.match`, with the captures or the whole match. */
function find(state: LuaState, offsets: boolean, charge: (steps: number) => void): number {
  const { lua, lauxlib } = luaEngine();
  const [subject, pattern] = [stringAt(state, 1), stringAt(state, 2)];
  const start = startOffset(lauxlib.luaL_optinteger(state, 3, 1), subject.length);
  let match: PatternMatch | undefined;
  if (start > subject.length) match = undefined;
  else if (offsets && (lua.lua_toboolean(state, 4) || isPlainPattern(pattern))) {
    const at = searchPlain(subject, pattern, start, charge);
    match = at === -1 ? undefined : { start: at, end: at + pattern.length, captures: [] };
  } else match = searchPattern(subject, pattern, { from: start, anchors: true }, charge);
  if (match === undefined) {
    lua.lua_pushnil(state);
    return 1;
  }
  if (!offsets) return pushCaptures(state, subject, match);
  lua.lua_pushinteger(state, match.start + 1);
  lua.lua_pushinteger(state, match.end);
  for (let index = 0; index < match.captures.length; index++) pushCapture(state, subject, match, index);
  return 2 + match.captures.length;
}

/** Offset from 0; negative positions count from the end. */
function startOffset(position: number, length: number): number {
  if (position > 0) return position - 1;
  return position === 0 ? 0 : Math.max(0, length + position);
}

/** All captures; the whole match when the pattern has none. */
function pushCaptures(state: LuaState, subject: Uint8Array, match: PatternMatch): number {
  const count = Math.max(1, match.captures.length);
  for (let index = 0; index < count; index++) pushCapture(state, subject, match, index);
  return count;
}

function pushCapture(state: LuaState, subject: Uint8Array, match: PatternMatch, index: number): void {
  const { lua } = luaEngine();
  const capture = match.captures[index] ?? { start: match.start, end: match.end };
  if ('position' in capture) lua.lua_pushinteger(state, capture.position);
  else lua.lua_pushstring(state, subject.slice(capture.start, capture.end));
}

function gmatch(state: LuaState, machine: LuaMachine, charge: (steps: number) => void): number {
  const { lua } = luaEngine();
  const [subject, pattern] = [stringAt(state, 1), stringAt(state, 2)];
  let from = 0;
  let lastEnd: number | undefined;
  lua.lua_pushcfunction(state, (inner) => {
    let match: PatternMatch | undefined;
    try {
      match = searchPattern(subject, pattern, { from, anchors: false, lastEnd }, charge);
    } catch (error) {
      if (!(error instanceof LuaFailure)) throw error;
      return machine.raise(inner, error.message);
    }
    if (match === undefined) return 0;
    from = match.end;
    lastEnd = match.end;
    return pushCaptures(inner, subject, match);
  });
  return 1;
}

function gsub(state: LuaState, charge: (steps: number) => void): number {
  const { lua, lauxlib } = luaEngine();
  const [subject, pattern] = [stringAt(state, 1), stringAt(state, 2)];
  const kinds = [lua.LUA_TNUMBER, lua.LUA_TSTRING, lua.LUA_TFUNCTION, lua.LUA_TTABLE];
  if (!kinds.includes(lua.lua_type(state, 3))) {
    return lauxlib.luaL_argerror(state, 3, textOctets('string/function/table expected'));
  }
  const most = lauxlib.luaL_optinteger(state, 4, subject.length + 1);
  const pieces: Uint8Array[] = [];
  let octets = 0;
  const add = (piece: Uint8Array) => {
    octets += piece.length;
    if (octets > MAX_STRING_OCTETS) throw new LuaFailure(tooLongText(octets));
    pieces.push(piece);
  };
  let from = 0;
  let lastEnd: number | undefined;
  let count = 0;
  while (count < most) {
    const match = searchPattern(subject, pattern, { from, anchors: true, lastEnd }, charge);
    if (match === undefined) break;
    charge(1);
    count++;
    add(subject.subarray(from, match.start));
    add(replacement(state, subject, match));
    from = match.end;
    lastEnd = match.end;
    if (pattern[0] === 0x5e) break;
  }
  add(subject.subarray(from));
  lua.lua_pushstring(state, joined(pieces, octets));
  lua.lua_pushinteger(state, count);
  return 2;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const octets = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    octets.set(piece, offset);
    offset += piece.length;
  }
  return octets;
}

/** What stands in for a match: the third argument as text with `%1`, as a table, or as a function. */
function replacement(state: LuaState, subject: Uint8Array, match: PatternMatch): Uint8Array {
  const { lua } = luaEngine();
  const kind = lua.lua_type(state, 3);
  if (kind === lua.LUA_TTABLE) {
    pushCapture(state, subject, match, 0);
    lua.lua_gettable(state, 3);
  } else if (kind === lua.LUA_TFUNCTION) {
    lua.lua_pushvalue(state, 3);
    lua.lua_call(state, pushCaptures(state, subject, match), 1);
  } else return expanded(state, subject, match);
  const whole = subject.subarray(match.start, match.end);
  const type = lua.lua_type(state, -1);
  const text = type === lua.LUA_TSTRING || type === lua.LUA_TNUMBER ? lua.lua_tolstring(state, -1) : null;
  const isMissing = !lua.lua_toboolean(state, -1);
  lua.lua_pop(state, 1);
  if (text !== null) return text;
  if (isMissing) return whole;
  throw new LuaFailure(`invalid replacement value (a ${octetsText(lua.lua_typename(state, type))})`);
}

function expanded(state: LuaState, subject: Uint8Array, match: PatternMatch): Uint8Array {
  const { lua } = luaEngine();
  const template = lua.lua_tolstring(state, 3) ?? new Uint8Array();
  if (!template.includes(PERCENT)) return template;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < template.length; at++) {
    const octet = template[at] ?? 0;
    if (octet !== PERCENT) {
      pieces.push(Uint8Array.of(octet));
      continue;
    }
    const next = template[++at] ?? 0;
    if (next === PERCENT) pieces.push(Uint8Array.of(PERCENT));
    else if (next === 0x30) pieces.push(subject.subarray(match.start, match.end));
    else if (next > 0x30 && next <= 0x39) pieces.push(captured(subject, match, next - 0x31));
    else throw new LuaFailure("invalid use of '%' in replacement string");
  }
  const octets = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (octets > MAX_STRING_OCTETS) throw new LuaFailure(tooLongText(octets));
  return joined(pieces, octets);
}

function captured(subject: Uint8Array, match: PatternMatch, index: number): Uint8Array {
  const capture = match.captures[index] ?? (index === 0 ? { start: match.start, end: match.end } : undefined);
  if (capture === undefined) throw new LuaFailure(`invalid capture index %${index + 1} in replacement string`);
  if ('position' in capture) return textOctets(String(capture.position));
  return subject.subarray(capture.start, capture.end);
}

/** `string.rep(s, n [, separator])`. */
function repeat(state: LuaState): number {
  const { lua, lauxlib } = luaEngine();
  const piece = stringAt(state, 1);
  const count = lauxlib.luaL_checkinteger(state, 2);
  const separator = lua.lua_type(state, 3) <= 0 ? new Uint8Array() : stringAt(state, 3);
  const length = count <= 0 ? 0 : piece.length * count + separator.length * (count - 1);
  if (length > MAX_STRING_OCTETS) throw new LuaFailure(`string.rep: ${tooLongText(length)}`);
  const octets = new Uint8Array(length);
  if (length > 0) octets.set(piece);
  if (count > 1) octets.set(separator, piece.length);
  // What is there is copied behind itself, twice as much each time; the last separator is cut off.
  for (let done = piece.length + separator.length; done < length; done *= 2) {
    octets.copyWithin(done, 0, Math.min(done, length - done));
  }
  lua.lua_pushstring(state, octets);
  return 1;
}

function checkFormat(state: LuaState): void {
  const { lua } = luaEngine();
  let octets = 0;
  for (let index = lua.lua_gettop(state); index > 0; index--) {
    const length = lua.lua_type(state, index) === lua.LUA_TSTRING ? lua.lua_rawlen(state, index) : 0;
    octets += length + MAX_FORMAT_WIDTH;
  }
  if (octets > MAX_STRING_OCTETS) throw new LuaFailure(`string.format: ${tooLongText(octets)}`);
}

/** Tables with a length of their own invention, and ranges and strings without measure, are refused. */
function checkTable(state: LuaState, name: string): void {
  const { lua, lauxlib } = luaEngine();
  if (lua.lua_type(state, 1) !== lua.LUA_TTABLE) return;
  if (lauxlib.luaL_getmetafield(state, 1, textOctets('__len')) !== lua.LUA_TNIL) {
    throw new LuaFailure(`table.${name}: a table with __len is not taken here`);
  }
  const range = name === 'move' ? ([2, 3] as const) : name === 'concat' ? ([3, 4] as const) : undefined;
  if (range === undefined) return;
  const length = lua.lua_rawlen(state, 1);
  const from = lua.lua_type(state, range[0]) === lua.LUA_TNUMBER ? lua.lua_tonumber(state, range[0]) : 1;
  const to = lua.lua_type(state, range[1]) === lua.LUA_TNUMBER ? lua.lua_tonumber(state, range[1]) : length;
  if (to - from >= MAX_RANGE) throw new LuaFailure(`table.${name}: more than ${MAX_RANGE} elements`);
  if (name === 'concat') checkConcat(state, from, to);
}

function checkConcat(state: LuaState, from: number, to: number): void {
  const { lua } = luaEngine();
  const separator = lua.lua_type(state, 2) === lua.LUA_TSTRING ? lua.lua_rawlen(state, 2) : 0;
  let octets = 0;
  for (let index = from; index <= to; index++) {
    lua.lua_rawgeti(state, 1, index);
    octets += separator + (lua.lua_type(state, -1) === lua.LUA_TSTRING ? lua.lua_rawlen(state, -1) : 0);
    lua.lua_pop(state, 1);
    if (octets > MAX_STRING_OCTETS) throw new LuaFailure(`table.concat: ${tooLongText(octets)}`);
  }
}
