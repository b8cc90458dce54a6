// What the server sends is what the validator's proofs want: each is the other's oracle.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import {
  type Denial,
  type DenialRecords,
  proveNameError,
  proveNoData,
  proveNoDS,
  proveWildcardAnswer,
} from '../../src/dnssec/denial.ts';
import { Nsec3Hasher } from '../../src/dnssec/nsec3-hash.ts';
import type { DenialOptions } from '../../src/lab/denial-chain.ts';
import { makeKey } from '../../src/lab/keys.ts';
import { composeReply } from '../../src/lab/reply-content.ts';
import { signZone } from '../../src/lab/signer.ts';
import type { Zone } from '../../src/lab/zone.ts';
import { lookUp } from '../../src/lab/zone-lookup.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { sampleZone } from '../support/sample-zone.ts';

const validity = { inceptionSeconds: 1_767_000_000, expirationSeconds: 1_769_000_000 };
const keys = [makeKey({ algorithm: 15 })];
const chains: Record<string, DenialOptions> = {
  NSEC: { kind: 'nsec' },
  NSEC3: { kind: 'nsec3', iterations: 3, salt: Uint8Array.of(1, 2) },
  'NSEC3 with Opt-Out': { kind: 'nsec3', optOut: true },
  'narrow NSEC3': { kind: 'nsec3', isNarrow: true },
  'compact denial': { kind: 'compact' },
};

const label = fc.oneof(
  fc.constantFrom('www', 'wild', '*', 'ent', 'under', 'deep', 'signed', 'plain', 'between', 'lone', 'mail', 'explicit'),
  fc.stringMatching(/^[a-z]{1,8}$/),
);
const names = fc.array(label, { maxLength: 4 }).map((labels) => nameOf([...labels, 'example', 'test'].join('.')));
const types = fc.constantFrom(RRType.A, RRType.MX, RRType.DS, RRType.TXT);

/** The proposition that a reply owes, put to the validator; undefined when it owes none. */
function denialOwed(zone: Zone, name: DomainName, type: number): Denial | undefined {
  // DS of the apex is the parent's to deny (RFC 4035 5.2).
  if (type === RRType.DS && name.equals(zone.apex)) return undefined;
  const content = composeReply(new ZoneSet([zone]), { name, type, class: RRClass.IN }, true);
  const rrsets = content.authority.filter((set) => set.type === RRType.NSEC || set.type === RRType.NSEC3);
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  const records: DenialRecords = { zone: zone.apex, rrsets, hasher, maxIterations: 50, maxSalt: 64 };
  const found = lookUp(zone, name, type);
  switch (found.kind) {
    case 'name-error':
      return proveNameError(name, records);
    case 'no-data':
      return zone.isCut(found.node) ? proveNoDS(name, records) : proveNoData(name, type, records);
    case 'delegation':
      return found.cut.rrsets.has(RRType.DS) ? undefined : proveNoDS(found.cut.name, records);
    case 'answer':
      // RFC 9824 3: a server that signs online answers as if the name stood in the zone.
      if (zone.denial.kind === 'compact') return undefined;
      return found.synthesis && proveWildcardAnswer(name, found.synthesis.closestEncloser.labelCount, records);
    default:
      return undefined;
  }
}

describe('the records of a denial', () => {
  for (const [chain, denial] of Object.entries(chains)) {
    test(`prove what they must, ${chain}`, () => {
      const { zone } = signZone(sampleZone(), { keys, denial, ...validity });
      fc.assert(
        fc.property(names, types, (name, type) => {
          const denied = denialOwed(zone, name, type);
          if (denied !== undefined) expect(denied).toMatchObject({ kind: 'proven' });
        }),
        { numRuns: 1000 },
      );
    });
  }
});
