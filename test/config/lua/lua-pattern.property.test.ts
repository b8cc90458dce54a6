// Our matcher of patterns against that of the machine, on random patterns and subjects.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { luaEngine } from '../../../src/config/lua/lua-engine.ts';
import { type Capture, searchPattern } from '../../../src/config/lua/lua-pattern.ts';
import { octetsText, textOctets } from '../../../src/config/lua/lua-values.ts';

const { lua, lauxlib, lualib } = luaEngine();
const state = lauxlib.luaL_newstate();
lauxlib.luaL_requiref(state, textOctets('string'), lualib.luaopen_string, true);

/** What `string.find` of the machine returns, or its error as text. */
function found(subject: string, pattern: string): readonly unknown[] | 'error' {
  lua.lua_settop(state, 0);
  lua.lua_getglobal(state, textOctets('string'));
  lua.lua_getfield(state, -1, textOctets('find'));
  lua.lua_pushstring(state, textOctets(subject));
  lua.lua_pushstring(state, textOctets(pattern));
  if (lua.lua_pcall(state, 2, lua.LUA_MULTRET, 0) !== lua.LUA_OK) return 'error';
  return Array.from({ length: lua.lua_gettop(state) - 1 }, (_, index) => {
    if (lua.lua_type(state, index + 2) === lua.LUA_TNIL) return undefined;
    const octets = lua.lua_tolstring(state, index + 2);
    return octets === null ? undefined : octetsText(octets);
  });
}

/** The same from our matcher, which is only asked for patterns. */
function ours(subject: string, pattern: string): readonly unknown[] | 'error' {
  const octets = textOctets(subject);
  const text = (capture: Capture) =>
    'position' in capture ? String(capture.position) : octetsText(octets.subarray(capture.start, capture.end));
  try {
    const match = searchPattern(octets, textOctets(pattern), { from: 0, anchors: true }, () => {});
    if (match === undefined) return [undefined];
    return [String(match.start + 1), String(match.end), ...match.captures.map(text)];
  } catch {
    return 'error';
  }
}

const piece = fc.constantFrom(
  ...['a', 'b', '.', '%a', '%d', '%s', '%W', '%p', '[ab]', '[^a]', '[a-c]', '[%w_]', '[]]', '%.', '%%', '(', ')', '()'],
  ...['*', '+', '-', '?', '^', '$', '%b()', '%f[%w]', '%1', '%x', '[', ']', '%'],
);
const patterns = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const subjects = fc.array(fc.constantFrom('a', 'b', 'c', '1', ' ', '(', ')', '.', '%', '_', ']'), { maxLength: 12 });

describe('patterns', () => {
  it('match as in the machine', () => {
    fc.assert(
      fc.property(patterns, subjects, (pattern, characters) => {
        // Without special characters the machine searches plain text.
        const special = `${pattern}.?`;
        // The machine takes a place for a piece of text of length -2; that of the C library finds nothing.
        fc.pre(!(special.includes('()') && special.includes('%1')));
        expect(ours(characters.join(''), special)).toEqual(found(characters.join(''), special));
      }),
      { numRuns: 3000 },
    );
  });
});
