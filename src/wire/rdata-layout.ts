// Where domain names stand in RDATA, and what may be done to them: the one table that decompression (RFC 3597 4),
// compression and the canonical form (RFC 4034 6.2, RFC 6840 5.1) read.
import { RRType } from './constants.ts';

/** A part of RDATA: a number of fixed octets, a name, a character-string, or all that is left. */
export type RdataPart = number | 'name' | 'string' | 'rest';

export interface RdataLayout {
  readonly parts: readonly RdataPart[];
  /** Whether a name is among the parts. */
  readonly hasNames: boolean;
  /** Compressed names are accepted on input (RFC 1035 types, and those RFC 3597 4 tolerates). */
  readonly decompress: boolean;
  /** Names may be compressed when written: only the types of RFC 1035. */
  readonly compress: boolean;
  /** Names are lower-cased in the canonical form (RFC 4034 6.2; not NSEC, RFC 6840 5.1). */
  readonly lowerCase: boolean;
}

function wellKnown(parts: readonly RdataPart[]): RdataLayout {
  return { parts, hasNames: parts.includes('name'), decompress: true, compress: true, lowerCase: true };
}

function tolerated(parts: readonly RdataPart[]): RdataLayout {
  return { parts, hasNames: parts.includes('name'), decompress: true, compress: false, lowerCase: true };
}

function plain(parts: readonly RdataPart[], lowerCase = false): RdataLayout {
  return { parts, hasNames: parts.includes('name'), decompress: false, compress: false, lowerCase };
}

const layouts = new Map<number, RdataLayout>([
  [RRType.A, plain([4])],
  [RRType.NS, wellKnown(['name'])],
  [RRType.MD, wellKnown(['name'])],
  [RRType.MF, wellKnown(['name'])],
  [RRType.CNAME, wellKnown(['name'])],
  [RRType.SOA, wellKnown(['name', 'name', 20])],
  [RRType.MB, wellKnown(['name'])],
  [RRType.MG, wellKnown(['name'])],
  [RRType.MR, wellKnown(['name'])],
  [RRType.PTR, wellKnown(['name'])],
  [RRType.MINFO, wellKnown(['name', 'name'])],
  [RRType.MX, wellKnown([2, 'name'])],
  [RRType.RP, tolerated(['name', 'name'])],
  [RRType.AFSDB, tolerated([2, 'name'])],
  [RRType.RT, tolerated([2, 'name'])],
  [RRType.SIG, tolerated([18, 'name', 'rest'])],
  [RRType.PX, tolerated([2, 'name', 'name'])],
  [RRType.AAAA, plain([16])],
  [RRType.NXT, tolerated(['name', 'rest'])],
  [RRType.SRV, tolerated([6, 'name'])],
  [RRType.NAPTR, tolerated([4, 'string', 'string', 'string', 'name'])],
  [RRType.KX, tolerated([2, 'name'])],
  [RRType.DNAME, tolerated(['name'])],
  [RRType.DS, plain([4, 'rest'])],
  [RRType.RRSIG, plain([18, 'name', 'rest'], true)],
  [RRType.NSEC, plain(['name', 'rest'])],
  [RRType.DNSKEY, plain([4, 'rest'])],
  [RRType.NSEC3, plain([4, 'string', 'string', 'rest'])],
  [RRType.NSEC3PARAM, plain([4, 'string'])],
  [RRType.CDS, plain([4, 'rest'])],
  [RRType.CDNSKEY, plain([4, 'rest'])],
  [RRType.SVCB, plain([2, 'name', 'rest'])],
  [RRType.HTTPS, plain([2, 'name', 'rest'])],
  [RRType.LP, plain([2, 'name'])],
  [RRType.TALINK, plain(['name', 'name'])],
]);

/** The layout of a type's RDATA; undefined for types carried opaque (RFC 3597). */
export function rdataLayout(type: number): RdataLayout | undefined {
  return layouts.get(type);
}
