import fc from 'fast-check';
import { describe, test } from 'vitest';
import { answer } from '../../src/lab/authority.ts';
import { makeKey } from '../../src/lab/keys.ts';
import { signZone } from '../../src/lab/signer.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { queryOctets } from '../support/message-text.ts';
import { sampleZone } from '../support/sample-zone.ts';

const validity = { inceptionSeconds: 1_767_000_000, expirationSeconds: 1_769_000_000 };
const keys = [makeKey({ algorithm: 15 })];
const servers = [{ kind: 'nsec' }, { kind: 'nsec3', optOut: true }].map((denial) => {
  const options = { keys, denial: denial as { kind: 'nsec' } | { kind: 'nsec3'; optOut: boolean }, ...validity };
  return new ZoneSet([signZone(sampleZone(), options).zone]);
});

const label = fc.oneof(
  fc.constantFrom('www', 'wild', '*', 'ent', 'under', 'deep', 'old', 'signed', 'plain', 'alias', 'cnames', 'first'),
  fc.stringMatching(/^[a-z0-9-]{1,63}$/),
);
const question = fc
  .tuple(
    fc.array(label, { maxLength: 3 }),
    fc.constantFrom('A', 'DS', 'NS', 'ANY', 'CNAME', 'NSEC', 'RRSIG', 'TXT', 'NSEC3'),
  )
  .map(([labels, type]) => `${[...labels, 'example', 'test'].join('.')}. ${type}`);

describe('answer', () => {
  test('every reply can be read, has the question and keeps to its limit', () => {
    fc.assert(
      fc.property(question, fc.integer({ min: 0, max: 1400 }), fc.constantFrom(...servers), (text, udpSize, zones) => {
        const reply = answer(zones, queryOctets(text, { udpSize }), { transport: 'udp' });
        const parsed = reply && parseMessage(reply);
        return parsed?.ok === true && (reply?.length ?? 0) <= Math.max(512, Math.min(udpSize, 1232));
      }),
      { numRuns: 500 },
    );
  });

  test('changed octets never throw', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(question, changes, fc.nat({ max: 80 }), fc.constantFrom(...servers), (text, edits, length, zones) => {
        const octets = queryOctets(text).slice(0, length + 10);
        for (const [index, value] of edits) if (index < octets.length) octets[index] = value;
        const reply = answer(zones, octets, { transport: 'udp' });
        return reply === undefined || reply.length >= 12;
      }),
      { numRuns: 1000 },
    );
  });
});
