// Names that must not leave for the public DNS, and what they are answered with (RFC 6761, 6303, 6762, 7686, 7793, 8375,
// 9031, 9140, 9462, 9476, 9665; SECURITY 6). `ipv4only.arpa` (RFC 8880) and `example.` are looked up like any name.
import type { DomainName } from '../wire/name.ts';
import { nameOf } from '../wire/name-text.ts';

/**
 * How a built-in zone is answered.
 * - `denied`: neither the name nor anything below it exists.
 * - `empty`: an apex with SOA and NS and nothing below, but for `names`.
 * - `localhost`: loopback addresses for the name and everything below it.
 */
export type SpecialUseKind = 'denied' | 'empty' | 'localhost';

export interface SpecialUseZone {
  readonly zone: DomainName;
  readonly kind: SpecialUseKind;
  /** The document that reserves the name; told to people who wonder about the answer. */
  readonly reference: string;
  /** Which switch of the configuration turns it off, besides a forward zone or `nodefault`. */
  readonly switchedBy: 'rfc1918' | 'rfc6303' | undefined;
  /**
   * The public tree has an insecure delegation of the zone, and a validator behind this server must be able to see it:
   * the DS question for the apex is the parent's and is looked up (RFC 8375 4, RFC 6303 6).
   */
  readonly dsIsPublic: boolean;
  /** Owners of a PTR record to `localhost.`, and names that exist without records. */
  readonly pointers: readonly DomainName[];
  readonly emptyNames: readonly DomainName[];
}

interface Row {
  readonly zone: string;
  readonly kind: SpecialUseKind;
  readonly reference: string;
  readonly switchedBy?: 'rfc1918' | 'rfc6303';
  readonly dsIsPublic?: boolean;
  readonly pointers?: readonly string[];
  readonly emptyNames?: readonly string[];
}

const zeros = (count: number) => Array.from({ length: count }, () => '0').join('.');

/** Reverse zones of addresses that never leave a network. */
function reverseRows(switchedBy: 'rfc1918' | 'rfc6303', reference: string, zones: readonly string[]): Row[] {
  return zones.map((zone) => ({ zone, kind: 'empty', reference, switchedBy, dsIsPublic: true }));
}

const rows: readonly Row[] = [
  { zone: 'localhost', kind: 'localhost', reference: 'RFC 6761' },
  { zone: 'invalid', kind: 'denied', reference: 'RFC 6761' },
  { zone: 'test', kind: 'denied', reference: 'RFC 6761' },
  { zone: 'onion', kind: 'denied', reference: 'RFC 7686' },
  { zone: 'local', kind: 'denied', reference: 'RFC 6762' },
  { zone: 'alt', kind: 'denied', reference: 'RFC 9476' },
  { zone: '6tisch.arpa', kind: 'denied', reference: 'RFC 9031' },
  { zone: 'eap-noob.arpa', kind: 'denied', reference: 'RFC 9140' },
  { zone: 'home.arpa', kind: 'empty', reference: 'RFC 8375', dsIsPublic: true },
  { zone: 'service.arpa', kind: 'empty', reference: 'RFC 9665', dsIsPublic: true },
  { zone: 'resolver.arpa', kind: 'empty', reference: 'RFC 9462', emptyNames: ['_dns.resolver.arpa'] },

  {
    zone: '127.in-addr.arpa',
    kind: 'empty',
    reference: 'RFC 6303',
    switchedBy: 'rfc1918',
    dsIsPublic: true,
    pointers: ['1.0.0.127.in-addr.arpa'],
  },
  ...reverseRows('rfc1918', 'RFC 1918', ['10.in-addr.arpa', '168.192.in-addr.arpa']),
  ...reverseRows(
    'rfc1918',
    'RFC 1918',
    Array.from({ length: 16 }, (_, index) => `${index + 16}.172.in-addr.arpa`),
  ),

  ...reverseRows('rfc6303', 'RFC 6303', [
    '0.in-addr.arpa',
    '254.169.in-addr.arpa',
    '2.0.192.in-addr.arpa',
    '100.51.198.in-addr.arpa',
    '113.0.203.in-addr.arpa',
    '255.255.255.255.in-addr.arpa',
    `${zeros(32)}.ip6.arpa`,
    'd.f.ip6.arpa',
    '8.e.f.ip6.arpa',
    '9.e.f.ip6.arpa',
    'a.e.f.ip6.arpa',
    'b.e.f.ip6.arpa',
    '8.b.d.0.1.0.0.2.ip6.arpa',
  ]),
  {
    zone: `1.${zeros(31)}.ip6.arpa`,
    kind: 'empty',
    reference: 'RFC 6303',
    switchedBy: 'rfc6303',
    dsIsPublic: true,
    pointers: [`1.${zeros(31)}.ip6.arpa`],
  },
  ...reverseRows(
    'rfc6303',
    'RFC 7793',
    Array.from({ length: 64 }, (_, index) => `${index + 64}.100.in-addr.arpa`),
  ),
];

/** Every built-in local zone. */
export const specialUseZones: readonly SpecialUseZone[] = rows.map((row) => ({
  zone: nameOf(row.zone),
  kind: row.kind,
  reference: row.reference,
  switchedBy: row.switchedBy,
  dsIsPublic: row.dsIsPublic ?? false,
  pointers: (row.pointers ?? []).map(nameOf),
  emptyNames: (row.emptyNames ?? []).map(nameOf),
}));
