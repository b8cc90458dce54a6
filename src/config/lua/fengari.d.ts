// The part of fengari's interface that is used here: Lua 5.3's C API with JavaScript values. Strings are octets.

declare module 'fengari' {
  /** One thread of a Lua state. */
  export interface LuaState {
    /** 0 while a hook runs, when no other hook may. */
    allowhook: number;
    /** First free place of the stack. */
    readonly top: number;
    /** The running function; `top` is the end of the stack that it may use. */
    readonly ci: { top: number };
  }

  /** What `lua_getinfo` fills in. */
  export interface LuaDebug {
    /** `@` and a file name, or the text of the chunk. */
    readonly source: Uint8Array | null;
    readonly short_src: Uint8Array | null;
    readonly currentline: number;
    readonly linedefined: number;
  }

  export interface LuaUserdata {
    [key: string]: unknown;
  }

  export type LuaFunction = (state: LuaState) => number;
  export type LuaContinuation = (state: LuaState, status: number, context: unknown) => number;

  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_YIELD: number;
    readonly LUA_MULTRET: number;
    readonly LUA_MASKCOUNT: number;
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TNONE: number;
    readonly LUA_TNIL: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    readonly LUA_TFUNCTION: number;
    readonly LUA_TUSERDATA: number;
    readonly lua_Debug: new () => LuaDebug;
    lua_atnativeerror(state: LuaState, call: LuaFunction): void;
    lua_call(state: LuaState, argumentCount: number, resultCount: number): void;
    lua_checkstack(state: LuaState, slots: number): boolean;
    lua_error(state: LuaState): never;
    lua_getfield(state: LuaState, index: number, key: Uint8Array): number;
    lua_getglobal(state: LuaState, name: Uint8Array): number;
    lua_getinfo(state: LuaState, what: Uint8Array, activation: LuaDebug): number;
    lua_getmetatable(state: LuaState, index: number): boolean;
    lua_gettable(state: LuaState, index: number): number;
    lua_getstack(state: LuaState, level: number, activation: LuaDebug): number;
    lua_gettop(state: LuaState): number;
    lua_insert(state: LuaState, index: number): void;
    lua_newtable(state: LuaState): void;
    lua_newuserdata(state: LuaState, size: number): LuaUserdata;
    lua_next(state: LuaState, index: number): number;
    lua_pcall(state: LuaState, argumentCount: number, resultCount: number, handler: number): number;
    lua_pop(state: LuaState, count: number): void;
    lua_pushboolean(state: LuaState, value: boolean): void;
    lua_pushcfunction(state: LuaState, call: LuaFunction): void;
    lua_pushinteger(state: LuaState, value: number): void;
    lua_pushnil(state: LuaState): void;
    lua_pushnumber(state: LuaState, value: number): void;
    lua_pushstring(state: LuaState, octets: Uint8Array): void;
    lua_pushvalue(state: LuaState, index: number): void;
    lua_rawequal(state: LuaState, first: number, second: number): boolean;
    lua_rawget(state: LuaState, index: number): number;
    lua_rawgeti(state: LuaState, index: number, key: number): number;
    lua_rawlen(state: LuaState, index: number): number;
    lua_rawseti(state: LuaState, index: number, key: number): void;
    lua_remove(state: LuaState, index: number): void;
    lua_replace(state: LuaState, index: number): void;
    lua_setfield(state: LuaState, index: number, key: Uint8Array): void;
    lua_setglobal(state: LuaState, name: Uint8Array): void;
    lua_sethook(
      state: LuaState,
      hook: ((state: LuaState, activation: LuaDebug) => void) | null,
      mask: number,
      count: number,
    ): void;
    lua_setmetatable(state: LuaState, index: number): void;
    lua_setupvalue(state: LuaState, index: number, upvalue: number): Uint8Array | null;
    lua_settop(state: LuaState, index: number): void;
    lua_toboolean(state: LuaState, index: number): boolean;
    lua_tocfunction(state: LuaState, index: number): LuaFunction | null;
    lua_tolstring(state: LuaState, index: number): Uint8Array | null;
    lua_tonumber(state: LuaState, index: number): number;
    lua_touserdata(state: LuaState, index: number): LuaUserdata | null;
    lua_type(state: LuaState, index: number): number;
    lua_typename(state: LuaState, type: number): Uint8Array;
  };

  export const lauxlib: {
    luaL_argerror(state: LuaState, argument: number, message: Uint8Array): never;
    luaL_checkinteger(state: LuaState, index: number): number;
    luaL_checklstring(state: LuaState, index: number): Uint8Array;
    luaL_checktype(state: LuaState, index: number, type: number): void;
    luaL_getmetafield(state: LuaState, index: number, name: Uint8Array): number;
    luaL_loadbufferx(
      state: LuaState,
      text: Uint8Array,
      size: number,
      chunkName: Uint8Array,
      mode: Uint8Array | null,
    ): number;
    luaL_newstate(): LuaState;
    luaL_optinteger(state: LuaState, index: number, missing: number): number;
    luaL_requiref(state: LuaState, name: Uint8Array, open: LuaFunction, global: boolean): void;
    luaL_tolstring(state: LuaState, index: number): Uint8Array;
    luaL_traceback(state: LuaState, of: LuaState, message: Uint8Array | null, level: number): void;
    luaL_where(state: LuaState, level: number): void;
  };

  /** The octets of a text in UTF-8. */
  export function to_luastring(text: string): Uint8Array;

  export const lualib: {
    readonly luaopen_base: LuaFunction;
    readonly luaopen_coroutine: LuaFunction;
    readonly luaopen_math: LuaFunction;
    readonly luaopen_string: LuaFunction;
    readonly luaopen_table: LuaFunction;
    readonly luaopen_utf8: LuaFunction;
  };
}
