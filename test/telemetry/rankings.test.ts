import { describe, expect, test } from 'vitest';
import type { RankingName } from '../../src/ports/rankings.ts';
import { Rankings } from '../../src/telemetry/rankings.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const question = (name: string, type: number = RRType.A): Question => ({ name: nameOf(name), type, class: RRClass.IN });
const client = (last: number): Uint8Array => Uint8Array.of(192, 0, 2, last);

describe('rankings', () => {
  test('the most frequent first, whatever the letter case', () => {
    const rankings = new Rankings(100);
    rankings.asked(question('www.Example'), client(1));
    rankings.asked(question('WWW.example'), client(2));
    rankings.asked(question('www.example', RRType.AAAA), client(2));
    rankings.asked(question('other.example'), client(2));
    expect(rankings.ranking('queries')).toEqual({
      total: 4,
      entries: [
        { text: 'www.example|A', count: 2 },
        { text: 'www.example|AAAA', count: 1 },
        { text: 'other.example|A', count: 1 },
      ],
    });
    expect(rankings.ranking('remotes').entries).toEqual([
      { text: '192.0.2.2', count: 3 },
      { text: '192.0.2.1', count: 1 },
    ]);
  });

  test('pub- lists group by the last two labels', () => {
    const rankings = new Rankings(100);
    for (const name of ['a.b.example.org', 'c.example.org', 'example.org', 'org', '.']) {
      rankings.failed(question(name), client(1));
    }
    expect(rankings.ranking('pub-servfail-queries').entries).toEqual([
      { text: 'example.org|A', count: 3 },
      { text: 'org|A', count: 1 },
      { text: '.|A', count: 1 },
    ]);
  });

  test('only the last entries count', () => {
    const rankings = new Rankings(3);
    for (let index = 0; index < 10; index++) rankings.timedOut(`192.0.2.${index}`);
    const { total, entries } = rankings.ranking('timeouts');
    expect(total).toBe(3);
    expect(entries.map(({ text }) => text).sort()).toEqual(['192.0.2.7', '192.0.2.8', '192.0.2.9']);
  });

  test('without room nothing is kept', () => {
    const rankings = new Rankings(0);
    rankings.asked(question('x'), client(1));
    rankings.largeAnswer(client(1));
    expect(rankings.ranking('queries')).toEqual({ total: 0, entries: [] });
  });

  const kinds: readonly { feed: (rankings: Rankings) => void; lists: readonly RankingName[] }[] = [
    { feed: (rankings) => rankings.asked(question('x'), client(1)), lists: ['queries', 'pub-queries', 'remotes'] },
    {
      feed: (rankings) => rankings.failed(question('x'), client(1)),
      lists: ['servfail-queries', 'pub-servfail-queries', 'servfail-remotes'],
    },
    {
      feed: (rankings) => rankings.bogus(question('x'), client(1)),
      lists: ['bogus-queries', 'pub-bogus-queries', 'bogus-remotes'],
    },
    { feed: (rankings) => rankings.largeAnswer(client(1)), lists: ['largeanswer-remotes'] },
    { feed: (rankings) => rankings.timedOut('192.0.2.1'), lists: ['timeouts'] },
  ];
  const all = kinds.flatMap(({ lists }) => lists);
  for (const { feed, lists } of kinds) {
    test(`what goes into ${lists.join(', ')} goes nowhere else`, () => {
      const rankings = new Rankings(10);
      feed(rankings);
      for (const list of all) expect(rankings.ranking(list).total, list).toBe(lists.includes(list) ? 1 : 0);
    });
  }
});
