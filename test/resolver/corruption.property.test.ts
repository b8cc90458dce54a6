// Whatever one octet of an upstream reply becomes, the resolver answers in time, does not fail inside, and never calls
// wrong data authentic (SECURITY T-3, T-5).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { typeText } from '../../src/wire/constants.ts';
import { testSeed } from '../support/seeded-random.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const records = `
www     A     192.0.2.1
alias   CNAME www
*.wild  A     192.0.2.2
a.b.ent A     192.0.2.3
old     DNAME new
host.new A    192.0.2.4
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'nsec.', records },
    { name: 'nsec3.', records, denial: { kind: 'nsec3', iterations: 1, salt: Uint8Array.of(1) } },
    { name: 'plain.nsec.', records, isSigned: false },
    { name: 'signed.nsec3.', records, algorithms: [15] },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const questions = ['nsec.', 'nsec3.', 'signed.nsec3.', 'plain.nsec.'].flatMap((zone) =>
  ['www', 'alias', 'any.wild', 'nope', 'b.ent', 'host.old'].flatMap((owner) => [
    `${owner}.${zone} ${typeText(1)}`,
    `${owner}.${zone} MX`,
  ]),
);
const truths = new Map(
  questions.map((ask) => {
    const { status, lines } = new SimulatedResolver({ hierarchy }).ask(ask);
    return [ask, [status, ...lines].join('; ')];
  }),
);

interface Damage {
  /** Which of the replies, counted over all servers. */
  readonly reply: number;
  /** Where in it, in parts of its length. */
  readonly place: number;
  readonly value: number;
  readonly how: 'set' | 'flip' | 'insert' | 'delete' | 'truncate' | 'repeat';
}

function damaged(octets: Uint8Array, { place, value, how }: Damage): Uint8Array {
  const index = Math.min(octets.length - 1, Math.floor(place * octets.length));
  const before = octets.subarray(0, index);
  const after = octets.subarray(index + 1);
  const at = octets[index] ?? 0;
  switch (how) {
    case 'set':
      return Uint8Array.of(...before, value, ...after);
    case 'flip':
      return Uint8Array.of(...before, at ^ (1 << (value % 8)), ...after);
    case 'insert':
      return Uint8Array.of(...before, value, at, ...after);
    case 'delete':
      return Uint8Array.of(...before, ...after);
    case 'truncate':
      return octets.slice(0, index);
    case 'repeat':
      return Uint8Array.of(...octets, ...octets.subarray(index));
  }
}

const damage: fc.Arbitrary<Damage> = fc.record({
  reply: fc.nat({ max: 14 }),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  value: fc.nat({ max: 255 }),
  how: fc.constantFrom('set', 'flip', 'flip', 'insert', 'delete', 'truncate', 'repeat'),
});

/** Servers that damage the replies of the given numbers; for good, or once. */
function askDamaged(ask: string, damages: readonly Damage[], isLasting: boolean): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy });
  let replies = 0;
  for (const address of hierarchy.servers.keys()) {
    const honest = simulation.honestAt(address);
    simulation.network.addServer(address, (query) => {
      const deliveries = honest(query);
      if (!(deliveries instanceof Uint8Array)) return deliveries;
      const number = replies++;
      const found = damages.find(({ reply }) => (isLasting ? number >= reply : number === reply));
      return found === undefined ? deliveries : damaged(deliveries, found);
    });
  }
  const { status, lines } = simulation.ask(ask);
  const result = [status, ...lines].join('; ');
  // A signed name is answered with the truth, or not at all; never as if it were unsigned.
  if (status.endsWith(' AD')) expect(result).toBe(truths.get(ask));
  else if (truths.get(ask)?.includes(' AD') === true) expect(status).toMatch(/^SERVFAIL/);
  return simulation;
}

const parameters = { seed: testSeed(), numRuns: 1500 };

describe('damaged replies', () => {
  test('one octet, once: never wrong and authentic; the next question is answered', () => {
    fc.assert(
      fc.property(fc.constantFrom(...questions), damage, (ask, one) => {
        const simulation = askDamaged(ask, [one], false);
        simulation.restore();
        simulation.advance(120);
        const { status, lines } = simulation.ask(ask);
        // What an unsigned zone was made to say may still be in the cache.
        if (truths.get(ask)?.includes(' AD')) expect([status, ...lines].join('; ')).toBe(truths.get(ask));
      }),
      parameters,
    );
  });

  test('every reply from some point on', () => {
    fc.assert(
      fc.property(fc.constantFrom(...questions), damage, (ask, one) => {
        const simulation = askDamaged(ask, [one], true);
        expect(simulation.leftovers()).toEqual([]);
      }),
      { ...parameters, numRuns: 500 },
    );
  });

  test('several replies', () => {
    fc.assert(
      fc.property(fc.constantFrom(...questions), fc.array(damage, { minLength: 2, maxLength: 6 }), (ask, several) => {
        askDamaged(ask, several, false);
      }),
      { ...parameters, numRuns: 500 },
    );
  });
});
