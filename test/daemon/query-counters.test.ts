// What clients' queries add up to (POWERDNS 7).
import { describe, expect, test } from 'vitest';
import { QueryCounters } from '../../src/daemon/query-counters.ts';
import { CountingServerEvents } from '../../src/daemon/server-events.ts';
import type { Chain, Verdict } from '../../src/dnssec/verdict.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { type MetricName, Metrics } from '../../src/telemetry/metrics.ts';
import { Rankings } from '../../src/telemetry/rankings.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { client, FakeServer, type FakeServerOptions } from '../server/support/fake-server.ts';
import { type QueryShape, queryOctets } from '../server/support/queries.ts';
import { localDataWith } from '../support/local-data.ts';
import { keptLog } from './support/daemons.ts';

function resolution(changes: Partial<Resolution> = {}): Resolution {
  return {
    rcode: Rcode.NOERROR,
    answer: [],
    authority: [],
    verdict: undefined,
    authentic: false,
    errors: [],
    shareable: true,
    ...changes,
  };
}

function counted(options: FakeServerOptions = {}, namesSetAside: readonly string[] = []) {
  const metrics = new Metrics();
  const rankings = new Rankings(100);
  const names = namesSetAside.map((name) => nameOf(name));
  const counters = new QueryCounters(metrics, rankings, { latencyWindow: 10, namesSetAside: names });
  const events = new CountingServerEvents(counters, metrics, keptLog().log, {
    switches: { logBogus: false, logQueries: false },
    onNotify: () => {},
  });
  const server = new FakeServer({ ...options, parts: { ...options.parts, events } });
  const value = (name: MetricName): number => metrics.value(name);
  return { server, metrics, rankings, counters, value };
}

test('answers by time, packet cache hits and drops add up to the questions', () => {
  const localData = localDataWith({ zones: [{ zone: nameOf('dropped.example'), zoneType: 'always_deny' }] });
  const waiting: ((answer: Resolution) => void)[] = [];
  const { server, value } = counted({
    resolve: (request, done) => {
      if (request.question.type === RRType.A) waiting.push(done);
      else if (request.question.type === RRType.MX) throw new Error('oops');
      else done(resolution({ rcode: Rcode.NXDOMAIN }));
    },
    options: { waiting: { perSource: 5, perPrivateSource: 5, total: 5 }, allowNoRecursionDesired: true },
    parts: { localData },
  });
  const send = (query: QueryShape): void => void server.send(queryOctets(query));
  for (const name of ['dropped.example', 'x.dropped.example']) send({ name });
  send({ name: 'dropped.example', noRecursion: true });
  send({ name: 'localhost' });
  send({ name: 'quick.example', type: RRType.AAAA });
  send({ name: 'fault.example', type: RRType.MX });
  send({ name: 'any.example', type: RRType.ANY });
  for (let index = 0; index < 8; index++) send({ name: `waiting${index}.example`, type: RRType.A });
  send({ name: 'more.example', type: RRType.A, noRecursion: true });
  server.send(new Uint8Array(5));
  expect(value('over_capacity_drops')).toBe(3);
  expect(value('policy_drops')).toBe(2);
  for (const delayMs of [0, 5, 50, 500, 5000]) {
    server.nowMs += delayMs;
    waiting.shift()?.(resolution({ rcode: Rcode.SERVFAIL }));
  }
  const parts: MetricName[] = [
    'answers0_1',
    'answers1_10',
    'answers10_100',
    'answers100_1000',
    'answers_slow',
    'packetcache_hits',
    'over_capacity_drops',
    'policy_drops',
  ];
  expect(value('questions')).toBe(14);
  expect(parts.reduce((sum, name) => sum + value(name), 0)).toBe(value('questions'));
  expect(parts.slice(0, 5).map(value)).toEqual([5, 1, 1, 1, 1]);
});

describe('where answers are from', () => {
  test('local data, the cache at once, servers after a while', () => {
    const waiting: (() => void)[] = [];
    const { server, value } = counted({
      resolve: (request, done) => {
        if (request.question.type === RRType.A) waiting.push(() => done(resolution()));
        else done(resolution());
      },
    });
    server.ask({ name: 'localhost' });
    server.ask({ name: 'cached.example', type: RRType.TXT });
    server.ask({ name: 'cached.example', type: RRType.MX });
    server.send(queryOctets({ name: 'new.example', type: RRType.A }));
    waiting.shift()?.();
    expect([value('auth_zone_queries'), value('cache_hits'), value('cache_misses')]).toEqual([1, 2, 1]);
  });
});

describe('results of validation', () => {
  const chain: Chain = {
    previous: undefined,
    link: {
      kind: 'failure',
      zone: nameOf('bad.example'),
      name: nameOf('bad.example'),
      type: RRType.A,
      reason: 'rrsig-expired',
      expected: '',
      found: '',
      server: '',
    },
  };
  const bogus: Verdict = { status: 'bogus', reason: 'rrsig-expired', chain };

  test('one bogus answer adds one to the sum and one to its cause, and to the rankings (POWERDNS 9.12)', () => {
    const { server, metrics, rankings } = counted({
      resolve: (_request, done) => done(resolution({ rcode: Rcode.SERVFAIL, verdict: bogus })),
    });
    server.ask({ name: 'bad.example' });
    const grown = metrics.samples().filter(({ name, value }) => name.includes('_result_') && value > 0);
    expect(grown.map(({ name, value }) => [name, value])).toEqual([
      ['dnssec_result_bogus', 1],
      ['dnssec_result_bogus_signature_expired', 1],
    ]);
    expect(rankings.ranking('bogus-queries').total).toBe(1);
    expect(rankings.ranking('bogus-remotes').entries).toEqual([{ text: '127.0.0.1', count: 1 }]);
    expect(rankings.ranking('servfail-queries').total).toBe(1);
  });

  test('names set aside are counted apart (dnssec.x_dnssec_names)', () => {
    const { server, value } = counted(
      { resolve: (_request, done) => done(resolution({ rcode: Rcode.SERVFAIL, verdict: bogus })) },
      ['bad.example'],
    );
    server.ask({ name: 'www.bad.example' });
    server.ask({ name: 'notbad.example' });
    expect(value('x_dnssec_result_bogus')).toBe(1);
    expect(value('x_dnssec_result_bogus_signature_expired')).toBe(1);
    expect(value('dnssec_result_bogus')).toBe(1);
    expect(value('dnssec_validations')).toBe(2);
  });
});

test('queries by type, and the clients of queries under way', () => {
  const { server, counters } = counted({ resolve: () => {} });
  for (const type of [RRType.A, RRType.MX, RRType.A]) server.send(queryOctets({ name: 'x.example', type }));
  expect(counters.queryTypes()).toEqual([
    { type: RRType.A, count: 2 },
    { type: RRType.MX, count: 1 },
  ]);
  server.nowMs += 40;
  const waiting = [...server.pipeline.waitingQueries()];
  expect(waiting).toHaveLength(3);
  expect(waiting[0]).toMatchObject({ client, question: { type: RRType.A }, spentMs: 40 });
});
