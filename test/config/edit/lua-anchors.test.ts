import { describe, expect, test } from 'vitest';
import { luaCall, yamlAnchorLine, yamlNegativeLine } from '../../../src/config/edit/anchor-lines.ts';
import { withLuaAnchors } from '../../../src/config/edit/lua-anchors.ts';
import { nameOf } from '../../../src/wire/name-text.ts';

const zone = nameOf('home.arpa.');
const LINE = 'addTA("home.arpa", "1 13 2 aa") -- by hand';

const rows: { name: string; given: string; want: string }[] = [
  { name: 'an empty file', given: '', want: `${LINE}\n` },
  { name: 'the end of the file', given: '-- mine\naddNTA("lan")\n', want: `-- mine\naddNTA("lan")\n${LINE}\n` },
  { name: 'a last line without its end', given: 'addNTA("lan")', want: `addNTA("lan")\n${LINE}\n` },
  { name: 'line ends of other systems', given: 'clearTA()\r\n', want: `clearTA()\r\n${LINE}\r\n` },
  {
    name: 'a final return, after which Lua allows nothing',
    given: 'clearTA()\nreturn true -- done\n\n-- end\n',
    want: `clearTA()\n${LINE}\nreturn true -- done\n\n-- end\n`,
  },
  { name: 'a word that only begins so', given: 'returned = 1\n', want: `returned = 1\n${LINE}\n` },
];

describe('anchors in Lua', () => {
  test.each(rows)('$name', ({ given, want }) => {
    expect(withLuaAnchors(given, zone, ['1 13 2 aa'], 'by hand')).toBe(want);
  });

  test('a name with escapes is a Lua string', () => {
    expect(luaCall('addTA', nameOf('a\\046b.test.'), 'x')).toBe('addTA("a\\\\.b.test", "x")');
  });
});

describe('lines to paste', () => {
  test('YAML', () => {
    expect(yamlAnchorLine(zone, ['1 13 2 aa'])).toBe(
      "dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['1 13 2 aa']}]}",
    );
    expect(yamlAnchorLine(nameOf('.'), ['1 13 2 aa'])).toContain("name: '.'");
    expect(yamlNegativeLine(nameOf('10.in-addr.arpa.'), "it's mine")).toBe(
      "dnssec: {negative_trustanchors: [{name: '10.in-addr.arpa', reason: 'it''s mine'}]}",
    );
  });
});
