// Values between Lua and TypeScript: what functions written here are given and what they return.
import { type Fengari, type LuaState, luaEngine } from './lua-engine.ts';

/** Entries of all tables in one argument, and how deep they may nest. */
const MAX_TABLE_ENTRIES = 20_000;
const MAX_TABLE_DEPTH = 8;
/** Largest number that is given to Lua as an integer. */
const MAX_INTEGER = 0xff_ffff;

/** A table: `list` are the values at 1, 2, 3..., `fields` those under names. Other keys are left out. */
export class LuaTable {
  readonly list: readonly LuaValue[];
  readonly fields: ReadonlyMap<string, LuaValue>;

  constructor(list: readonly LuaValue[], fields: ReadonlyMap<string, LuaValue> = new Map()) {
    this.list = list;
    this.fields = fields;
  }

  static ofFields(fields: Readonly<Record<string, LuaValue>>): LuaTable {
    return new LuaTable([], new Map(Object.entries(fields)));
  }
}

/** A value that Lua only passes around and calls methods of. */
export class LuaObject {
  /** The name of its class, as defined with `LuaMachine.defineClass`. */
  readonly className: string;
  /** A few methods replace it. */
  value: unknown;

  constructor(className: string, value: unknown) {
    this.className = className;
    this.value = value;
  }
}

/** A Lua function or coroutine: nothing is done with it but to say that it is there. */
export const luaFunction = Symbol('Lua function');

/** Text is UTF-8; octets that are not appear as U+FFFD. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaObject | typeof luaFunction;

/** A mistake in the Lua file; becomes a Lua error, which `pcall` can catch. */
export class LuaFailure extends Error {
  override readonly name = 'LuaFailure';
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export function octetsText(octets: Uint8Array): string {
  return decoder.decode(octets);
}

export function textOctets(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The value at a place of the stack; throws LuaFailure for a table that is too large. */
export function valueAt(state: LuaState, index: number): LuaValue {
  return readValue(luaEngine(), state, index, { entries: MAX_TABLE_ENTRIES, depth: MAX_TABLE_DEPTH });
}

interface Room {
  entries: number;
  readonly depth: number;
}

function readValue(engine: Fengari, state: LuaState, index: number, room: Room): LuaValue {
  const { lua } = engine;
  switch (lua.lua_type(state, index)) {
    case lua.LUA_TNONE:
    case lua.LUA_TNIL:
      return undefined;
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(state, index);
    case lua.LUA_TNUMBER:
      return lua.lua_tonumber(state, index);
    case lua.LUA_TSTRING:
      return octetsText(lua.lua_tolstring(state, index) ?? new Uint8Array());
    case lua.LUA_TTABLE:
      return readTable(engine, state, index, room);
    case lua.LUA_TUSERDATA: {
      const held = lua.lua_touserdata(state, index)?.['held'];
      return held instanceof LuaObject ? held : luaFunction;
    }
    default:
      return luaFunction;
  }
}

function readTable(engine: Fengari, state: LuaState, index: number, room: Room): LuaTable {
  const { lua } = engine;
  if (room.depth === 0 || !lua.lua_checkstack(state, 3)) throw new LuaFailure('the tables are nested too deeply');
  const byNumber = new Map<number, LuaValue>();
  const fields = new Map<string, LuaValue>();
  const inner = { entries: room.entries, depth: room.depth - 1 };
  lua.lua_pushvalue(state, index);
  lua.lua_pushnil(state);
  while (lua.lua_next(state, -2) !== 0) {
    if (--inner.entries < 0) throw new LuaFailure('the table has too many entries');
    const value = readValue(engine, state, -1, inner);
    const keyType = lua.lua_type(state, -2);
    if (keyType === lua.LUA_TNUMBER) byNumber.set(lua.lua_tonumber(state, -2), value);
    else if (keyType === lua.LUA_TSTRING) {
      fields.set(octetsText(lua.lua_tolstring(state, -2) ?? new Uint8Array()), value);
    }
    lua.lua_pop(state, 1);
  }
  lua.lua_pop(state, 1);
  room.entries = inner.entries;
  const list: LuaValue[] = [];
  for (let position = 1; byNumber.has(position); position++) list.push(byNumber.get(position));
  return new LuaTable(list, fields);
}

/** Puts a value on the stack. Functions have no way back. */
export function pushValue(state: LuaState, value: LuaValue): void {
  const { lua } = luaEngine();
  if (value === undefined || value === luaFunction) lua.lua_pushnil(state);
  else if (typeof value === 'boolean') lua.lua_pushboolean(state, value);
  else if (typeof value === 'number') pushNumber(state, value);
  else if (typeof value === 'string') lua.lua_pushstring(state, textOctets(value));
  else if (value instanceof LuaTable) pushTable(state, value);
  else pushObject(state, value);
}

/** Large numbers are floats: the machine's integers have 32 bits, and a time plus a month must not wrap around. */
function pushNumber(state: LuaState, value: number): void {
  const { lua } = luaEngine();
  if (Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER) lua.lua_pushinteger(state, value);
  else lua.lua_pushnumber(state, value);
}

function pushTable(state: LuaState, table: LuaTable): void {
  const { lua } = luaEngine();
  lua.lua_newtable(state);
  table.list.forEach((value, index) => {
    pushValue(state, value);
    lua.lua_rawseti(state, -2, index + 1);
  });
  for (const [key, value] of table.fields) {
    pushValue(state, value);
    lua.lua_setfield(state, -2, textOctets(key));
  }
}

/** The class's table of methods lies in the registry under its name. */
function pushObject(state: LuaState, object: LuaObject): void {
  const { lua } = luaEngine();
  lua.lua_newuserdata(state, 0)['held'] = object;
  lua.lua_getfield(state, lua.LUA_REGISTRYINDEX, textOctets(object.className));
  lua.lua_setmetatable(state, -2);
}

/** What a value is, for messages. */
export function describeValue(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (value === luaFunction) return 'a function';
  if (value instanceof LuaTable) return 'a table';
  if (value instanceof LuaObject) return `a ${value.className}`;
  return `a ${typeof value}`;
}
