// The journals behind the pages: rings, failures, verdicts of zones, queries, forwarders, changes over HTTP.
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import type { Outcome } from '../../src/ports/exchange.ts';
import { AuditTrail } from '../../src/telemetry/audit-trail.ts';
import { type FailedResolution, FailureJournal, failureWords, isFailure } from '../../src/telemetry/failure-journal.ts';
import { ForwarderHealth, forwarderState } from '../../src/telemetry/forwarder-health.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { type AnsweredQuery, QueryRing } from '../../src/telemetry/query-ring.ts';
import { Ring } from '../../src/telemetry/ring.ts';
import { Series } from '../../src/telemetry/series.ts';
import { changeWords, type DecidedZone, VerdictHistory } from '../../src/telemetry/verdict-history.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';

const NOW = 1_800_000_000;

function questionOf(name: string, type: number = RRType.A) {
  return { name: nameOf(name), type, class: RRClass.IN };
}

describe('ring', () => {
  test.each([
    { name: 'not full', capacity: 4, items: [1, 2], want: [2, 1] },
    { name: 'full', capacity: 3, items: [1, 2, 3], want: [3, 2, 1] },
    { name: 'the oldest go', capacity: 3, items: [1, 2, 3, 4, 5], want: [5, 4, 3] },
    { name: 'that keeps nothing', capacity: 0, items: [1], want: [] },
  ])('$name', ({ capacity, items, want }) => {
    const ring = new Ring<number>(capacity);
    for (const item of items) ring.add(item);
    expect([...ring.newestFirst()]).toEqual(want);
    expect(ring.size).toBe(want.length);
  });
});

describe('series', () => {
  test('a point is what was added within its span', () => {
    const metrics = new Metrics();
    metrics.increment('questions', 100);
    const series = new Series(metrics, NOW);
    metrics.increment('questions', 10);
    metrics.increment('cache_hits', 3);
    metrics.increment('packetcache_hits', 4);
    metrics.increment('dnssec_result_bogus', 2);
    metrics.increment('servfail_answers', 1);
    metrics.histograms.clientAnswers.add(2);
    metrics.histograms.clientAnswers.add(4);
    series.tick(NOW + 5);
    series.tick(NOW + 10);
    expect(series.points()).toEqual([
      { atSeconds: NOW + 5, seconds: 5, queries: 10, hits: 7, bogus: 2, servfail: 1, latencyMs: 3 },
      { atSeconds: NOW + 10, seconds: 5, queries: 0, hits: 0, bogus: 0, servfail: 0, latencyMs: undefined },
    ]);
  });

  test('keeps ten minutes, and lives with a clock that is set back', () => {
    const series = new Series(new Metrics(), NOW);
    for (let span = 1; span <= 200; span++) series.tick(NOW - span);
    const points = series.points();
    expect(points).toHaveLength(120);
    expect(points.every(({ seconds }) => seconds === 1)).toBe(true);
    expect(points.at(-1)?.atSeconds).toBe(NOW - 200);
  });
});

const rootAnchor = { kind: 'anchor', zone: nameOf('.'), keyTags: [1] } as const;
const anchored = { link: rootAnchor, previous: undefined };

function bogus(name: string, reason: 'rrsig-expired' | 'rrsig-invalid' = 'rrsig-expired'): Verdict {
  const link = {
    kind: 'failure',
    reason,
    zone: nameOf('broken.test.'),
    name: nameOf(name),
    type: RRType.A,
    expected: 'a signature that holds',
    found: '',
    server: '192.0.2.1#53',
  } as const;
  return { status: 'bogus', reason, chain: { link, previous: anchored } };
}

function failedWith(verdict: Verdict | undefined, cause = 'servers-silent'): FailedResolution {
  return { rcode: 2, verdict, errors: verdict === undefined ? [{ code: 22, text: 'nobody there', cause }] : [] };
}

describe('failures', () => {
  test.each<{ what: string; resolution: FailedResolution; want: boolean }>([
    {
      what: 'secure',
      resolution: { rcode: 0, verdict: { status: 'secure', chain: anchored }, errors: [] },
      want: false,
    },
    { what: 'NXDOMAIN', resolution: { rcode: 3, verdict: undefined, errors: [] }, want: false },
    { what: 'SERVFAIL', resolution: failedWith(undefined), want: true },
    { what: 'bogus, and given out', resolution: { rcode: 0, verdict: bogus('a.test.'), errors: [] }, want: true },
  ])('$what: $want', ({ resolution, want }) => expect(isFailure(resolution)).toBe(want));

  test('one entry for each name, type and cause; the one met last comes first', () => {
    const journal = new FailureJournal();
    journal.note(questionOf('a.test.'), failedWith(bogus('a.test.')), NOW);
    journal.note(questionOf('b.test.'), failedWith(undefined), NOW + 1);
    journal.note(questionOf('A.test.'), failedWith(bogus('a.test.')), NOW + 2);
    journal.note(questionOf('a.test.'), failedWith(bogus('a.test.', 'rrsig-invalid')), NOW + 3);
    journal.note(questionOf('a.test.', RRType.AAAA), failedWith(bogus('a.test.')), NOW + 4);
    const rows = journal.newestFirst().map(({ question, kind, cause, count, firstSeconds, lastSeconds }) => {
      return `${nameText(question.name)} ${question.type} ${kind} ${cause} ${count} ${firstSeconds - NOW}-${lastSeconds - NOW}`;
    });
    expect(rows).toEqual([
      'a.test. 28 bogus rrsig-expired 1 4-4',
      'a.test. 1 bogus rrsig-invalid 1 3-3',
      'A.test. 1 bogus rrsig-expired 2 0-2',
      'b.test. 1 failed servers-silent 1 1-1',
    ]);
  });

  test('the words are those of the table of causes', () => {
    const journal = new FailureJournal();
    journal.note(questionOf('a.test.'), failedWith(bogus('a.test.')), NOW);
    journal.note(questionOf('b.test.'), failedWith(undefined), NOW);
    const [silent, expired] = journal.newestFirst().map(failureWords);
    expect(expired).toMatchObject({
      ede: 7,
      text: 'a.test. A: signature expired',
      expected: 'a signature that holds',
      server: '192.0.2.1#53',
    });
    expect(expired?.zone?.equals(nameOf('broken.test.'))).toBe(true);
    expect(expired?.hint).toContain('broken.test');
    expect(expired).not.toHaveProperty('found');
    expect(silent).toMatchObject({ ede: 22, text: 'nobody there' });
    expect(silent?.hint).not.toBe('');
  });

  test('five hundred at most, and pages of them', () => {
    const journal = new FailureJournal();
    for (let index = 0; index < 700; index++) {
      journal.note(questionOf(`n${index}.test.`), failedWith(undefined), NOW + index);
    }
    const all = journal.newestFirst();
    expect(all).toHaveLength(500);
    expect(all.at(-1)?.firstSeconds).toBe(NOW + 200);
    const before = all[99]?.seq;
    expect(journal.newestFirst(before)[0]?.firstSeconds).toBe(NOW + 599);
  });
});

describe('history', () => {
  const zone = nameOf('zone.test.');
  const signature = { signer: zone, keyTag: 7, algorithm: 13, inception: NOW - 10, expiration: NOW + 10 };
  const dnskey = {
    kind: 'dnskey',
    zone,
    keyTags: [7],
    matched: { keyTag: 7, algorithm: 13, digestType: 2 },
    signature,
  } as const;
  const secure: DecidedZone = { status: 'secure', zone, chain: { link: dnskey, previous: anchored } };
  const insecure: DecidedZone = { status: 'insecure', reason: 'no-ds', zone, chain: anchored };
  const broken = bogus('zone.test.');
  const bad: DecidedZone | undefined = broken.status === 'bogus' ? { ...broken, zone } : undefined;
  const ownAnchor = { link: { kind: 'anchor', zone, keyTags: [7] } as const, previous: undefined };

  const rows: { name: string; given: (DecidedZone | undefined)[]; want: string[] }[] = [
    { name: 'a zone that is met first and is all right is no change', given: [secure, secure], want: [] },
    { name: 'a zone that is met first and is bogus is one', given: [bad], want: ['unknown bogus rrsig-expired'] },
    {
      name: 'so is a zone with an anchor of its own',
      given: [{ ...secure, chain: { link: dnskey, previous: ownAnchor } }],
      want: ['unknown secure undefined'],
    },
    {
      name: 'there and back',
      given: [secure, bad, bad, secure, insecure],
      want: ['secure insecure undefined', 'bogus secure undefined', 'secure bogus rrsig-expired'],
    },
  ];
  test.each(rows)('$name', ({ given, want }) => {
    const history = new VerdictHistory();
    for (const decided of given) if (decided !== undefined) history.note(decided, NOW);
    const found = [...history.newestFirst()].map((entry) => {
      return `${entry.from} ${entry.decided.status} ${changeWords(entry).cause}`;
    });
    expect(found).toEqual(want);
  });

  test('bounded, also in zones', () => {
    const history = new VerdictHistory();
    for (let index = 0; index < 12_000; index++) {
      if (bad !== undefined) history.note({ ...bad, zone: nameOf(`z${index}.test.`) }, NOW + index);
    }
    const entries = [...history.newestFirst()];
    expect(entries).toHaveLength(1000);
    expect(entries[0]?.atSeconds).toBe(NOW + 11_999);
  });
});

describe('queries', () => {
  const query = (name: string, more: Partial<AnsweredQuery> = {}): AnsweredQuery => ({
    atMs: NOW * 1000,
    client: Uint8Array.of(192, 0, 2, 7),
    transport: 'udp',
    question: questionOf(name),
    rcode: 0,
    verdict: 'secure',
    origin: 'cache',
    latencyMs: 1,
    octets: 50,
    dnssecOk: true,
    checkingDisabled: false,
    ...more,
  });
  const ring = new QueryRing(true);
  ring.add(query('www.Example.'));
  ring.add(query('mail.example.', { question: questionOf('mail.example.', RRType.MX), rcode: 3 }));
  ring.add(query('bad.test.', { rcode: 2, verdict: 'bogus', client: Uint8Array.of(192, 0, 2, 8) }));
  ring.add(query('plain.test.', { verdict: undefined }));

  test.each([
    { name: 'all, the newest first', filter: {}, want: [4, 3, 2, 1] },
    { name: 'after a number', filter: { since: 2 }, want: [4, 3] },
    { name: 'a part of the name, in any letter case', filter: { name: 'EXAMPLE' }, want: [2, 1] },
    { name: 'a type', filter: { type: 'mx' }, want: [2] },
    { name: 'a client', filter: { client: '192.0.2.8' }, want: [3] },
    { name: 'an RCODE', filter: { rcode: 'servfail' }, want: [3] },
    { name: 'a verdict', filter: { verdict: 'Bogus' }, want: [3] },
    { name: 'empty words do not filter', filter: { name: '', type: '' }, want: [4, 3, 2, 1] },
    { name: 'no such thing', filter: { name: 'www', verdict: 'bogus' }, want: [] },
  ])('$name', ({ filter, want }) => {
    expect(ring.shown(filter, 100).map(({ seq }) => seq)).toEqual(want);
  });

  test('no more than wanted, and two thousand in all', () => {
    const large = new QueryRing(true);
    for (let index = 0; index < 2500; index++) large.add(query(`n${index}.test.`));
    expect(large.shown({}, 10)).toHaveLength(10);
    expect(large.shown({}, 10_000)).toHaveLength(2000);
    expect(large.seq).toBe(2500);
  });

  test('switched off, it forgets; numbers go on', () => {
    const switched = new QueryRing();
    expect(switched.isOn).toBe(false);
    switched.set(true);
    switched.add(query('a.test.'));
    switched.set(false);
    switched.set(true);
    switched.add(query('b.test.'));
    expect(switched.shown({}, 10).map(({ seq, name }) => `${seq} ${name}`)).toEqual(['2 b.test.']);
  });
});

describe('forwarders', () => {
  const server = { address: '192.0.2.1', port: 53, family: 4, key: '192.0.2.1#53' } as const;
  const timeout: Outcome = { kind: 'timeout' };
  const truncated: Outcome = { kind: 'truncated', rttMs: 1, octets: 12 };
  test.each<{ name: string; outcomes: Outcome[]; state: string; trouble?: string }>([
    { name: 'never asked', outcomes: [], state: 'unknown' },
    { name: 'answers', outcomes: [truncated], state: 'ok' },
    { name: 'one packet lost before any reply says nothing', outcomes: [timeout], state: 'unknown' },
    { name: 'one packet lost', outcomes: [truncated, timeout], state: 'ok' },
    { name: 'silent', outcomes: [truncated, timeout, timeout], state: 'failing', trouble: 'it did not answer in time' },
    { name: 'back again', outcomes: [timeout, timeout, timeout, truncated], state: 'ok' },
    {
      name: 'a certificate that is not right',
      outcomes: [
        { kind: 'tls-failed', reason: 'expired' },
        { kind: 'tls-failed', reason: 'expired' },
      ],
      state: 'failing',
      trouble: 'TLS: expired',
    },
    { name: 'that no socket was left says nothing', outcomes: [{ kind: 'no-socket' }], state: 'unknown' },
  ])('$name', ({ outcomes, state, trouble }) => {
    const health = new ForwarderHealth();
    health.watch([server.key]);
    for (const outcome of outcomes) health.note({ server }, outcome, () => NOW);
    expect(forwarderState(health.of(server.key))).toBe(state);
    if (trouble !== undefined) expect(health.of(server.key)?.trouble).toBe(trouble);
  });

  test('others are not watched; a reload keeps what is known', () => {
    const health = new ForwarderHealth();
    health.watch([server.key, 'b#53']);
    health.note({ server }, timeout, () => NOW);
    health.note({ server: { ...server, key: 'c#53' } }, timeout, () => NOW);
    health.watch([server.key]);
    expect(health.of(server.key)).toMatchObject({ queries: 1, timeouts: 1 });
    expect(health.of('b#53')).toBeUndefined();
    expect(health.of('c#53')).toBeUndefined();
  });
});

test('each change over HTTP is kept, and is a line of the log', () => {
  const lines: string[] = [];
  const trail = new AuditTrail({
    always: (level, message, fields) =>
      void lines.push(`${level} ${message} ${fields?.['zone']} ${fields?.['outcome']}`),
  });
  const change = { atSeconds: NOW, client: '127.0.0.1', action: 'add trust anchor', text: '1 13 2 aa' };
  trail.add({ ...change, zone: 'a.test', ok: true, outcome: 'added' });
  trail.add({ ...change, zone: 'b.test', ok: false, outcome: 'no DS' });
  expect(lines).toEqual(['info changed over HTTP a.test added', 'warn not changed over HTTP b.test no DS']);
  expect([...trail.newestFirst()].map(({ zone }) => zone)).toEqual(['b.test', 'a.test']);
});
