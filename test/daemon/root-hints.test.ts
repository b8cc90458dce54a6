import { afterAll, describe, expect, test } from 'vitest';
import { readRootHints } from '../../src/daemon/root-hints.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { RRType } from '../../src/wire/constants.ts';
import { configOf, directoryWith } from './support/daemons.ts';

const files = directoryWith({
  'good.hints': '. NS a.root.\na.root. A 192.0.2.1\na.root. AAAA 2001:db8::1\na.root. TXT "left out"\n',
  'no-address.hints': '. NS a.root.\n',
  'no-server.hints': 'a.root. A 192.0.2.1\n',
  'broken.hints': '. NS a.root.\na.root. A 192.0.2.300\n',
});
afterAll(() => files.remove());

const hintsOf = (file: string) => readRootHints(configOf(`recursor: {hint_file: ${file}}`));

describe('root hints', () => {
  test('the built-in ones name the thirteen root servers with both kinds of address', () => {
    const { records, source } = readRootHints(configOf());
    const count = (type: number) => records.filter((record) => record.type === type).length;
    expect([count(RRType.NS), count(RRType.A), count(RRType.AAAA)]).toEqual([13, 13, 13]);
    expect(source).toBe('built-in');
  });

  test('a file of one’s own', () => {
    const { records, source } = hintsOf(files.path('good.hints'));
    expect(records.map(({ type }) => type)).toEqual([RRType.NS, RRType.A, RRType.AAAA]);
    expect(source).toBe(files.path('good.hints'));
  });

  for (const word of ['no', 'no-refresh']) {
    test(`'${word}': none`, () => expect(hintsOf(`'${word}'`).records).toEqual([]));
  }

  const bad = [
    { file: 'none.hints', message: /none\.hints: it does not exist/ },
    { file: 'no-address.hints', message: /1 name servers of the root and 0 addresses/ },
    { file: 'no-server.hints', message: /0 name servers of the root and 1 addresses/ },
    { file: 'broken.hints', message: /broken\.hints:2: / },
  ];
  for (const { file, message } of bad) {
    test(`${file}: an error that says why`, () => {
      expect(() => hintsOf(files.path(file))).toThrow(StartError);
      expect(() => hintsOf(files.path(file))).toThrow(message);
    });
  }
});
