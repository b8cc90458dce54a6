// Denials in front of the pipeline leave no trace in the numbers: every query is counted as if it had gone the long way.
import { describe, expect, test } from 'vitest';
import { QueryCounters } from '../../src/daemon/query-counters.ts';
import { quickDenials } from '../../src/daemon/quick-denials.ts';
import { CountingServerEvents } from '../../src/daemon/server-events.ts';
import type { DenialReplies } from '../../src/fast-path/denial-replies.ts';
import { AccessControl } from '../../src/server/access-control.ts';
import type { Client } from '../../src/server/client.ts';
import { NotifyAccess } from '../../src/server/notify-access.ts';
import { Pipeline } from '../../src/server/pipeline.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { Rankings } from '../../src/telemetry/rankings.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { client, pipelineDefaults } from '../server/support/fake-server.ts';
import { type QueryShape, queryOctets, replyOf } from '../server/support/queries.ts';
import { localDataWith } from '../support/local-data.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { configOf, keptLog } from './support/daemons.ts';

const records = 'www A 192.0.2.1\n*.wild A 192.0.2.2\n';

function server(withDenials: boolean, text = '') {
  const simulation = new SimulatedResolver({
    zones: [
      { name: '.' },
      { name: 'land.' },
      { name: 'nsec.land.', records },
      { name: 'hashed.land.', records, denial: { kind: 'nsec3' } },
    ],
  });
  const config = configOf(text);
  const { resolver, clock } = simulation;
  const metrics = new Metrics();
  const rankings = new Rankings(100);
  const counters = new QueryCounters(metrics, rankings, {
    latencyWindow: 10,
    namesSetAside: config.dnssec.x_dnssec_names,
  });
  const localData = localDataWith({ zones: [{ zone: nameOf('local.nsec.land.'), zoneType: 'static' }] });
  let isSeen = false;
  let denials: DenialReplies | undefined;
  if (withDenials) {
    denials = quickDenials(config, {
      resolver,
      localData: () => localData,
      replyCache: undefined,
      seesEveryQuery: () => isSeen,
      metrics,
      rankings,
    });
    counters.denials = denials?.counters;
  }
  const pipeline = new Pipeline(pipelineDefaults, {
    access: new AccessControl([]),
    notify: new NotifyAccess({ from: [], zones: [] }),
    localData,
    resolver,
    clock,
    denials,
    events: new CountingServerEvents(counters, metrics, keptLog().log, {
      switches: { logBogus: false, logQueries: false },
      onNotify: () => {},
    }),
  });
  const ask = (shape: QueryShape, from: Client = client) =>
    clock.complete<Uint8Array | undefined>((done) => pipeline.accept(queryOctets(shape), from, done), 'a reply');
  const see = (on: boolean): void => {
    isSeen = on;
  };
  return { ask, metrics, counters, rankings, denials, simulation, see };
}

const ipv6: Client = { ...client, address: Uint8Array.from({ length: 16 }, (_, index) => index) };

function askAll({ ask }: ReturnType<typeof server>): (Uint8Array | undefined)[] {
  const replies: (Uint8Array | undefined)[] = [];
  for (let index = 0; index < 120; index++) {
    const zone = index % 2 === 0 ? 'nsec.land.' : 'hashed.land.';
    const shape: QueryShape = {
      name: index % 10 === 9 ? `www.${zone}` : `h${index * 7919}.${zone}`,
      type: index % 3 === 0 ? 'AAAA' : 'TXT',
      flags: index % 5 === 0 ? HeaderFlag.AD | HeaderFlag.CD : 0,
      edns: { dnssecOk: index % 4 !== 0 },
    };
    replies.push(ask(shape, index % 6 === 0 ? ipv6 : client));
  }
  return replies;
}

test('all numbers are what they are without', () => {
  const [quick, slow] = [server(true), server(false)];
  const replies = [askAll(quick), askAll(slow)];
  expect(replies[0]?.map((reply) => reply && replyOf(reply).rcode)).toEqual(
    replies[1]?.map((reply) => reply && replyOf(reply).rcode),
  );
  const answers = quick.denials?.counters.answers ?? 0;
  expect(answers).toBeGreaterThan(30);
  expect(quick.metrics.statistics()).toEqual(slow.metrics.statistics());
  expect(quick.metrics.histogramSamples()).toEqual(slow.metrics.histogramSamples());
  expect(quick.counters.queryTypes()).toEqual(slow.counters.queryTypes());
  expect(quick.simulation.resolver.knowledge.denials.hits).toEqual(slow.simulation.resolver.knowledge.denials.hits);
  expect(quick.metrics.value('questions')).toBe(120);
});

test('who floods is seen in the top lists', () => {
  const quick = server(true);
  for (let index = 0; index < 400; index++) quick.ask({ name: `h${index}.nsec.land.` });
  const { entries } = quick.rankings.ranking('pub-queries');
  expect(entries[0]?.text).toBe('nsec.land|A');
});

describe('names that something else decides about go the long way', () => {
  const rows: { name: string; text?: string; asked: QueryShape }[] = [
    { name: 'a local zone', asked: { name: 'h1.local.nsec.land.' } },
    { name: 'a name set aside', text: 'dnssec: {x_dnssec_names: [nsec.land]}', asked: { name: 'h1.nsec.land.' } },
    {
      name: 'AAAA behind a DNS64',
      text: 'recursor: {dns64_prefix: "64:ff9b::/96"}',
      asked: { name: 'h1.nsec.land.', type: 'AAAA' },
    },
  ];
  for (const { name, text, asked } of rows) {
    test(name, () => {
      const quick = server(true, text);
      for (let index = 0; index < 30; index++) quick.ask({ name: `warm${index}.nsec.land.` });
      const before = quick.denials?.counters.answers;
      quick.ask(asked);
      expect(quick.denials?.counters.answers).toBe(before);
    });
  }

  test('every name while each query is to be seen', () => {
    const quick = server(true);
    for (let index = 0; index < 30; index++) quick.ask({ name: `warm${index}.nsec.land.` });
    const before = quick.denials?.counters.answers ?? 0;
    expect(before).toBeGreaterThan(0);
    quick.see(true);
    quick.ask({ name: 'h1.nsec.land.' });
    expect(quick.denials?.counters.answers).toBe(before);
    expect(quick.metrics.value('questions')).toBe(31);
  });
});
