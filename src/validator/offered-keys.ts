// What a failed look at a zone's keys tells people, who compare it: nothing of it is verified, and nothing rests on it.
import { digestOf } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import { unfitReason } from '../dnssec/verification-key.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { type DNSKEYData, DnskeyFlag, type DSData, parseDNSKEY, parseRRSIG } from '../wire/rdata-dnssec.ts';
import type { Evidence } from './needs.ts';

/** Keys looked at, and told of. */
const MAX_KEYS = 32;
const MAX_OFFERED = 2;
/** Octets of a digest that a person compares. */
const SHORT_OCTETS = 4;

/**
 * RDATA of the keys that a DS or anchor could name instead: those that say that they sign the set, with the Secure Entry
 * Point flag first.
 */
export function offeredKeys({ steps: [step] }: Evidence): Uint8Array[] {
  const rrset = step?.kind === 'rrsets' ? step.rrsets[0] : undefined;
  if (rrset?.type !== RRType.DNSKEY) return [];
  const signers = rrset.signatures.flatMap((rdata) => parseRRSIG(rdata) ?? []);
  return rrset.rdatas
    .slice(0, MAX_KEYS)
    .flatMap((rdata) => parseDNSKEY(rdata) ?? [])
    .filter((dnskey) => unfitReason(dnskey) === undefined)
    .filter(({ rdata, algorithm }) => {
      const tag = keyTag(rdata);
      return signers.some((signature) => signature.keyTag === tag && signature.algorithm === algorithm);
    })
    .sort((left, right) => (right.flags & DnskeyFlag.SEP) - (left.flags & DnskeyFlag.SEP))
    .slice(0, MAX_OFFERED)
    .map(({ rdata }) => rdata);
}

/** The beginnings of digests that were to be the same: tags and algorithms, which are, do not show what is wrong. */
export function digestsInShort(
  zone: DomainName,
  ds: readonly DSData[],
  dnskeys: readonly DNSKEYData[],
): { readonly expected: string; readonly found: string } {
  const digestType = ds[0]?.digestType ?? 0;
  const made = dnskeys.slice(0, MAX_OFFERED).flatMap(({ rdata }) => digestOf(digestType, zone, rdata) ?? []);
  return { expected: inShort(ds.slice(0, MAX_OFFERED).map(({ digest }) => digest)), found: inShort(made) };
}

function inShort(digests: readonly Uint8Array[]): string {
  const texts = digests.map((digest) => `${Buffer.from(digest.subarray(0, SHORT_OCTETS)).toString('hex')}..`);
  return `digest ${texts.join(', ')}`;
}
