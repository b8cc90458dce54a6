// Parts behind `/api/kedge` that a running daemon shows rarely: limits, looks at anchored zones, dates of short-lived
// signatures, what is said of forwarders.
import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../src/cache/answer-cache.ts';
import { ZoneTrustCache } from '../../src/cache/zone-trust-cache.ts';
import { AnchorBook } from '../../src/daemon/anchor-book.ts';
import { AnchorLooks } from '../../src/daemon/anchor-looks.ts';
import { ForwarderBook } from '../../src/daemon/forwarder-book.ts';
import type { DaemonResolver } from '../../src/daemon/resolver-parts.ts';
import { expiriesOf } from '../../src/daemon/web-target-expiries.ts';
import { Explaining } from '../../src/daemon/web-target-explain.ts';
import { adviceOf, checkedForwardsOf } from '../../src/daemon/web-target-forwarders.ts';
import { Kept } from '../../src/daemon/web-target-times.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import type { ForwardZone } from '../../src/resolver/options.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { configOf, failed } from './support/daemons.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;

describe('explanations', () => {
  function explainingOver(resolver: DaemonResolver) {
    const clock = new VirtualClock();
    const explaining = new Explaining({
      config: () => configOf(),
      resolver,
      anchors: new TrustAnchors(),
      exchange: { ask: () => ({ cancel: () => {} }) },
      clock,
      timers: clock,
      localData: () => ({ answer: () => undefined }),
      makeAside: () => resolver,
    });
    return { clock, explaining };
  }
  const query = { name: 'www.test', type: 'A', withAnchors: [], withoutAnchors: [], disabledAlgorithms: [] };

  test('four at once; the next is told to come again, and none lasts for ever', async () => {
    const waiting: ((resolution: Resolution) => void)[] = [];
    const { clock, explaining } = explainingOver({ resolve: (_request, done) => void waiting.push(done) });
    const four = [1, 2, 3, 4].map(() => explaining.explain(query));
    expect(await explaining.explain(query)).toMatchObject({ ok: false, status: 503 });
    waiting[0]?.(failed);
    expect(await four[0]).toMatchObject({ ok: true, value: { status: 'failed' } });
    const fifth = explaining.explain({ ...query, at: '2027-01-01' });
    clock.advance(10_000);
    for (const outcome of await Promise.all([...four.slice(1), fifth])) {
      expect(outcome).toMatchObject({ ok: false, status: 504 });
    }
    const again = explaining.explain(query);
    waiting.at(-1)?.(failed);
    expect(await again).toMatchObject({ ok: true });
  });

  test('a flood ends soon: resolved anew a few times a second, read ten times', async () => {
    let count = 0;
    const { clock, explaining } = explainingOver({
      resolve: (_request, done) => {
        count++;
        done(failed);
      },
    });
    for (let round = 0; round < 200; round++) await explaining.explain(query);
    expect(count).toBe(100);
    expect(await explaining.explain(query)).toMatchObject({ ok: false, status: 503 });
    clock.advance(10_000);
    count = 0;
    for (let round = 0; round < 200; round++) await explaining.explain({ ...query, at: '2027-01-01' });
    expect(count).toBe(20);
    clock.advance(100);
    expect(await explaining.explain(query)).toMatchObject({ ok: true });
    expect(await explaining.explain({ ...query, at: '2027-01-01' })).toMatchObject({ ok: false, status: 503 });
  });

  test('a date is that of the judgement', async () => {
    const { explaining } = explainingOver({ resolve: (_request, done) => done(failed) });
    const outcome = await explaining.explain({ ...query, at: '2027-02-03T04:05:06Z' });
    expect(outcome).toMatchObject({ ok: true, value: { at: '2027-02-03T04:05:06Z', source: 'here' } });
  });
});

test('anchored zones are looked at one after the other, once an hour', async () => {
  const clock = new VirtualClock();
  const anchors = new TrustAnchors();
  const ds = { keyTag: 1, algorithm: 13, digestType: 2, digest: new Uint8Array(32) };
  for (const zone of ['.', 'a.test.', 'b.test.']) anchors.addDS(nameOf(zone), ds);
  const asked: string[] = [];
  let atOnce = 0;
  const looks = new AnchorLooks({
    anchors,
    clock,
    timers: clock,
    resolver: {
      resolve: ({ question }, done) => {
        asked.push(`${nameText(question.name)} ${question.type}`);
        atOnce++;
        expect(atOnce).toBe(1);
        clock.at(clock.monotonicMs() + 50, () => {
          atOnce--;
          done(failed);
        });
      },
    },
  });
  looks.start();
  clock.advance(10_000);
  expect(asked).toEqual([]);
  clock.advance(10_000);
  expect(asked).toEqual(['. 48', 'a.test. 48', 'b.test. 48']);
  clock.advance(3_000_000);
  expect(asked).toHaveLength(3);
  clock.advance(700_000);
  expect(asked).toHaveLength(6);
  looks.stop();
  clock.advance(10_000_000);
  expect(asked).toHaveLength(6);
});

describe('expiries', () => {
  const rows = [
    { name: 'far from its end', lifeDays: 30, leftDays: 20, want: 'ok' },
    { name: 'within the margin, and late in its life', lifeDays: 30, leftDays: 6, want: 'soon' },
    { name: 'within the margin, but made a short while ago', lifeDays: 7, leftDays: 6, want: 'ok' },
    { name: 'of two days, half of them over', lifeDays: 2, leftDays: 1, want: 'ok' },
    { name: 'of two days, almost over', lifeDays: 2, leftDays: 0.2, want: 'soon' },
    { name: 'over', lifeDays: 30, leftDays: -1, want: 'expired' },
  ];
  test.each(rows)('a signature $name: $want', ({ lifeDays, leftDays, want }) => {
    const zone = nameOf('zone.test.');
    const expiration = NOW + Math.round(leftDays * DAY);
    const signature = { signer: zone, keyTag: 7, algorithm: 13, inception: expiration - lifeDays * DAY, expiration };
    const trust = new ZoneTrustCache(10);
    const link = {
      kind: 'dnskey',
      zone,
      keyTags: [7],
      matched: { keyTag: 7, algorithm: 13, digestType: 2 },
      signature,
    } as const;
    const keys = { zone, keys: [], unusable: [], demanded: undefined };
    trust.set({ status: 'secure', zone, keys, chain: { link, previous: undefined } }, 100);
    const answers = new AnswerCache({ maxOctets: 1000, maxEntryOctets: 1000 });
    const [row] = expiriesOf({ trust, answers, now: 0 }, NOW, 7 * DAY);
    expect(row).toMatchObject({ zone: 'zone.test.', what: 'DNSKEY', state: want, secondsLeft: expiration - NOW });
    expect(expiriesOf({ trust, answers, now: 200 }, NOW, 7 * DAY)).toEqual([]);
  });
});

test('of very many zones, those whose signatures end first', () => {
  const trust = new ZoneTrustCache(50_000);
  for (let index = 0; index < 20_000; index++) {
    const zone = nameOf(`z${index}.test.`);
    // In no order: 7919 is prime to the number of zones.
    const expiration = NOW + ((index * 7919) % 20_000);
    const signature = { signer: zone, keyTag: 7, algorithm: 13, inception: NOW - DAY, expiration };
    const matched = { keyTag: 7, algorithm: 13, digestType: 2 };
    const link = { kind: 'dnskey', zone, keyTags: [7], matched, signature } as const;
    const keys = { zone, keys: [], unusable: [], demanded: undefined };
    trust.set({ status: 'secure', zone, keys, chain: { link, previous: undefined } }, 100);
  }
  const answers = new AnswerCache({ maxOctets: 1000, maxEntryOctets: 1000 });
  const left = expiriesOf({ trust, answers, now: 0 }, NOW, DAY).map(({ secondsLeft }) => secondsLeft);
  expect(left).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

describe('checked forward zones', () => {
  const zone: ForwardZone = {
    zone: nameOf('home.arpa.'),
    servers: [
      { address: '192.0.2.1', port: 53, family: 4, key: '192.0.2.1#53' },
      { address: '192.0.2.2', port: 53, family: 4, key: '192.0.2.2#53' },
    ],
    recurse: false,
    first: false,
  };
  const dead = (server: string) => ({
    severity: 'warning' as const,
    message: 'a forwarder does not answer',
    fields: { server, why: 'no reply in time', remedy: 'start it' },
  });
  const rows = [
    { name: 'nobody has looked', findings: undefined, want: 'unknown' },
    { name: 'nothing was found', findings: [], want: 'ok' },
    { name: 'one server is dead', findings: [dead('192.0.2.1:53')], want: 'warning' },
    { name: 'all are', findings: [dead('192.0.2.1:53'), dead('192.0.2.2:53')], want: 'error' },
    { name: 'it could be better', findings: [{ severity: 'info' as const, message: 'x', fields: {} }], want: 'ok' },
    { name: 'bogus', findings: [{ severity: 'error' as const, message: 'x', fields: {} }], want: 'error' },
  ];
  test.each(rows)('$name: $want', ({ findings, want }) => {
    const book = new ForwarderBook({ wallSeconds: () => NOW });
    if (findings !== undefined) book.note(zone.zone, findings);
    const [checked] = checkedForwardsOf([zone], book);
    expect(checked?.state).toBe(want);
    expect(checked?.checkedAt).toBe(findings === undefined ? undefined : '2027-01-15T08:00:00Z');
    book.keep([]);
    expect(book.of(zone.zone)).toBeUndefined();
  });

  test('advice has a sentence, and the lines to paste', () => {
    expect(adviceOf(dead('192.0.2.1:53'))).toEqual({
      text: '192.0.2.1:53: a forwarder does not answer (no reply in time). Start it.',
      lines: [],
    });
    const fields = { remedy: 'compare', lua: 'addTA("a", "b")', yaml: 'dnssec: {}' };
    expect(adviceOf({ severity: 'error', message: 'bogus', fields }).lines).toEqual([
      { where: 'recursor.yml', line: 'dnssec: {}' },
      { where: 'Lua file (lua-config-file)', line: 'addTA("a", "b")' },
    ]);
  });
});

test('who set an anchor is known as long as it was set at run time', () => {
  const zone = nameOf('home.arpa.');
  const ds = { keyTag: 1, algorithm: 13, digestType: 2, digest: new Uint8Array(32) };
  const book = new AnchorBook({ anchors: new TrustAnchors(), ends: new Map(), inFile: new Set([zone.key]) });
  expect(book.authorOf(zone, 'positive')).toBeUndefined();
  expect(book.isInFile(zone)).toBe(true);
  book.add({ kind: 'add', zone, ds, by: 'command' });
  book.add({ kind: 'add', zone, ds: { ...ds, keyTag: 2 }, by: 'api' });
  book.add({ kind: 'add-negative', zone, reason: '', by: 'command' });
  expect(book.authorOf(zone, 'positive')).toBe('api');
  expect(book.authorOf(zone, 'negative')).toBe('command');
  book.add({ kind: 'clear', zone });
  expect(book.authorOf(zone, 'positive')).toBeUndefined();
});

test('what is kept is made anew when it is old', () => {
  let nowMs = 0;
  let made = 0;
  const kept = new Kept(
    500,
    () => nowMs,
    () => ++made,
  );
  expect([kept.get(), kept.get()]).toEqual([1, 1]);
  nowMs = 499;
  expect(kept.get()).toBe(1);
  nowMs = 500;
  expect(kept.get()).toBe(2);
});
