// Denial of existence, whichever record type the zone uses (RFC 4035 5.4, RFC 5155 8). The proofs are structural: a
// caller verifies the sets in `used` afterwards, each unexpanded, and only then is anything proved.
import type { DomainName } from '../wire/name.ts';
import type { NsecRecord, UnprovenReason } from './denial-records.ts';
import { type Denial, type DenialRecords, usableRecords } from './denial-records.ts';
import { nsecProveNameError, nsecProveNoData, nsecProveNoDS, nsecProveWildcardAnswer } from './nsec.ts';
import {
  Nsec3Lookup,
  nsec3ProveNameError,
  nsec3ProveNoData,
  nsec3ProveNoDS,
  nsec3ProveWildcardAnswer,
} from './nsec3.ts';

export type { Denial, DenialProof, DenialRecords } from './denial-records.ts';
export { nsecCovers } from './nsec.ts';
export { nsec3Covers } from './nsec3.ts';

/** `qname` does not exist, nor a wildcard for it: `name-error` or `compact-name-error`. */
export function proveNameError(qname: DomainName, records: DenialRecords): Denial {
  return prove(qname, records, {
    nsec: (nsecs) => nsecProveNameError(qname, nsecs, records.zone),
    nsec3: (lookup) => nsec3ProveNameError(qname, lookup),
    missing: 'denial-missing',
  });
}

/**
 * `qname` exists, itself or through a wildcard, without `qtype`: `no-data`, `empty-non-terminal`, `wildcard-no-data` or
 * `compact-no-data`. For DS the records must be the parent's. That a name does not exist is no proof that it has no
 * data.
 */
export function proveNoData(qname: DomainName, qtype: number, records: DenialRecords): Denial {
  return prove(qname, records, {
    nsec: (nsecs) => nsecProveNoData(qname, qtype, nsecs, records.zone),
    nsec3: (lookup) => nsec3ProveNoData(qname, qtype, lookup),
    missing: 'denial-missing',
  });
}

/**
 * An answer at `qname` was rightly expanded from the wildcard below its ancestor of so many labels: `wildcard-answer`.
 */
export function proveWildcardAnswer(qname: DomainName, closestEncloserLabels: number, records: DenialRecords): Denial {
  return prove(qname, records, {
    nsec: (nsecs) => nsecProveWildcardAnswer(qname, closestEncloserLabels, nsecs, records.zone),
    nsec3: (lookup) => nsec3ProveWildcardAnswer(qname, closestEncloserLabels, lookup),
    missing: 'denial-wildcard-missing',
  });
}

/**
 * The zone has no signed delegation at `child`, seen from above it: `no-ds` for an unsigned one, or an opt-out span
 * that may hide one; `not-a-cut` when there is none, so that the zone's keys also sign what is there.
 */
export function proveNoDS(child: DomainName, records: DenialRecords): Denial {
  return prove(child, records, {
    nsec: (nsecs) => nsecProveNoDS(child, nsecs, records.zone),
    nsec3: (lookup) => nsec3ProveNoDS(child, lookup),
    missing: 'denial-missing',
  });
}

interface Proposition {
  nsec(nsecs: readonly NsecRecord[]): Denial;
  nsec3(lookup: Nsec3Lookup): Denial;
  /** The reason when no record can take part. */
  readonly missing: UnprovenReason;
}

function prove(name: DomainName, records: DenialRecords, proposition: Proposition): Denial {
  if (!name.isSubdomainOf(records.zone)) {
    return { kind: 'unproven', reason: 'denial-incomplete', detail: 'the name is not in the zone' };
  }
  const { nsecs, nsec3, costly } = usableRecords(records);
  let failed: Denial | undefined;
  if (nsecs.length > 0) {
    const denial = proposition.nsec(nsecs);
    if (denial.kind === 'proven') return denial;
    failed = denial;
  }
  for (const chain of nsec3) {
    const lookup = new Nsec3Lookup(records.zone, chain, records.hasher);
    const denial = proposition.nsec3(lookup);
    if (lookup.exhausted) {
      return { kind: 'unproven', reason: 'work-limit', detail: 'the NSEC3 proof needs more hashes than allowed' };
    }
    if (denial.kind === 'proven') return denial;
    failed ??= denial;
  }
  if (costly !== undefined) return { kind: 'insecure', reason: 'nsec3-iterations', used: [costly] };
  const gap = unusableGap(records.rrsets);
  return failed ?? { kind: 'unproven', reason: proposition.missing, detail: 'no NSEC or NSEC3 of the zone', gap };
}

/** What is wrong with records none of which may take part; undefined when there are none. */
function unusableGap(rrsets: DenialRecords['rrsets']): 'unsigned' | 'unusable' | undefined {
  if (rrsets.length === 0) return undefined;
  return rrsets.every(({ signatures }) => signatures.length === 0) ? 'unsigned' : 'unusable';
}
