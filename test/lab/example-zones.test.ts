import { describe, expect, test } from 'vitest';
import { bogusReasons } from '../../src/dnssec/verdict.ts';
import { answer } from '../../src/lab/authority.ts';
import { exampleZones } from '../../src/lab/example-zones.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Rcode, typeText } from '../../src/wire/constants.ts';
import { messageOf, queryOctets } from '../support/message-text.ts';

const nowSeconds = 1_767_225_600;
const examples = exampleZones('lab.', nowSeconds);
const hierarchy = buildHierarchy({
  nowSeconds,
  zones: [{ name: 'lab.' }, ...examples.map(({ description }) => description)],
});

describe('exampleZones', () => {
  test('labels are unique', () => {
    expect(new Set(examples.map(({ label }) => label)).size).toBe(examples.length);
  });

  test('each kind of verdict is there', () => {
    expect(new Set(examples.map(({ expected }) => expected.status))).toEqual(new Set(['secure', 'insecure', 'bogus']));
  });

  test('extended errors of bogus zones are ones that verdicts have', () => {
    const known = new Set<number>(Object.values(bogusReasons).map(({ ede }) => ede));
    for (const { label, expected } of examples) {
      if (expected.status === 'bogus') expect(known.has(expected.ede), label).toBe(true);
    }
  });

  for (const { label, text, question } of examples) {
    test(`${label}: ${text}`, () => {
      const [address = ''] = hierarchy.zone(`${label}.lab.`).addresses;
      const zones = hierarchy.servers.get(address);
      const reply =
        zones && answer(zones, queryOctets(`${question.name} ${typeText(question.type)}`), { transport: 'tcp' });
      expect([Rcode.NOERROR, Rcode.NXDOMAIN]).toContain(messageOf(reply).rcode);
    });
  }
});
