// Protocol numbers from the IANA registries, as const objects with their registered names.

/** Resource record types (RFC 1035 3.2.2 and the IANA "RR TYPEs" registry). */
export const RRType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
} as const;

/** Classes (RFC 1035 3.2.4, RFC 2136). */
export const RRClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

/** Response codes, extended ones included (RFC 1035 4.1.1, RFC 6895 2.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** Operation codes (RFC 6895 2.2). */
export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** EDNS option codes (IANA "DNS EDNS0 Option Codes"). */
export const EdnsOptionCode = {
  NSID: 3,
  ECS: 8,
  EXPIRE: 9,
  COOKIE: 10,
  TCP_KEEPALIVE: 11,
  PADDING: 12,
  CHAIN: 13,
  KEY_TAG: 14,
  EXTENDED_ERROR: 15,
  REPORT_CHANNEL: 18,
} as const;

/** Extended DNS Error codes (RFC 8914 5.2 and the IANA registry). */
export const EdeCode = {
  OTHER: 0,
  UNSUPPORTED_DNSKEY_ALGORITHM: 1,
  UNSUPPORTED_DS_DIGEST_TYPE: 2,
  STALE_ANSWER: 3,
  FORGED_ANSWER: 4,
  DNSSEC_INDETERMINATE: 5,
  DNSSEC_BOGUS: 6,
  SIGNATURE_EXPIRED: 7,
  SIGNATURE_NOT_YET_VALID: 8,
  DNSKEY_MISSING: 9,
  RRSIGS_MISSING: 10,
  NO_ZONE_KEY_BIT_SET: 11,
  NSEC_MISSING: 12,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  BLOCKED: 15,
  CENSORED: 16,
  FILTERED: 17,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  SIGNATURE_EXPIRED_BEFORE_VALID: 25,
  TOO_EARLY: 26,
  UNSUPPORTED_NSEC3_ITERATIONS: 27,
  UNABLE_TO_CONFORM: 28,
  SYNTHESIZED: 29,
  INVALID_QUERY_TYPE: 30,
  NEGATIVE_TRUST_ANCHOR: 33,
} as const;

/** DNSSEC algorithms (RFC 4034 A.1 and the IANA "DNS Security Algorithm Numbers" registry). */
export const DnssecAlgorithm = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  SM2SM3: 17,
  'ECC-GOST12': 23,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
} as const;

const typeNames = new Map<number, string>(Object.entries(RRType).map(([name, value]) => [value, name]));
const typeNumbers = new Map<string, number>(Object.entries(RRType));
const rcodeNames = new Map<number, string>(Object.entries(Rcode).map(([name, value]) => [value, name]));
const classNames = new Map<number, string>(Object.entries(RRClass).map(([name, value]) => [value, name]));
const classNumbers = new Map<string, number>(Object.entries(RRClass));
const algorithmNumbers = new Map<string, number>(Object.entries(DnssecAlgorithm));

/** The mnemonic of a type, or `TYPEn` (RFC 3597 5). */
export function typeText(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** The number of a mnemonic or `TYPEn`, in any letter case; undefined when it names no type. */
export function parseType(text: string): number | undefined {
  return parseMnemonic(text, typeNumbers, 'TYPE');
}

/** The mnemonic of a class, or `CLASSn` (RFC 3597 5). */
export function classText(rrclass: number): string {
  return classNames.get(rrclass) ?? `CLASS${rrclass}`;
}

/** The number of a class mnemonic or `CLASSn`; undefined when it names no class. */
export function parseClass(text: string): number | undefined {
  return parseMnemonic(text, classNumbers, 'CLASS');
}

/** The mnemonic of a response code, or `RCODEn`. */
export function rcodeText(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`;
}

/** The number of a DNSSEC algorithm, from its mnemonic or decimal digits (RFC 4034 2.2); undefined when it is none. */
export function parseAlgorithm(text: string): number | undefined {
  if (!/^[0-9]{1,3}$/.test(text)) return algorithmNumbers.get(text.toUpperCase());
  return Number(text) <= 0xff ? Number(text) : undefined;
}

function parseMnemonic(text: string, known: ReadonlyMap<string, number>, prefix: string): number | undefined {
  const upper = text.toUpperCase();
  const value = known.get(upper);
  if (value !== undefined) return value;
  if (!upper.startsWith(prefix)) return undefined;
  const digits = upper.slice(prefix.length);
  if (!/^[0-9]{1,5}$/.test(digits)) return undefined;
  const number = Number(digits);
  return number <= 0xffff ? number : undefined;
}

/** Types that only ever occur in questions or carry no zone data (RFC 6895 3.1): never cached, never answered. */
export function isMetaType(type: number): boolean {
  return type === RRType.OPT || type === RRType.NXNAME || type === 0 || (type >= 249 && type <= 255);
}
