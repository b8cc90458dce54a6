// Loads fengari, the Lua 5.3 machine, when a Lua file is first read, with three changes that its interface does not
// offer: floats print as in Lua 5.1 (`1e3` is 1000, not 1000.0), the stack is smaller, and every string it makes is
// accounted for, since the count hook cannot see what one concatenation costs.
//
// Limitation: integers have 32 bits, so that 2^31 must be written with a float (`2.0 * 1073741824`).
import { createRequire } from 'node:module';
import type { LuaFunction, LuaState } from 'fengari';
import type { LuaLimits } from './lua-limits.ts';

export type Fengari = typeof import('fengari');
export type { LuaFunction, LuaState };

type MakeString = (state: LuaState, content: Uint8Array | string) => unknown;

/** Values on one thread's stack: endless recursion ends before it has used much memory. */
const MAX_STACK = 200_000;
/** Places of the stack for what is called to report an error. */
const SLOTS_FOR_REPORT = 40;

let engine: Fengari | undefined;
/** Of the run in progress: runs are synchronous, so that there is at most one. */
let currentLimits: LuaLimits | undefined;

/** The machine, loaded once. */
export function luaEngine(): Fengari {
  engine ??= loadEngine();
  return engine;
}

/** Calls `run` with the strings that the machine makes charged to `limits`. */
export function withLimits<T>(limits: LuaLimits, run: () => T): T {
  const outer = currentLimits;
  currentLimits = limits;
  try {
    return run();
  } finally {
    currentLimits = outer;
  }
}

/** No arrow function: the machine also calls it with `new`. */
function charged(make: MakeString): MakeString {
  function makeCharged(state: LuaState, content: Uint8Array | string): unknown {
    charge(state, content.length);
    return make(state, content);
  }
  return makeCharged;
}

/** An operator uses its stack to the end, and the error that leaves it here needs room as one out of a function has. */
function charge(state: LuaState, octets: number): void {
  try {
    currentLimits?.spendString(octets);
  } catch (error) {
    state.ci.top = Math.max(state.ci.top, state.top + SLOTS_FOR_REPORT);
    throw error;
  }
}

function loadEngine(): Fengari {
  const require = createRequire(import.meta.url);
  // These files are read first, since the others keep what they find in them. `defs.js` and `luaconf.js` need each other,
  // in this order.
  require('fengari/src/defs.js');
  const settings: { LUA_COMPAT_FLOATSTRING: boolean; LUAI_MAXSTACK: number } = require('fengari/src/luaconf.js');
  settings.LUA_COMPAT_FLOATSTRING = true;
  settings.LUAI_MAXSTACK = MAX_STACK;
  const strings: Record<string, MakeString> = require('fengari/src/lstring.js');
  for (const name of ['luaS_bless', 'luaS_new', 'luaS_newliteral']) {
    const make = strings[name];
    if (make === undefined) throw new Error(`fengari has no ${name}`);
    strings[name] = charged(make);
  }
  return require('fengari');
}
