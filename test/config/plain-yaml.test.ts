// What the quick reader takes, it takes exactly as the general parser does, places included; and it takes the files that
// are long in practice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/config/findings.ts';
import { plainYaml } from '../../src/config/plain-yaml.ts';
import { yamlInput } from '../../src/config/yaml-input.ts';

const zone = (index: number) => `    - zone: z${index}.lan\n      forwarders: [127.0.0.1:5300, '[fd00::53]:5300']\n`;

const plain: readonly { name: string; text: string }[] = [
  { name: 'sections', text: 'dnssec:\n  validation: validate\nincoming:\n  port: 5300\n  listen: [127.0.0.1]\n' },
  { name: 'zones', text: `recursor:\n  forward_zones:\n${zone(1)}${zone(2)}` },
  { name: 'sequences below their key', text: 'a:\n- x\n- y: 1\n  z: 2\n- 3\nb: 4\n' },
  { name: 'a list at the top', text: '- zone: lan\n  forwarders:\n    - fd00::53\n    - 127.0.0.1:53\n' },
  { name: 'comments', text: '# c\na: b # c\n  # c\nb: # c\n    - c # d\n  # e\nc: "x#y" # z\n' },
  {
    name: 'mappings in brackets',
    text: 'a:\n  - {zone: lan, forwarders: [127.0.0.1, "::1"]}\n  - { b: { c: [ ] } }\n',
  },
  { name: 'more spaces', text: 'a:   b  \nb:\n    -   c:   d\n        e:  [ 1 ,2,  x y ]\n' },
  { name: 'words', text: 'a: true\nb: no\nc: 010\nd: a b\ne: x:y\nf: .5.\ng: 1.2.3.4\nh: /x/y\ni: "null"\n' },
  { name: 'a DS', text: "a: ['1 13 2 00ff', 2 13 2 00ff]\nb: 3 13 2 00ff\n" },
];

const notPlain: readonly { name: string; text: string }[] = [
  { name: 'nothing', text: '' },
  { name: 'only comments', text: '# c\n' },
  { name: 'tabs', text: 'a:\tb\n' },
  { name: 'carriage returns', text: 'a: b\r\n' },
  { name: 'documents', text: '---\na: b\n' },
  { name: 'the end of a document', text: 'a: b\n...\nc: d\n' },
  { name: 'aliases', text: 'a: &x b\nc: *x\n' },
  { name: 'tags', text: 'a: !override [b]\n' },
  { name: 'block text', text: 'a: |\n  b\n' },
  { name: 'a value over two lines', text: 'a: b\n  c\n' },
  { name: 'a value below its key', text: 'a:\n  b\n' },
  { name: 'quotes over two lines', text: "a: 'b\n  c'\n" },
  { name: 'quotes around what looks like a comment', text: 'a: "b # c"\n' },
  { name: 'doubled quotes', text: "a: 'it''s'\n" },
  { name: 'escapes', text: 'a: "\\x41"\n' },
  { name: 'a key twice', text: 'a: b\na: c\n' },
  { name: 'a key twice in brackets', text: 'a: {b: c, b: d}\n' },
  { name: 'a key without value', text: 'a:\nb: c\n' },
  { name: 'a colon with a space', text: 'a: b: c\n' },
  { name: 'a colon at the end', text: 'a: b:\n' },
  { name: 'a list in a list', text: 'a:\n  - - b\n' },
  { name: 'uneven columns', text: 'a:\n  b: c\n d: e\n' },
  { name: 'lines further right', text: 'a: b\n  c: d\n' },
  { name: 'a comma at the end', text: 'a: [b,]\n' },
  { name: 'brackets left open', text: 'a: [b\n' },
  { name: 'more behind brackets', text: 'a: [b] c\n' },
  { name: 'hexadecimal', text: 'a: 0x10\n' },
  { name: 'fractions', text: 'a: 1.5\n' },
  { name: 'large numbers', text: 'a: 12345678901234567890\n' },
  { name: 'nothing in words', text: 'a: null\n' },
  { name: 'other letters', text: 'a: ü\n' },
  { name: 'words as keys', text: 'true: a\n' },
];

function general(text: string): unknown {
  const findings = new Findings();
  const node = yamlInput(text, 'f', findings);
  expect(findings.errors).toEqual([]);
  return node;
}

describe('read', () => {
  for (const { name, text } of plain) {
    it(name, () => {
      expect(plainYaml(text, 'f')).toEqual(general(text));
    });
  }
});

describe('left to the general parser', () => {
  for (const { name, text } of notPlain) {
    it(name, () => {
      expect(plainYaml(text, 'f')).toBeUndefined();
    });
  }
});

describe('files of this project', () => {
  const folders = ['config', ...readdirSync('test/config/files').map((name) => `test/config/files/${name}`)];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yml'))
      .map((name) => join(folder, name)),
  );
  for (const file of files) {
    it(file, () => {
      const text = readFileSync(file, 'utf8');
      const node = plainYaml(text, 'f');
      if (node !== undefined) expect(node).toEqual(general(text));
    });
  }
});

/** Text in which lines, words and indicators follow each other as they like. */
function anyText(): fc.Arbitrary<string> {
  const words = [
    'a',
    'zone',
    'b',
    '1',
    '0',
    '1.2',
    '.',
    'e',
    'x',
    '127.0.0.1:53',
    'true',
    'no',
    'null',
    '~',
    '/',
    '\\',
  ];
  const breaks = ['\n', '\n  ', '\n    ', '\n- ', '\n  - ', '\n\n', ' #'];
  const signs = [...': , |>&*!%@`?-[]{}#"\'='.split(''), ': ', ', ', '- ', '? ', '<<'];
  const piece = fc.oneof(...[words, breaks, signs].map((list) => fc.constantFrom(...list)));
  const block = [
    'a: b',
    'b:',
    'c: "x"',
    "d: 'y' # z",
    '- a: b',
    '- x',
    '  a: b',
    '  - c: d',
    '    e: f',
    '    - 1',
    '# g',
    '',
  ];
  const flow = ['e: [x, y]', 'f: {d: e}', '  g: [1, {h: 2}]', '- {a: b, c: d}', '- [ ]', 'h: x y z', '  i:'];
  const line = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...block, ...flow) }, piece);
  return fc.oneof(
    fc.array(piece, { maxLength: 14 }).map((parts) => `a${parts.join('')}`),
    fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
  );
}

it('any text is read alike or not at all', () => {
  let count = 0;
  fc.assert(
    fc.property(anyText(), (text) => {
      const node = plainYaml(text, 'f');
      if (node === undefined) return;
      count++;
      expect(node).toEqual(general(text));
    }),
    { numRuns: Number(process.env['KEDGE_RUNS'] ?? 3000) },
  );
  expect(count).toBeGreaterThan(100);
});
