// The functions of a Lua configuration file: what they set, and what they say about mistakes, with the line.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nameText } from '../../../src/wire/name-text.ts';
import { anchorLines, luaDirectory, rootTags } from './run-lua.ts';

const { run, write, directory } = luaDirectory();
const digest = 'ab'.repeat(32);
const ds = `12345 13 2 ${digest}`;
const other = `54321 8 2 ${'cd'.repeat(32)}`;
const key = '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==';
/** RFC 6605 6.1: key 55648; its DS has this SHA-256 digest for the owner example.net. */
const keyDS = '55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17';

describe('anchors', () => {
  const cases: readonly { name: string; lua: string; want: readonly string[]; roots?: readonly number[] }[] = [
    { name: 'an empty file leaves the built-in anchors', lua: '', want: [], roots: [20326, 38696] },
    { name: 'addTA', lua: `addTA("home.arpa", "${ds}")`, want: [`home.arpa.: ${ds}`], roots: [20326, 38696] },
    { name: 'a trailing dot, capitals', lua: `addTA('HOME.arpa.', "${ds}")`, want: [`HOME.arpa.: ${ds}`] },
    {
      name: 'two calls for one name add up',
      lua: `addTA("a", "${ds}")\naddTA("A.", "${other}")`,
      want: [`a.: ${ds}, ${other}`],
    },
    {
      name: 'the same DS twice is one',
      lua: `addTA("a", "${ds}") addTA("a", "${ds.toUpperCase()}")`,
      want: [`a.: ${ds}`],
    },
    {
      name: 'white space and capitals in the digest',
      lua: `addTA("a", "12345 13 2 ${'AB '.repeat(32)}")`,
      want: [`a.: ${ds}`],
    },
    {
      name: 'a digest over two lines',
      lua: `addTA("a", [[12345 13 2 ${digest.slice(0, 20)}\n ${digest.slice(20)}]])`,
      want: [`a.: ${ds}`],
    },
    {
      name: 'escapes in the name',
      lua: `addTA("a\\\\.b\\\\032c.example", "${ds}")`,
      want: [`a\\.b\\032c.example.: ${ds}`],
    },
    { name: 'a list', lua: `addTA("a", {"${ds}", "${other}"})`, want: [`a.: ${ds}, ${other}`] },
    {
      name: 'a pasted line',
      lua: `addTA("home.arpa", "home.arpa. IN DS ${ds} ; ( SHA256 digest )")`,
      want: [`home.arpa.: ${ds}`],
    },
    {
      name: 'a pasted line with TTL',
      lua: `addTA("home.arpa", "home.arpa 3600 IN DS ${ds}")`,
      want: [`home.arpa.: ${ds}`],
    },
    {
      name: 'the output of show-zone',
      lua: `addTA("home.arpa", "DS = home.arpa. IN DS ${ds} ; ( SHA256 digest )")`,
      want: [`home.arpa.: ${ds}`],
    },
    {
      name: 'several pasted lines',
      lua: `addTA("a", [[a. IN DS ${ds}\na. IN DS ${other}\n]])`,
      want: [`a.: ${ds}, ${other}`],
    },
    { name: 'DNSKEY content', lua: `addTA("example.net", "${key}")`, want: [`example.net.: ${keyDS}`] },
    {
      name: 'a DNSKEY line',
      lua: `addTA("example.net", "example.net. 3600 IN DNSKEY ${key}")`,
      want: [`example.net.: ${keyDS}`],
    },
    { name: 'a name made by newDN', lua: `addTA(newDN("a"), "${ds}")`, want: [`a.: ${ds}`] },
    {
      name: 'addTA for the root adds to the built-in ones',
      lua: `addTA(".", "${ds}")`,
      want: [`.: ${ds}`],
      roots: [20326, 38696, 12345],
    },
    { name: 'clearTA of the root first', lua: `clearTA(".") addTA(".", "${ds}")`, want: [`.: ${ds}`], roots: [12345] },
    {
      name: 'clearTA of a name',
      lua: `addTA("a", "${ds}") addTA("b.a", "${ds}") clearTA("A")`,
      want: [`b.a.: ${ds}`],
      roots: [20326, 38696],
    },
    { name: 'clearTA without a name', lua: `addTA("a", "${ds}") clearTA()`, want: [], roots: [] },
    { name: 'the names before 4.2', lua: `addDS("a", "${ds}") addDS("b", "${ds}") clearDS("a")`, want: [`b.: ${ds}`] },
    {
      name: 'a loop over a table',
      lua: `for _, name in ipairs{"a", "b"} do addTA(name, "${ds}") end`,
      want: [`a.: ${ds}`, `b.: ${ds}`],
    },
    {
      name: 'a wrong call that pcall catches',
      lua: `print(pcall(addTA, "a", "1 2")) addTA("b", "${ds}")`,
      want: [`b.: ${ds}`],
    },
  ];
  for (const { name, lua, want, roots } of cases) {
    it(name, () => {
      const { settings, errors } = run(lua);
      expect(errors).toEqual([]);
      expect(anchorLines(settings)).toEqual(want);
      if (roots !== undefined) expect(rootTags(settings)).toEqual(roots);
    });
  }

  it('carry the line of their call', () => {
    const { settings } = run(`\n\naddTA("a", "${ds}")\n`);
    const anchor = settings?.trustAnchors.find(({ name }) => !name.isRoot);
    expect(anchor?.dsRecords[0]?.place).toEqual({ file: `${directory}/recursor.lua`, line: 3, column: 1 });
  });
});

describe('negative anchors', () => {
  const nowSeconds = Date.UTC(2026, 0, 1) / 1000;
  const cases: readonly { name: string; lua: string; want: readonly string[] }[] = [
    { name: 'without a reason', lua: 'addNTA("a")', want: ['a. ""'] },
    { name: 'with a reason', lua: 'addNTA("a", "not signed")', want: ['a. "not signed"'] },
    { name: 'a second call replaces', lua: 'addNTA("a", "x") addNTA("A.", "y")', want: ['A. "y"'] },
    { name: 'clearNTA of one', lua: 'addNTA("a") addNTA("b") clearNTA("a")', want: ['b. ""'] },
    { name: 'clearNTA of all', lua: 'addNTA("a") addNTA("b") clearNTA()', want: [] },
    { name: 'an end', lua: 'addNTA("a", "x", {expires = "7d"})', want: ['a. "x" until 2026-01-08'] },
    { name: 'an end as a date', lua: 'addNTA("a", "x", {expires = "2026-02-01"})', want: ['a. "x" until 2026-02-01'] },
    { name: 'an end in seconds', lua: 'addNTA("a", "x", {expires = 2 * 86400})', want: ['a. "x" until 2026-01-03'] },
    { name: 'an end without a reason', lua: 'addNTA("a", {expires = "1w"})', want: ['a. "" until 2026-01-08'] },
  ];
  for (const { name, lua, want } of cases) {
    it(name, () => {
      const { settings, errors } = run(lua, { nowSeconds });
      expect(errors).toEqual([]);
      const lines = settings?.negativeTrustAnchors.map((anchor) => {
        const end =
          anchor.expiresAt === undefined
            ? ''
            : ` until ${new Date(anchor.expiresAt * 1000).toISOString().slice(0, 10)}`;
        return `${nameText(anchor.name)} "${anchor.reason}"${end}`;
      });
      expect(lines).toEqual(want);
    });
  }
});

describe('files', () => {
  it('readTrustAnchorsFromFile: the last call counts, names start at the Lua file, 24 hours', () => {
    write('root.key', '. IN DS 1 8 2 00');
    write('other.key', '');
    const { settings, warnings } = run(
      'readTrustAnchorsFromFile("other.key", 1)\nreadTrustAnchorsFromFile("root.key")',
    );
    expect(settings?.trustAnchorFile).toMatchObject({ file: `${directory}/root.key`, hours: 24, place: { line: 2 } });
    expect(warnings).toEqual([
      'recursor.lua:2:1: readTrustAnchorsFromFile: only the last file counts; other.key is not read',
    ]);
  });

  it('hours may be a float, and 0 is never', () => {
    expect(run('readTrustAnchorsFromFile("root.key", 48 / 2)').settings?.trustAnchorFile?.hours).toBe(24);
    expect(run('readTrustAnchorsFromFile("root.key", 0)').settings?.trustAnchorFile?.hours).toBe(0);
  });

  it('dofile and require find files beside the Lua file, and all files are listed', () => {
    write('lua/zones.lua', `return { anchors = { ["home.arpa"] = "${ds}" } }`);
    write('more.lua', 'addNTA("lan")');
    const { settings, errors } = run(
      'dofile("more.lua")\nfor name, text in pairs(require("lua.zones").anchors) do addTA(name, text) end\nassert(require("lua.zones"))',
    );
    expect(errors).toEqual([]);
    expect(anchorLines(settings)).toEqual([`home.arpa.: ${ds}`]);
    expect(settings?.files).toEqual(
      ['recursor.lua', 'more.lua', 'lua/zones.lua'].map((name) => `${directory}/${name}`),
    );
  });

  const debianKeys = '/usr/share/pdns-recursor/lua-config/rootkeys.lua';
  it.skipIf(!existsSync(debianKeys) || !existsSync('/usr/share/dns/root.key'))("Debian's packaged Lua file", () => {
    const { settings, errors } = run(
      `-- Debian default Lua configuration file for PowerDNS Recursor\n\ndofile("${debianKeys}")\n`,
    );
    expect(errors).toEqual([]);
    expect(settings?.trustAnchorFile).toMatchObject({ file: '/usr/share/dns/root.key', hours: 24 });
    expect(settings?.files).toContain(debianKeys);
  });

  it("the two files of Debian's package in a directory of their own", () => {
    write('dns/root.key', '. 172800 IN DS 1 8 2 00');
    const keys = write('lua-config/rootkeys.lua', `-- root\n\nreadTrustAnchorsFromFile("${directory}/dns/root.key")\n`);
    const { settings } = run(`dofile("${keys}")`);
    expect(settings?.trustAnchorFile).toEqual({
      file: `${directory}/dns/root.key`,
      hours: 24,
      place: { file: keys, line: 3, column: 1 },
    });
  });
});

describe('mistakes', () => {
  const cases: readonly { name: string; lua: string; want: string | RegExp }[] = [
    {
      name: "a guide's shortened digest",
      lua: '\naddTA("a", "12345 13 2 4a3b...")',
      want: /^recursor\.lua:2:1: addTA: the digest contains '\.\.\.'/,
    },
    {
      name: 'a letter that is no digit',
      lua: `addTA("a", "1 13 2 xyz")`,
      want: "recursor.lua:1:1: addTA: the digest contains 'x', which is no hexadecimal digit",
    },
    {
      name: 'a line of another zone',
      lua: `addTA("a.example", "b.example. IN DS ${ds}")`,
      want: 'recursor.lua:1:1: addTA: the record belongs to b.example, not to a.example',
    },
    { name: 'a class other than IN', lua: `addTA("a", "a. CH DS ${ds}")`, want: /'CH' in front of the record/ },
    { name: 'too few fields', lua: 'addTA("a", "12345 13")', want: /four fields/ },
    { name: 'an empty text', lua: 'addTA("a", "")', want: /addTA: the anchor is empty/ },
    { name: 'an empty list', lua: 'addTA("a", {})', want: /the list of DS is empty/ },
    { name: 'a table with names', lua: 'addTA("a", {ds = "x"})', want: /addTA: the list of DS is empty/ },
    {
      name: 'a missing argument',
      lua: '\n\n\naddTA("a")',
      want: 'recursor.lua:4:1: addTA: the DS must be a string, not nil',
    },
    { name: 'no arguments', lua: 'addTA()', want: 'recursor.lua:1:1: addTA: the name must be a string, not nil' },
    {
      name: 'a bad name',
      lua: `addTA("a..b", "${ds}")`,
      want: "recursor.lua:1:1: addTA: 'a..b' is no domain name: the name has an empty label",
    },
    { name: 'a long label', lua: `addNTA(("a"):rep(64))`, want: /a label is longer than 63 octets/ },
    { name: 'a name in UTF-8', lua: `addNTA("bücher.example")`, want: /Punycode/ },
    { name: 'a revoked key', lua: `addTA("a", "385 3 13 ${key.slice(9)}")`, want: /is revoked and left out/ },
    { name: 'a key that signs no zone', lua: `addTA("a", "0 3 13 ${key.slice(9)}")`, want: /signs no zone/ },
    { name: 'a bad end', lua: 'addNTA("a", "x", {expires = "soon"})', want: /addNTA: expires: 'soon' is neither/ },
    {
      name: 'an unknown option',
      lua: 'addNTA("a", "x", {expire = "7d"})',
      want: /unknown option 'expire'; known: expires/,
    },
    { name: 'an option that is no table', lua: 'addNTA("a", "x", "7d")', want: /must be a table/ },
    {
      name: 'a missing file of anchors',
      lua: 'readTrustAnchorsFromFile("none.key")',
      want: 'recursor.lua:1:1: readTrustAnchorsFromFile: cannot read none.key: No such file or directory',
    },
    { name: 'hours below zero', lua: 'readTrustAnchorsFromFile("recursor.lua", -1)', want: /-1 is no number of hours/ },
    { name: 'a syntax error', lua: 'addTA("a",\n\n= 3)', want: "recursor.lua:3:1: unexpected symbol near '='" },
    { name: 'an unfinished string', lua: 'addTA("a', want: /^recursor\.lua:1:1: unfinished string near/ },
    {
      name: 'a missing file',
      lua: '\ndofile("none.lua")',
      want: 'recursor.lua:2:1: cannot read none.lua: No such file or directory',
    },
    {
      name: 'a missing module',
      lua: 'require("none")',
      want: /^recursor\.lua:1:1: module 'none' not found:; no file 'none\.lua'/,
    },
    {
      name: 'an error in another file',
      lua: 'dofile("broken.lua")',
      want: 'broken.lua:2:1: addNTA: the name must be a string, not a table',
    },
    {
      name: 'a syntax error in another file',
      lua: 'dofile("syntax.lua")',
      want: "syntax.lua:1:1: unexpected symbol near '='",
    },
    {
      name: 'an error in a coroutine',
      lua: 'coroutine.wrap(function()\nerror("why") end)()',
      want: 'recursor.lua:2:1: why',
    },
    {
      name: 'an error of a function',
      lua: 'local function f()\n error("why", 2)\nend\nf()',
      want: 'recursor.lua:4:1: why',
    },
    { name: 'an error without a place', lua: '\nerror("why", 0)', want: 'recursor.lua:2:1: why' },
    {
      name: 'an error that is a table',
      lua: '\nerror({})',
      want: 'recursor.lua:2:1: the file raised an error that is no text but a table',
    },
    {
      name: 'an error that is a table with a message',
      lua: 'error({message = "why"})',
      want: /a table with the message 'why'/,
    },
    {
      name: 'an error that is nothing',
      lua: 'error()',
      want: 'recursor.lua:1:1: the file raised an error that is no text but nil',
    },
    {
      name: 'arithmetic on nil',
      lua: '\nlocal x = nothing + 1',
      want: "recursor.lua:2:1: attempt to perform arithmetic on a nil value (global 'nothing')",
    },
    {
      name: 'other letter case',
      lua: 'addTa("a", "b")',
      want: "recursor.lua:1:1: attempt to call a nil value (global 'addTa'); did you mean addTA?",
    },
    { name: 'a longer name', lua: 'addTrustAnchor("a", "b")', want: /did you mean addTA\?$/ },
    { name: 'a name of dnsdist', lua: 'newServer("192.0.2.1")', want: /newServer belongs to dnsdist/ },
    { name: 'an action of dnsdist', lua: 'addAction(x, y)', want: /belongs to dnsdist/ },
    {
      name: 'a name of the Authoritative Server',
      lua: 'ifportup(443, {"192.0.2.1"})',
      want: /belongs to the PowerDNS Authoritative Server/,
    },
    { name: 'a query hook that is called', lua: 'preresolve()', want: /query hook, which belongs in lua-dns-script/ },
    {
      name: 'a response policy zone',
      lua: '\nrpzFile("x.rpz")',
      want: /^recursor\.lua:2:1: rpzFile: kedge has no response policy zones/,
    },
    { name: 'one hidden by pcall', lua: 'pcall(rpzPrimary, "192.0.2.1", "x.rpz")', want: /rpzPrimary: kedge has no/ },
    { name: 'the old name of one', lua: 'rpzMaster("192.0.2.1", "x.rpz")', want: /since 4\.5/ },
    {
      name: 'a proxy mapping',
      lua: 'addProxyMapping("192.0.2.0/24", "203.0.113.1")',
      want: /would change who may ask/,
    },
  ];
  write('broken.lua', '\naddNTA({})');
  write('syntax.lua', '=');
  for (const { name, lua, want } of cases) {
    it(name, () => {
      const { settings, errors } = run(lua);
      expect(settings).toBeUndefined();
      expect(errors).toHaveLength(1);
      if (typeof want === 'string') expect(errors[0]).toBe(want);
      else expect(errors[0]).toMatch(want);
    });
  }

  it('a file that is not there', () => {
    const { errors } = run('dofile("recursor2.lua")', {}, 'x'.repeat(70));
    // Lua shortens long names in its messages.
    expect(errors).toEqual([`${'x'.repeat(70)}:1:1: cannot read recursor2.lua: No such file or directory`]);
  });
});

describe('warnings', () => {
  const cases: readonly { name: string; lua: string; want: readonly (string | RegExp)[] }[] = [
    { name: 'nothing to say', lua: `addTA("a", "${ds}")`, want: [] },
    {
      name: 'a digest of the wrong length',
      lua: 'addTA("a", "1 13 2 abcd")',
      want: [/^recursor\.lua:1:1: a: the digest has 4 hexadecimal digits/],
    },
    { name: 'digest type 1', lua: `addTA("a", "1 13 1 ${'ab'.repeat(20)}")`, want: [/digest type 1 \(SHA-1\)/] },
    {
      name: 'a pasted line',
      lua: `addTA("a", "a. IN DS ${ds}")`,
      want: [/a whole line was taken; PowerDNS wants its content/],
    },
    { name: 'a key', lua: `addTA("a", "${key}")`, want: [/key \d+ \(.+\) was turned into a DS with SHA-256/] },
    {
      name: 'a zone-signing key',
      lua: `addTA("a", "256 ${key.slice(4)}")`,
      want: [/turned into a DS/, /zone-signing key/],
    },
    { name: 'a list', lua: `addTA("a", {"${ds}"})`, want: [/a list was given/] },
    {
      name: 'the names before 4.2',
      lua: `\naddDS("a", "${ds}")\nclearDS("a")`,
      want: [/^recursor\.lua:2:1: addDS is the name before/, /^recursor\.lua:3:1: clearDS/],
    },
    { name: 'an end that has passed', lua: 'addNTA("a", "x", {expires = "2020-01-01"})', want: [/has already ended/] },
    {
      name: 'functions without effect',
      lua: 'addSortList("a", "b")\nprotobufServer("192.0.2.1")',
      want: [/^recursor\.lua:1:1: addSortList has no effect/, /^recursor\.lua:2:1: protobufServer has no effect/],
    },
    {
      name: 'a query hook',
      lua: '\nfunction preresolve(dq) return false end',
      want: [
        'recursor.lua:2:1: preresolve is defined here but never called: query hooks belong in the file of lua-dns-script',
      ],
    },
  ];
  for (const { name, lua, want } of cases) {
    it(name, () => {
      const { warnings, errors } = run(lua);
      expect(errors).toEqual([]);
      expect(warnings).toHaveLength(want.length);
      want.forEach((line, index) => {
        if (typeof line === 'string') expect(warnings[index]).toBe(line);
        else expect(warnings[index]).toMatch(line);
      });
    });
  }
});
