// Every example zone of the lab through the whole resolver: verdict, RCODE, AD-ability and extended error (RFC 8914).
import { describe, expect, test } from 'vitest';
import { exampleZones } from '../../src/lab/example-zones.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { EdeCode, Rcode, typeText } from '../../src/wire/constants.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const examples = exampleZones('test.', DEFAULT_WALL_SECONDS);
const hierarchy = buildHierarchy({
  zones: [{ name: 'test.' }, ...examples.map(({ description }) => description)],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** Extended errors that fit as well as the one in the table. */
const alsoFits: Readonly<Record<string, number>> = {
  // A signature by a zone that is not above the owner is removed before anybody looks at it (SECURITY S-11).
  'other-signer': EdeCode.RRSIGS_MISSING,
  // An NSEC without signature is none.
  'nsec-no-rrsig': EdeCode.NSEC_MISSING,
};

/**
 * RCODE that the question of an example has when nothing is wrong with the zone. Compact denial says NOERROR of names
 * that do not exist (RFC 9824 2).
 */
function soundRcode(question: string): number {
  return question.startsWith('nope.') && !question.includes('compact') ? Rcode.NXDOMAIN : Rcode.NOERROR;
}

describe('example zones', () => {
  for (const { label, text, question, expected } of examples) {
    const asked = `${question.name} ${typeText(question.type)}`;
    test(`${label}: ${text} is ${expected.status}`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const { resolution, codes } = simulation.ask(asked);
      expect(resolution.verdict?.status).toBe(expected.status);
      expect(resolution.authentic).toBe(expected.status === 'secure');
      expect(resolution.rcode).toBe(expected.status === 'bogus' ? Rcode.SERVFAIL : soundRcode(question.name));
      if (expected.status === 'bogus') expect(resolution.answer).toEqual([]);
      if ('ede' in expected) expect([expected.ede, alsoFits[label]]).toContain(codes[0]);
      // The same again from the cache: the same verdict, no packet.
      const again = simulation.ask(asked);
      expect(again.packets).toBe(0);
      expect([again.resolution.rcode, again.resolution.verdict?.status, again.resolution.authentic]).toEqual([
        resolution.rcode,
        resolution.verdict?.status,
        resolution.authentic,
      ]);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  for (const { label, question, expected } of examples) {
    if (expected.status !== 'bogus') continue;
    const asked = `${question.name} ${typeText(question.type)}`;
    test(`${label}: with CD the data are handed over, never as authentic (RFC 4035 4.7)`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const { resolution } = simulation.ask(asked, { checkingDisabled: true });
      expect(resolution.authentic).toBe(false);
      expect(resolution.rcode).toBe(soundRcode(question.name));
      expect(simulation.ask(asked).resolution.rcode).toBe(Rcode.SERVFAIL);
    });
  }
});
