// One Lua state for one run: native functions and classes are added, a file is run within limits, errors get their place.
import type { Place } from '../input.ts';
import { type Fengari, type LuaFunction, type LuaState, luaEngine, withLimits } from './lua-engine.ts';
import { INSTRUCTIONS_PER_CHECK, LuaLimitError, type LuaLimits } from './lua-limits.ts';
import {
  describeValue,
  LuaFailure,
  LuaObject,
  LuaTable,
  type LuaValue,
  octetsText,
  pushValue,
  textOctets,
  valueAt,
} from './lua-values.ts';

/** Activations looked through for a line of a file. */
const MAX_LEVELS = 250;
/** Octets that Lua shows of a chunk's name, with the `@` in front of a file name (LUA_IDSIZE). */
const SHORT_SOURCE_OCTETS = 59;

/** Why a run ended early. */
export interface LuaError {
  readonly message: string;
  readonly place: Place;
}

/** A function written here, called from Lua. */
export class LuaCall {
  readonly values: readonly LuaValue[];
  /** The line that called, in the file that the user wrote. */
  readonly place: Place;
  private readonly name: string;

  constructor(name: string, values: readonly LuaValue[], place: Place) {
    this.name = name;
    this.values = values;
    this.place = place;
  }

  /** Ends the call with a Lua error. */
  fail(message: string): never {
    throw new LuaFailure(`${this.name}: ${message}`);
  }

  /** A string, or a number as its text. */
  text(index: number, what: string): string {
    const value = this.values[index];
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    return this.fail(`${what} must be a string, not ${describeValue(value)}`);
  }

  optionalText(index: number, what: string): string | undefined {
    return this.values[index] === undefined ? undefined : this.text(index, what);
  }

  /** A number, or a string that is one. */
  number(index: number, what: string): number {
    const value = this.values[index];
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
    return this.fail(`${what} must be a number, not ${describeValue(value)}`);
  }

  optionalNumber(index: number, what: string): number | undefined {
    return this.values[index] === undefined ? undefined : this.number(index, what);
  }

  /** The object that a method was called on. */
  self<T>(type: new (...parts: never[]) => T): T {
    const value = this.values[0];
    if (value instanceof LuaObject && value.value instanceof type) return value.value;
    return this.fail(`called on ${describeValue(value)}; write object:method(), with a colon`);
  }
}

export type NativeFunction = (call: LuaCall) => LuaValue;

export class LuaMachine {
  readonly state: LuaState;
  readonly limits: LuaLimits;
  /** Every file that was run or read, in order. */
  readonly files = new Set<string>();
  private readonly engine: Fengari;
  private errorPlace: Place | undefined;
  /** Where the limit was passed. */
  private limitPlace: Place | undefined;

  constructor(limits: LuaLimits) {
    this.limits = limits;
    this.engine = luaEngine();
    const { lua, lauxlib, lualib } = this.engine;
    this.state = lauxlib.luaL_newstate();
    const libraries: readonly (readonly [string, LuaFunction])[] = [
      ['_G', lualib.luaopen_base],
      ['string', lualib.luaopen_string],
      ['table', lualib.luaopen_table],
      ['math', lualib.luaopen_math],
      ['coroutine', lualib.luaopen_coroutine],
      ['utf8', lualib.luaopen_utf8],
    ];
    for (const [name, open] of libraries) {
      lauxlib.luaL_requiref(this.state, textOctets(name), open, true);
      lua.lua_pop(this.state, 1);
    }
    lua.lua_atnativeerror(this.state, (state) => this.reportNativeError(state));
    lua.lua_sethook(this.state, (state) => this.look(state), lua.LUA_MASKCOUNT, INSTRUCTIONS_PER_CHECK);
  }

  /** Defines a global function, or with a dot in its name one in a global table that exists. */
  define(name: string, call: NativeFunction): void {
    this.setGlobal(name, () => this.pushFunction(name, call));
  }

  /** As `define`, for functions that work on the stack themselves. */
  defineRaw(name: string, call: LuaFunction): void {
    this.setGlobal(name, () => this.engine.lua.lua_pushcfunction(this.state, call));
  }

  setValue(name: string, value: LuaValue): void {
    this.setGlobal(name, () => pushValue(this.state, value));
  }

  /** The function that a global has now, for a wrapper around it. */
  rawFunction(name: string): LuaFunction {
    const { lua } = this.engine;
    const [table = '', field = ''] = name.split('.');
    lua.lua_getglobal(this.state, textOctets(table));
    lua.lua_getfield(this.state, -1, textOctets(field));
    const call = lua.lua_tocfunction(this.state, -1);
    lua.lua_pop(this.state, 2);
    if (call === null) throw new Error(`${name} is no native function`);
    return call;
  }

  /** Defines the methods of a class; `__tostring` and `__eq` have Lua's meaning. */
  defineClass(className: string, methods: Readonly<Record<string, NativeFunction>>): void {
    const { lua } = this.engine;
    const metatable = lua.LUA_REGISTRYINDEX;
    lua.lua_newtable(this.state);
    for (const [name, call] of Object.entries(methods)) {
      this.pushFunction(name, call);
      lua.lua_setfield(this.state, -2, textOctets(name));
    }
    lua.lua_pushvalue(this.state, -1);
    lua.lua_setfield(this.state, -2, textOctets('__index'));
    // What `getmetatable` shows: the methods cannot be replaced.
    lua.lua_pushboolean(this.state, false);
    lua.lua_setfield(this.state, -2, textOctets('__metatable'));
    lua.lua_setfield(this.state, metatable, textOctets(className));
  }

  /** Runs a text as a chunk; `values` are its arguments. Undefined when it ran to its end. */
  run(chunkName: string, text: Uint8Array, values: readonly LuaValue[] = []): LuaError | undefined {
    const { lua, lauxlib } = this.engine;
    const { state } = this;
    return withLimits(this.limits, () => {
      this.errorPlace = undefined;
      lua.lua_settop(state, 0);
      lua.lua_pushcfunction(state, (inner) => {
        this.errorPlace ??= this.placeOfCaller(inner, 1);
        return 1;
      });
      const name = textOctets(chunkName);
      let status = lauxlib.luaL_loadbufferx(state, text, text.length, name, textOctets('t'));
      if (status === lua.LUA_OK) {
        for (const value of values) pushValue(state, value);
        status = lua.lua_pcall(state, values.length, 0, 1);
      }
      // Whatever a `pcall` or `load` made of it, a file that passed a limit has not done what it says.
      const error = this.limitError() ?? (status === lua.LUA_OK ? undefined : this.errorAtTop(status));
      lua.lua_settop(state, 0);
      return error;
    });
  }

  /** Global functions among `names`, with the place where they are defined. */
  definedFunctions(names: readonly string[]): ReadonlyMap<string, Place> {
    const { lua } = this.engine;
    const found = new Map<string, Place>();
    for (const name of names) {
      lua.lua_getglobal(this.state, textOctets(name));
      if (lua.lua_type(this.state, -1) !== lua.LUA_TFUNCTION) {
        lua.lua_pop(this.state, 1);
        continue;
      }
      const activation = new lua.lua_Debug();
      lua.lua_getinfo(this.state, textOctets('>S'), activation);
      const file = fileOf(activation.source);
      if (file !== undefined) found.set(name, { file, line: activation.linedefined, column: 1 });
    }
    return found;
  }

  /** The innermost line of a file at or above `level`, 0 being the function that runs. */
  placeOfCaller(state: LuaState, level: number): Place | undefined {
    const { lua } = this.engine;
    const activation = new lua.lua_Debug();
    for (let at = level; at < MAX_LEVELS && lua.lua_getstack(state, at, activation) === 1; at++) {
      lua.lua_getinfo(state, textOctets('Sl'), activation);
      const file = fileOf(activation.source);
      if (file !== undefined && activation.currentline > 0) return { file, line: activation.currentline, column: 1 };
    }
    return undefined;
  }

  /** Raises a Lua error with the calling line in front, as Lua's own functions do. Only call this from a raw function. */
  raise(state: LuaState, message: string): never {
    const { lua, lauxlib } = this.engine;
    lua.lua_settop(state, 0);
    lauxlib.luaL_where(state, 1);
    const where = octetsText(lua.lua_tolstring(state, -1) ?? new Uint8Array());
    lua.lua_pop(state, 1);
    lua.lua_pushstring(state, textOctets(where + message));
    return lua.lua_error(state);
  }

  private setGlobal(name: string, push: () => void): void {
    const { lua } = this.engine;
    const [table = '', field] = name.split('.');
    if (field === undefined) {
      push();
      lua.lua_setglobal(this.state, textOctets(table));
      return;
    }
    lua.lua_getglobal(this.state, textOctets(table));
    push();
    lua.lua_setfield(this.state, -2, textOctets(field));
    lua.lua_pop(this.state, 1);
  }

  private pushFunction(name: string, call: NativeFunction): void {
    const { lua } = this.engine;
    lua.lua_pushcfunction(this.state, (state) => {
      this.limits.spend(1);
      let message: string | undefined;
      let result: LuaValue;
      try {
        const count = lua.lua_gettop(state);
        const values = Array.from({ length: Math.min(count, 16) }, (_, index) => valueAt(state, index + 1));
        result = call(new LuaCall(name, values, this.placeOfCaller(state, 1) ?? this.start()));
      } catch (error) {
        // Only mistakes of the Lua file; anything else is one of this program.
        if (!(error instanceof LuaFailure)) throw error;
        message = error.message;
      }
      if (message !== undefined) return this.raise(state, message);
      pushValue(state, result);
      return 1;
    });
  }

  private start(): Place {
    return { file: [...this.files][0] ?? '', line: 1, column: 1 };
  }

  /** The count hook. Once a limit is passed it looks at every instruction, so that no `pcall` in a loop goes on. */
  private look(state: LuaState): void {
    const { lua } = this.engine;
    try {
      this.limits.spend(INSTRUCTIONS_PER_CHECK);
    } catch (error) {
      lua.lua_sethook(state, (inner) => this.look(inner), lua.LUA_MASKCOUNT, 1);
      // An error leaves the hook, and what runs then (message handlers) must be counted too.
      state.allowhook = 1;
      throw error;
    }
  }

  /** Turns an exception into the Lua error for it. */
  private reportNativeError(state: LuaState): number {
    const { lua } = this.engine;
    const error: unknown = lua.lua_touserdata(state, 1);
    const message = error instanceof LuaLimitError ? error.message : `the Lua machine failed: ${String(error)}`;
    const place = this.placeOfCaller(state, 1);
    if (error instanceof LuaLimitError) this.limitPlace ??= place;
    const where = place === undefined ? '' : `${shortSource(place.file)}:${place.line}: `;
    lua.lua_pushstring(state, textOctets(where + message));
    return 1;
  }

  private limitError(): LuaError | undefined {
    const message = this.limits.passed;
    return message === undefined ? undefined : { message, place: this.limitPlace ?? this.errorPlace ?? this.start() };
  }

  private errorAtTop(status: number): LuaError {
    const place = this.errorPlace ?? this.start();
    // Below zero the machine failed, and failed again when it reported that: there is no error value.
    if (status < 0) return { message: 'the Lua machine failed', place };
    const value = valueAt(this.state, -1);
    if (typeof value === 'number') return { message: String(value), place };
    if (typeof value === 'string') return this.withoutPlace(value, place);
    return { message: `the file raised an error that is no text but ${describeError(value)}`, place };
  }

  /** Takes `file:line: ` off the front, once for each coroutine that the error went through. */
  private withoutPlace(text: string, otherwise: Place): LuaError {
    let place = otherwise;
    let message = text;
    for (;;) {
      const parts = /^([^\n]{1,300}?):([0-9]{1,9}): /.exec(message);
      const [prefix = '', source = '', line = '1'] = parts ?? [];
      const file = [...this.files].find((candidate) => shortSource(candidate) === source);
      if (file === undefined) return { message: message.replace(/\s*\n\s*/g, '; '), place };
      place = { file, line: Number(line), column: 1 };
      message = message.slice(prefix.length);
    }
  }
}

function describeError(value: LuaValue): string {
  const text = value instanceof LuaTable ? value.fields.get('message') : undefined;
  return typeof text === 'string' ? `a table with the message '${text}'` : describeValue(value);
}

/** The file of a chunk that was read from one. */
function fileOf(source: Uint8Array | null): string | undefined {
  return source !== null && source[0] === 0x40 ? octetsText(source.subarray(1)) : undefined;
}

/** A file's name in Lua's messages, which cut off the front of long ones. */
function shortSource(file: string): string {
  const octets = textOctets(file);
  if (octets.length + 1 <= SHORT_SOURCE_OCTETS) return file;
  return `...${octetsText(octets.subarray(octets.length - (SHORT_SOURCE_OCTETS - 3)))}`;
}
