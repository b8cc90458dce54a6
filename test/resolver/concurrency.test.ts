// Many questions at once, on networks that lose and delay: the same verdicts as one by one, and nothing left behind
// (SECURITY I-8, I-9, T-10, T-17).
import { describe, expect, test } from 'vitest';
import { exampleZones } from '../../src/lab/example-zones.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Rcode, typeText } from '../../src/wire/constants.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { authority } from '../support/server-behaviours.ts';
import { describeResolution, SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const examples = exampleZones('test.', DEFAULT_WALL_SECONDS);
const hierarchy = buildHierarchy({
  zones: [{ name: 'test.' }, ...examples.map(({ description }) => description)],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const questions = examples.map(({ question }) => `${question.name} ${typeText(question.type)}`);
const expected = new Map(examples.map((example, index) => [questions[index], example.expected.status]));

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.below(left.length), 1));
  return order;
}

describe('all example zones at once', () => {
  for (const seed of [1, 2, 3]) {
    test(`in the order of seed ${seed}, each by three clients`, () => {
      const simulation = new SimulatedResolver({ hierarchy, seed });
      const random = new SeededRandom(seed);
      const results = new Map<string, Set<string>>();
      let answered = 0;
      const order = shuffled([...questions, ...questions, ...questions], random);
      for (const [index, question] of order.entries()) {
        const checkingDisabled = index % 5 === 0;
        simulation.start(question, { checkingDisabled }, (resolution) => {
          answered++;
          const { status } = describeResolution(resolution);
          if (resolution.authentic) expect(expected.get(question)).toBe('secure');
          if (checkingDisabled) return;
          results.set(question, (results.get(question) ?? new Set()).add(status.split(/[ :]/)[1] ?? ''));
        });
        if (index % 20 === 0) simulation.advance(0.003);
      }
      simulation.advance(5);
      expect(answered).toBe(order.length);
      for (const [question, statuses] of results)
        expect([question, [...statuses]]).toEqual([question, [expected.get(question)]]);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('with budgets that suffice for few of them: no verdict is worse for the next who asks', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      change: (options) => ({ ...options, request: { ...options.request, maxUpstream: 4 } }),
    });
    for (let round = 0; round < 6; round++) {
      simulation.askAll(questions);
      simulation.advance(400);
    }
    const wrong = questions.filter((question) => {
      const { resolution } = simulation.ask(question);
      return resolution.verdict?.status !== expected.get(question);
    });
    expect(wrong).toEqual([]);
  });

  test('cancelled by the deadline in the middle: the next round is answered as ever', () => {
    const simulation = new SimulatedResolver({ hierarchy, latencyMs: 900 });
    simulation.askAll(questions);
    expect(simulation.leftovers()).toEqual([]);
    for (const [address] of hierarchy.servers) simulation.network.setPath(address, { latencyMs: 5 });
    simulation.advance(400);
    const wrong = questions.filter(
      (question) => simulation.ask(question).resolution.verdict?.status !== expected.get(question),
    );
    expect(wrong).toEqual([]);
  });
});

describe('networks that lose datagrams (T-10)', () => {
  const addresses = (index: number) => [1, 2, 3].map((host) => `198.18.${20 + index}.${host}`);
  const redundant = buildHierarchy({
    zones: [
      { name: '.', addresses: addresses(0) },
      { name: 'test.', addresses: addresses(1) },
      { name: 'signed.test.', addresses: addresses(2), records: 'www A 192.0.2.1\n*.w A 192.0.2.2' },
      { name: 'plain.test.', addresses: addresses(3), records: 'www A 192.0.2.1\n*.w A 192.0.2.2', isSigned: false },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const rows = [
    { loss: 0, least: 1 },
    { loss: 0.05, least: 0.999 },
    { loss: 0.2, least: 0.99 },
    { loss: 0.5, least: 0.9 },
  ];
  const sent: number[] = [];
  for (const { loss, least } of rows) {
    test(`${loss * 100} % lost: ${least * 100} % answered`, () => {
      const simulation = new SimulatedResolver({ hierarchy: redundant, seed: 5 });
      for (const [address, zones] of redundant.servers) {
        simulation.network.addServer(address, authority(zones), { latencyMs: 15, jitterMs: 100, loss });
      }
      let good = 0;
      const rounds = 250;
      for (let index = 0; index < rounds; index++) {
        // Failures are remembered: without time passing, the first would fail all that follow.
        simulation.advance(1);
        for (const zone of ['signed', 'plain']) {
          const { resolution } = simulation.ask(`x${index}.w.${zone}.test. TXT`);
          if (resolution.rcode !== Rcode.SERVFAIL) good++;
          expect(resolution.verdict === undefined || resolution.verdict.status !== 'bogus').toBe(true);
        }
      }
      sent.push(simulation.asked().length);
      expect(good / (2 * rounds)).toBeGreaterThanOrEqual(least);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('at 20 % the packets are no more than 2.5 times those without loss', () => {
    expect(sent.length).toBe(rows.length);
    expect((sent[2] ?? 0) / (sent[0] ?? 1)).toBeLessThanOrEqual(2.5);
  });

  for (const { loss, least } of [
    { loss: 0.2, least: 0.99 },
    { loss: 0.3, least: 0.99 },
    { loss: 0.5, least: 0.9 },
  ]) {
    test(`${loss * 100} % lost, a hundred questions a second: the servers do not count as dead`, () => {
      const simulation = new SimulatedResolver({ hierarchy: redundant, seed: 5 });
      for (const [address, zones] of redundant.servers) {
        simulation.network.addServer(address, authority(zones), { latencyMs: 15, jitterMs: 100, loss });
      }
      let good = 0;
      const count = 600;
      for (let index = 0; index < count; index++) {
        simulation.start(`x${index}.w.plain.test. TXT`, {}, ({ rcode }) => {
          if (rcode !== Rcode.SERVFAIL) good++;
        });
        simulation.advance(0.01);
      }
      expect(simulation.leftovers()).toEqual([]);
      expect(good / count).toBeGreaterThanOrEqual(least);
    });
  }
});
