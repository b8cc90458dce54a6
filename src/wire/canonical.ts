// Canonical form and order of records (RFC 4034 6, RFC 6840 5.1), and the octets that a signature covers.
import type { DomainName } from './name.ts';
import { rdataLayout } from './rdata-layout.ts';
import type { RRsetKeyed } from './record.ts';
import { compareOctets } from './record.ts';
import { nameLength } from './writer.ts';

/** RDATA with the names that RFC 4034 6.2 lists in lower case; the same array when nothing changes. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const layout = rdataLayout(type);
  if (layout === undefined || !layout.lowerCase) return rdata;
  let copy: Uint8Array | undefined;
  let offset = 0;
  for (const part of layout.parts) {
    if (part === 'rest') break;
    if (part === 'name') {
      const end = offset + nameLength(rdata, offset);
      if (end < offset) return rdata;
      // Length octets are below 0x40, so that lower-casing every octet of the name leaves them alone.
      for (; offset < end; offset++) {
        const octet = rdata[offset] ?? 0;
        if (octet >= 0x41 && octet <= 0x5a) {
          copy ??= rdata.slice();
          copy[offset] = octet + 0x20;
        }
      }
    } else {
      offset += part === 'string' ? (rdata[offset] ?? 0) + 1 : part;
    }
  }
  return copy ?? rdata;
}

/** RDATAs in canonical form and order, duplicates removed (RFC 4034 6.3). */
export function canonicalRdatas(rrset: RRsetKeyed): Uint8Array[] {
  const [first] = rrset.rdatas;
  if (rrset.rdatas.length === 1 && first !== undefined) return [canonicalRdata(rrset.type, first)];
  const sorted = rrset.rdatas.map((rdata) => canonicalRdata(rrset.type, rdata)).sort(compareOctets);
  return sorted.filter((rdata, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareOctets(previous, rdata) !== 0;
  });
}

/** The `*.suffix` or full owner name that was signed, lower case, as octets (RFC 4035 5.3.2). */
export function signedOwner(owner: DomainName, labels: number): Uint8Array {
  const count = owner.rrsigLabelCount;
  if (labels >= count && !(owner.isWildcard && labels > count)) return lowerCased(owner.octets);
  const suffix = owner.ancestorWithLabels(labels).toLowerCase().octets;
  const octets = new Uint8Array(suffix.length + 2);
  octets[0] = 1;
  octets[1] = 0x2a;
  octets.set(suffix, 2);
  return octets;
}

/** A name's octets in lower case; the same array when nothing changes. */
function lowerCased(octets: Uint8Array): Uint8Array {
  let copy: Uint8Array | undefined;
  for (let index = 0; index < octets.length; index++) {
    const octet = octets[index] ?? 0;
    if (octet < 0x41 || octet > 0x5a) continue;
    copy ??= octets.slice();
    copy[index] = octet + 0x20;
  }
  return copy ?? octets;
}

/**
 * The octets that a signature covers (RFC 4034 3.1.8.1): RRSIG RDATA without the signature, signer in lower case, then
 * each record in canonical form and order with the original TTL. `signatureOffset` is where the signature starts in
 * `rrsigRdata`.
 */
export function signedOctets(
  rrset: RRsetKeyed,
  rrsigRdata: Uint8Array,
  signatureOffset: number,
  labels: number,
): Uint8Array {
  const owner = signedOwner(rrset.name, labels);
  const rdatas = canonicalRdatas(rrset);
  let length = signatureOffset;
  for (const rdata of rdatas) length += owner.length + 10 + rdata.length;
  const octets = new Uint8Array(length);
  octets.set(rrsigRdata.subarray(0, signatureOffset), 0);
  for (let index = 18; index < signatureOffset; index++) {
    const octet = octets[index] ?? 0;
    if (octet >= 0x41 && octet <= 0x5a) octets[index] = octet + 0x20;
  }
  let offset = signatureOffset;
  for (const rdata of rdatas) {
    octets.set(owner, offset);
    offset += owner.length;
    octets[offset] = rrset.type >> 8;
    octets[offset + 1] = rrset.type;
    octets[offset + 2] = rrset.class >> 8;
    octets[offset + 3] = rrset.class;
    octets.set(rrsigRdata.subarray(4, 8), offset + 4);
    octets[offset + 8] = rdata.length >> 8;
    octets[offset + 9] = rdata.length;
    octets.set(rdata, offset + 10);
    offset += 10 + rdata.length;
  }
  return octets;
}
