// Signed record sets that went by, as an attacker records them: once their signatures are over they can be sent again in
// the place of newer ones. While they hold nobody can tell a repeated answer from an honest one (RFC 4033 12).
import { serialDifference } from '../dnssec/rrsig.ts';
import { parseRRSIG } from '../wire/rdata-dnssec.ts';
import { compareOctets, type RRset } from '../wire/record.ts';

/** Sets that are kept; of one name and type the first that was seen. */
const MAX_SETS = 512;

export class RecordedSets {
  private readonly sets = new Map<string, RRset>();

  /** Keeps a set with its signatures, unless one of its name and type is there. */
  note(rrset: RRset): void {
    const key = keyOf(rrset);
    if (rrset.signatures.length === 0 || this.sets.size >= MAX_SETS || this.sets.has(key)) return;
    const copy = (octets: Uint8Array): Uint8Array => octets.slice();
    this.sets.set(key, { ...rrset, rdatas: rrset.rdatas.map(copy), signatures: rrset.signatures.map(copy) });
  }

  /** An earlier version of the set, by other signatures, all of which have expired. */
  expired(rrset: RRset, nowSeconds: number): RRset | undefined {
    const old = this.sets.get(keyOf(rrset));
    if (old === undefined || !isOtherThan(old, rrset)) return undefined;
    const areOver = old.signatures.every((rdata) => {
      const signature = parseRRSIG(rdata);
      return signature !== undefined && serialDifference(signature.expiration, nowSeconds) < 0;
    });
    return areOver ? old : undefined;
  }
}

function keyOf({ name, type }: RRset): string {
  return `${type}/${name.key}`;
}

function isOtherThan(old: RRset, rrset: RRset): boolean {
  return rrset.signatures.every((rdata) => old.signatures.every((other) => compareOctets(other, rdata) !== 0));
}
