// Zones of a home or a company: the root knows nothing of them, their servers are configured, and so are their anchors,
// rightly or wrongly. And one that the root does know, which a home serves in a version of its own (split DNS).
import { EdeCode, Rcode, RRClass, RRType } from '../wire/constants.ts';
import { nameOf } from '../wire/name-text.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import { recordText } from '../wire/zone-text.ts';
import {
  type ExampleRow,
  type ExampleZone,
  type ExpectedVerdict,
  insecure,
  placedBelow,
  secure,
} from './example-row.ts';
import { buildHierarchy, type HierarchyZone } from './hierarchy.ts';
import { dsRdata, KSK_FLAGS, makeKey, publishAs } from './keys.ts';
import { emptyContent } from './reply-content.ts';

/** The public zone that is forwarded to a server which has it unsigned: its label below `bad.lab.`. */
export const SPLIT_LABEL = 'split-dns';

export interface PrivateZones {
  readonly zones: readonly HierarchyZone[];
  readonly examples: readonly ExampleZone[];
  /** DS records in master-file text by zone. */
  readonly anchors: readonly (readonly [zone: string, ds: readonly string[]])[];
  /** Zones that are forwarded to a server of their own while the tree has them, too. */
  readonly split: readonly HierarchyZone[];
}

/** Offset of the algorithm, and of the digest, in a DS record (RFC 4034 5.1). */
const DS_ALGORITHM = 2;
const DS_DIGEST = 4;
const TTL = 3600;

/** `addressOf` numbers servers from 1. */
export function privateZones(nowSeconds: number, addressOf: (index: number) => string): PrivateZones {
  const { rows, anchors } = privateRows();
  const examples = placedBelow('private.', rows);
  const split = { name: `${SPLIT_LABEL}.bad.lab.`, records: '@ A 192.0.2.80\n', isSigned: false };
  const descriptions = [...examples.map(({ description }) => description), split];
  const { zones } = buildHierarchy({
    nowSeconds,
    zones: descriptions.map((description, index) => ({ ...description, addresses: [addressOf(1 + index)] })),
    addressOf,
  });
  const isSplit = ({ name }: HierarchyZone): boolean => name.equals(nameOf(split.name));
  return {
    zones: zones.filter((zone) => !zone.name.isRoot && !isSplit(zone)),
    examples,
    anchors: anchors.map(([label, rdata]) => anchorOf(`${label}.private.`, rdata)),
    split: zones.filter(isSplit),
  };
}

type Anchor = readonly [label: string, rdata: (zone: string) => Uint8Array];

function anchorOf(zone: string, rdata: Anchor[1]): [string, string[]] {
  const record = { name: nameOf(zone), type: RRType.DS, class: RRClass.IN, ttl: TTL, rdata: rdata(zone) };
  return [zone, [recordText(record)]];
}

function privateRows(): { readonly rows: readonly ExampleRow[]; readonly anchors: readonly Anchor[] } {
  const bogus = (ede: number): ExpectedVerdict => ({ status: 'bogus', ede });
  const failed: ExpectedVerdict = { status: 'failed', ede: EdeCode.NO_REACHABLE_AUTHORITY };
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const other = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const revoked = publishAs(key, { flags: KSK_FLAGS | DnskeyFlag.REVOKE });
  const digest = (of: typeof key) => (zone: string) => dsRdata(nameOf(zone), of);
  const always = (rcode: number): ExampleRow['zone'] => ({ server: { rewrite: () => emptyContent(rcode) } });
  const rows: ExampleRow[] = [
    {
      label: 'anchored',
      text: 'forwarded, signed, with a trust anchor of its own',
      expected: secure,
      zone: { keys: [key] },
    },
    {
      label: 'negative-anchor',
      text: 'forwarded, not signed, with a negative trust anchor',
      expected: { ...insecure, ede: EdeCode.NEGATIVE_TRUST_ANCHOR },
      zone: { isSigned: false },
    },
    {
      label: 'no-anchor',
      text: 'forwarded, signed, without an anchor, and the root says that there is no such name',
      expected: bogus(EdeCode.DNSSEC_BOGUS),
      zone: {},
    },
    {
      label: 'wrong-anchor',
      text: 'forwarded, and the configured trust anchor is of another key',
      expected: bogus(EdeCode.DNSKEY_MISSING),
      zone: { keys: [key] },
    },
    {
      label: 'anchor-digest',
      text: 'forwarded, and the digest of its trust anchor was copied wrongly',
      expected: bogus(EdeCode.DNSKEY_MISSING),
      zone: { keys: [key] },
    },
    {
      label: 'anchor-algorithm',
      text: 'forwarded, and its trust anchor names another algorithm',
      expected: bogus(EdeCode.DNSKEY_MISSING),
      zone: { keys: [key] },
    },
    {
      label: 'anchor-unsigned',
      text: 'forwarded, with a trust anchor, and not signed any more',
      expected: bogus(EdeCode.DNSKEY_MISSING),
      zone: { isSigned: false },
    },
    {
      label: 'anchor-revoked',
      text: 'forwarded, and the key that its trust anchor names is revoked',
      expected: bogus(EdeCode.DNSSEC_BOGUS),
      zone: { keys: [revoked, other] },
    },
    {
      label: 'anchor-not-signing',
      text: 'forwarded, and the key that its trust anchor names is published and does not sign any more',
      expected: bogus(EdeCode.DNSSEC_BOGUS),
      zone: { keys: [other], publishedKeys: [key, other] },
    },
    {
      label: 'stripped',
      text: 'forwarded, and the forwarder strips the signatures',
      expected: bogus(EdeCode.RRSIGS_MISSING),
      zone: { keys: [key], server: { ignoresEdns: true } },
    },
    {
      label: 'silent',
      text: 'forwarded, and the forwarder never replies',
      expected: failed,
      zone: { server: { drops: () => true } },
    },
    {
      label: 'refusing',
      text: 'forwarded, and the forwarder says REFUSED',
      expected: failed,
      zone: always(Rcode.REFUSED),
    },
    {
      label: 'failing',
      text: 'forwarded, and the forwarder says SERVFAIL',
      expected: failed,
      zone: always(Rcode.SERVFAIL),
    },
  ];
  return {
    rows,
    anchors: [
      ['anchored', digest(key)],
      ['wrong-anchor', digest(other)],
      ['anchor-digest', (zone) => changed(digest(key)(zone), DS_DIGEST, (octet) => octet ^ 0x01)],
      ['anchor-algorithm', (zone) => changed(digest(key)(zone), DS_ALGORITHM, () => 15)],
      ['anchor-unsigned', digest(key)],
      ['anchor-revoked', digest(revoked)],
      ['anchor-not-signing', digest(key)],
      ['stripped', digest(key)],
    ],
  };
}

function changed(rdata: Uint8Array, index: number, change: (octet: number) => number): Uint8Array {
  const other = rdata.slice();
  other[index] = change(other[index] ?? 0);
  return other;
}
