// The Lua that configuration files are written in: 5.1 idioms on the 5.3 machine, the libraries, PowerDNS's objects.
import { describe, expect, it } from 'vitest';
import { luaDirectory } from './run-lua.ts';

const { run, write } = luaDirectory();
write('data.txt', 'first\nsecond 12\n');

const cases: readonly { name: string; lua: string; want: readonly string[] }[] = [
  {
    name: 'numbers print as in 5.1',
    lua: 'print(1e3, 10 / 2, 2^31, 0.5, 24.0 .. "h")',
    want: ['1000\t5\t2147483648\t0.5\t24h'],
  },
  { name: 'unpack', lua: 'print(unpack({1, 2, 3}))', want: ['1\t2\t3'] },
  { name: 'table.getn and table.maxn', lua: 'print(table.getn({1, 2}), table.maxn({[7] = 1}))', want: ['2\t7'] },
  { name: 'table.foreach', lua: 'table.foreachi({"a", "b"}, print)', want: ['1\ta', '2\tb'] },
  { name: 'loadstring', lua: 'print(assert(loadstring("return 1 + 1"))())', want: ['2'] },
  { name: 'load with an environment', lua: 'print(load("return x", "chunk", "t", {x = 5})())', want: ['5'] },
  {
    name: 'math of 5.1',
    lua: 'print(math.pow(2, 3), math.mod(7, 4), math.log10(1000) == 3, math.ldexp(1, 4))',
    want: ['8\t3\ttrue\t16'],
  },
  { name: 'string.gfind', lua: 'for word in string.gfind("a b", "%a") do print(word) end', want: ['a', 'b'] },
  {
    name: 'gsub with a function and a table',
    lua: 'print(("$a $b"):gsub("%$(%w)", {a = "1"}), (("x"):gsub("x", string.upper)))',
    want: ['1 $b\tX'],
  },
  {
    name: 'gsub with empty matches',
    lua: 'print(("abc"):gsub("%w*", "x"), (("hello world"):gsub("o", "0", 1)))',
    want: ['x\thell0 world'],
  },
  {
    name: 'find',
    lua: 'print(("a.b"):find(".", 1, true), ("key = v"):match("^(%w+)%s*=%s*(%w+)$"))',
    want: ['2\tkey\tv'],
  },
  {
    name: 'string methods',
    lua: 'print(("%5.1f|%s|%d"):format(2, "x", 3.0), ("ab"):rep(2, "-"), #("x"):rep(10))',
    want: ['  2.0|x|3\tab-ab\t10'],
  },
  {
    name: 'string.rep',
    lua: "print(('ab'):rep(3, '-'), ('ab'):rep(1, '-'), ('ab'):rep(0), (''):rep(3, '-'), ('x'):rep(5), ('a'):rep(-1))",
    want: ['ab-ab-ab\tab\t\t--\txxxxx\t'],
  },
  {
    name: 'xpcall with a handler',
    lua: 'print(xpcall(function() error("x", 0) end, function(e) return "<" .. e .. ">" end))',
    want: ['false\t<x>'],
  },
  { name: 'xpcall with debug.traceback', lua: 'print((xpcall(error, debug.traceback, "x")))', want: ['false'] },
  {
    name: 'coroutines',
    lua: 'local c = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) print(b) end) print(c(1)) c("end")',
    want: ['2', 'end'],
  },
  { name: 'integers up to 2^31 and os.time beyond', lua: 'print(os.time() + 2147483647 > os.time())', want: ['true'] },
  {
    name: 'os.date in UTC',
    lua: 'print(os.date("!%Y-%m-%d %H:%M:%S %a %j", 86399), os.date("!*t", 0).year)',
    want: ['1970-01-01 23:59:59 Thu 001\t1970'],
  },
  {
    name: 'os.time of a table and back',
    lua: 'local t = os.time{year = 2026, month = 3, day = 4, hour = 5} print(os.date("%Y-%m-%d %H", t))',
    want: ['2026-03-04 05'],
  },
  { name: 'os.getenv', lua: 'print(os.getenv("KEDGE_NO_SUCH_VARIABLE"))', want: ['nil'] },
  {
    name: 'io.open and read',
    lua: 'local f = assert(io.open("data.txt")) print(f:read("*l")) print(f:read(7), f:read("*n"), f:read("*a"), f:read("l")) f:close() print(io.type(f))',
    want: ['first', 'second \t12\t\n\tnil', 'closed file'],
  },
  { name: 'io.lines', lua: 'for line in io.lines("data.txt") do print(line) end', want: ['first', 'second 12'] },
  {
    name: 'a missing file is nil and a message',
    lua: 'print(io.open("none"))',
    want: ['nil\tnone: No such file or directory\t2'],
  },
  {
    name: 'standard error is the log',
    lua: 'io.stderr:write("a\\nb ", 1, "\\n") io.write("c")',
    want: ['a', 'b 1', 'c'],
  },
  { name: 'a first line for the shell', lua: '#!/usr/bin/lua\nprint(debug.getinfo(1).currentline)', want: ['2'] },
  { name: 'a byte order mark', lua: '\uFEFFprint("x")', want: ['x'] },
  { name: 'collectgarbage', lua: 'print(collectgarbage("count"))', want: ['0'] },
  {
    name: 'constants',
    lua: 'print(pdns.A, pdns.AAAA, pdns.HTTPS, pdns.NXDOMAIN, pdns.DROP, pdns.loglevels.Debug, pdns.AdditionalMode.ResolveDeferred, Policy.Custom)',
    want: ['1\t28\t65\t3\t-2\t7\t4\t5'],
  },
  {
    name: 'tables of the program',
    lua: 'print(type(pdns_features), type(pdns.place), pdnsrandom(1), pdnsrandom() >= 0)',
    want: ['table\ttable\t0\ttrue'],
  },
  {
    name: 'names',
    lua: 'local n = newDN("www.Example.org") print(n, n == newDN("WWW.example.org."), n:isPartOf(newDN("example.org")), n:countLabels(), n:wirelength(), n:toStringNoDot(), n:equal("www.example.org"))',
    want: ['www.Example.org.\ttrue\ttrue\t3\t17\twww.Example.org\ttrue'],
  },
  {
    name: 'chopOff changes the name',
    lua: 'local n = newDN("a.b") print(n:chopOff(), tostring(n), n:chopOff(), tostring(n), n:chopOff())',
    want: ['true\tb.\ttrue\t.\tfalse'],
  },
  {
    name: 'addresses',
    lua: 'local a = newCA("[2001:db8::1]:5300") print(a, a:getPort(), a:isIPv6(), a:toStringWithPort(), newCA("192.0.2.1") == newCA("192.0.2.1"))',
    want: ['2001:db8::1\t5300\ttrue\t[2001:db8::1]:5300\ttrue'],
  },
  {
    name: 'mapped addresses',
    lua: 'print(newCA("::ffff:192.0.2.1"):mapToIPv4(), newCA("2001:db8::1"):mapToIPv4())',
    want: ['192.0.2.1\tnil'],
  },
  {
    name: 'netmasks',
    lua: 'local m = newNetmask("192.0.2.0/24") print(m, m:match("192.0.2.7"), m:match(newCA("192.0.3.7")), m:getBits())',
    want: ['192.0.2.0/24\ttrue\tfalse\t24'],
  },
  {
    name: 'groups of netmasks: the most specific decides',
    lua: 'local g = newNMG() g:addMasks{"10.0.0.0/8", "!10.1.0.0/16"} g:addMask("::/0") print(g:match(newCA("10.2.0.1")), g:match(newCA("10.1.0.1")), g:match(newCA("::1")), g:match(newCA("192.0.2.1")))',
    want: ['true\tfalse\ttrue\tfalse'],
  },
];

describe('Lua', () => {
  for (const { name, lua, want } of cases) {
    it(name, () => {
      const { lines, errors } = run(lua);
      expect(errors).toEqual([]);
      expect(lines).toEqual(want);
    });
  }
});

describe('pdnslog', () => {
  it('keeps level, fields and place', () => {
    const { settings } = run('\npdnslog("a")\npdnslog("b", pdns.loglevels.Info, {zone = "x"})');
    expect(settings?.logLines.map(({ level, text, place }) => [level, text, place.line])).toEqual([
      [4, 'a', 2],
      [6, 'b zone="x"', 3],
    ]);
  });
});

describe('what would change something', () => {
  const refused: readonly { lua: string; says: RegExp }[] = [
    { lua: 'os.execute("true")', says: /^recursor\.lua:1:1: os\.execute: not available/ },
    { lua: 'os.exit(0)', says: /os\.exit: not available/ },
    { lua: 'os.remove("x")', says: /os\.remove: not available/ },
    { lua: 'os.rename("x", "y")', says: /os\.rename: not available/ },
    { lua: 'os.tmpname()', says: /os\.tmpname: not available/ },
    { lua: 'io.popen("ls")', says: /io\.popen: not available/ },
    { lua: 'io.open("x", "w")', says: /mode 'w': a configuration file cannot write files/ },
    { lua: 'io.open("data.txt"):write("x")', says: /cannot write files/ },
    { lua: 'io.read()', says: /no standard input/ },
    { lua: 'dofile("/dev/zero")', says: /no regular file/ },
    { lua: 'js.global()', says: /attempt to index a nil value \(global 'js'\)/ },
    { lua: 'require("js")', says: /module 'js' not found/ },
    { lua: 'require("fengari")', says: /module 'fengari' not found/ },
    { lua: 'debug.sethook()', says: /attempt to call a nil value \(field 'sethook'\)/ },
    { lua: 'native.read("x")', says: /attempt to index a nil value \(global 'native'\)/ },
    { lua: 'setfenv(1, {})', says: /setfenv is Lua 5\.1; this machine is Lua 5\.3/ },
    { lua: 'assert(load("\\27Lua"))', says: /attempt to load a binary chunk/ },
    { lua: 'newDN("a").toString()', says: /with a colon/ },
    { lua: 'newDN("a..b")', says: /newDN: 'a\.\.b' is no domain name/ },
  ];
  for (const { lua, says } of refused) {
    it(lua, () => {
      const { errors } = run(lua);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(says);
    });
  }
});
