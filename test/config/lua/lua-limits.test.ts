// Files that never end or need too much: each stops with an error that names its line, whatever it catches.
import { describe, expect, it } from 'vitest';
import { luaDirectory } from './run-lua.ts';

const { run } = luaDirectory();
const tooLong = /^recursor\.lua:\d+:1: the file runs too long: more than 100000 instructions/;
const tooLarge = /^recursor\.lua:\d+:1: .*a string of \d+ octets is too long; at most 16777216 are allowed$/;

const cases: readonly { name: string; lua: string; want: RegExp }[] = [
  {
    name: 'an endless loop',
    lua: '\nlocal x = 1\nwhile true do\n  x = x + 1\nend',
    want: /^recursor\.lua:[34]:1: the file runs too long/,
  },
  { name: 'an endless loop of gotos', lua: '::again:: goto again', want: tooLong },
  { name: 'pcall of an endless loop', lua: 'pcall(function() while true do end end)', want: tooLong },
  {
    name: 'pcall of an endless loop in an endless loop',
    lua: 'while true do pcall(function() while true do end end) end',
    want: tooLong,
  },
  {
    name: 'pcall in pcall',
    lua: 'local function f() while true do pcall(f) end end f()',
    want: /too long|stack overflow/,
  },
  {
    name: 'an endless message handler',
    lua: 'xpcall(function() while true do end end, function() while true do end end)',
    want: tooLong,
  },
  { name: 'an endless loop in a coroutine', lua: 'coroutine.wrap(function() while true do end end)()', want: tooLong },
  {
    name: 'endless coroutines',
    lua: 'while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
    want: tooLong,
  },
  {
    name: 'a coroutine resumed without end',
    lua: 'local c = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do c() end',
    want: tooLong,
  },
  {
    name: 'a metamethod without end',
    lua: 'local t = setmetatable({}, {__index = function() while true do end end}) local x = t.x',
    want: tooLong,
  },
  {
    name: 'a chain of metatables without end',
    lua: 'local t = {} setmetatable(t, {__index = t}) local x = t.x',
    want: /loop|recursor\.lua:1:1/,
  },
  { name: 'deep recursion', lua: '\nlocal function f() return 1 + f() end\nf()', want: /stack overflow|too long/ },
  {
    name: 'recursion through tostring',
    lua: 'local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)',
    want: /overflow/,
  },
  {
    name: 'a chunk nested too deeply',
    lua: `assert(load("return " .. ("("):rep(1000) .. "1" .. (")"):rep(1000)))`,
    want: /overflow|too many/i,
  },
  {
    name: 'a string that doubles',
    lua: "local s = 'x'\nwhile true do\n  s = s .. s\nend",
    want: /^recursor\.lua:3:1: a string of 33554432 octets/,
  },
  { name: 'string.rep', lua: "string.rep('x', 1e9)", want: tooLarge },
  { name: 'string.rep of a separator', lua: "string.rep('', 1e9, 'x')", want: tooLarge },
  { name: 'gsub that grows', lua: "string.gsub(('x'):rep(100000), 'x', ('y'):rep(1000))", want: tooLarge },
  { name: 'string.format', lua: "local s = ('x'):rep(10000000) string.format('%s%s', s, s)", want: tooLarge },
  { name: 'table.concat', lua: "local s = ('x'):rep(10000000) table.concat({s, s})", want: tooLarge },
  {
    name: 'table.concat of what is not there',
    lua: "table.concat(setmetatable({}, {__index = tostring}), '', 1, 2^31 - 1)",
    want: /more than 1000000 elements/,
  },
  {
    name: 'a pretended length',
    lua: 'table.sort(setmetatable({}, {__len = function() return 2^30 end, __index = rawlen}))',
    want: /a table with __len is not taken here/,
  },
  { name: 'a pattern of exponential cost', lua: "(('a'):rep(100000)):find(('.-'):rep(30) .. 'b')", want: tooLong },
  { name: 'a pattern of quadratic cost', lua: "(('('):rep(100000)):gsub('%b()', '')", want: tooLong },
  {
    name: 'a plain search of quadratic cost',
    lua: "(('a'):rep(100000)):find(('a'):rep(50000) .. 'b', 1, true)",
    want: tooLong,
  },
  { name: 'a reader without end', lua: 'load(os.time)', want: tooLong },
  { name: 'a reader of Lua without end', lua: "load(function() return ' ' end)", want: tooLong },
  {
    name: 'a table of tables without end as an argument',
    lua: 'local t = {} t[1] = t addTA("a", t)',
    want: /addTA|nested too deeply/,
  },
  {
    name: 'a table that is too large as an argument',
    lua: 'local t = {} for i = 1, 30000 do t[i] = 1 end addTA("a", t)',
    want: /too many entries|too long/,
  },
];

describe('limits', () => {
  for (const { name, lua, want } of cases) {
    it(name, () => {
      const { settings, errors } = run(lua, { instructionLimit: 100_000 });
      expect(settings).toBeUndefined();
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(want);
    });
  }

  it('leave the next run alone', () => {
    run('while true do end', { instructionLimit: 1000 });
    expect(run('print("fine")').lines).toEqual(['fine']);
  });

  it('keep memory bounded', () => {
    const { errors } = run("local t, s = {}, ('x'):rep(8000000)\nfor i = 1, 1e6 do t[i] = s .. i end");
    expect(errors[0]).toMatch(/^recursor\.lua:2:1: the file needs too much memory: more than 256 MiB/);
  });

  it('bound what is logged', () => {
    const { lines } = run("for i = 1, 5000 do print(('x'):rep(2000)) end");
    expect(lines).toHaveLength(1000);
    expect(lines[0]).toHaveLength(1000);
  });
});
