// Whether a DS names a DNSKEY (RFC 4034 5.1.4, RFC 4509, RFC 6605 2).
import { hash } from 'node:crypto';
import type { DomainName } from '../wire/name.ts';
import type { DSData } from '../wire/rdata-dnssec.ts';
import { sameOctets } from '../wire/record.ts';
import { hashNatively } from './backend.ts';
import { keyTag } from './key-tag.ts';
import { sha1 } from './sha1.ts';

type Digest = (owner: Uint8Array, dnskeyRdata: Uint8Array) => Uint8Array;

function openssl(algorithm: string): Digest {
  return (owner, dnskeyRdata) => {
    const octets = new Uint8Array(owner.length + dnskeyRdata.length);
    octets.set(owner);
    octets.set(dnskeyRdata, owner.length);
    const digest = hash(algorithm, octets, 'buffer');
    // Not a Buffer: its `slice` would make views where the core expects copies.
    return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
  };
}

const sha256 = openssl('sha256');

const digests = new Map<number, Digest>([
  // Some hosts' OpenSSL refuses SHA-1, and an exception must not look like a mismatch.
  [1, (owner, dnskeyRdata) => sha1(Buffer.concat([owner, dnskeyRdata]))],
  [2, (owner, dnskeyRdata) => hashNatively(owner, dnskeyRdata) ?? sha256(owner, dnskeyRdata)],
  [4, openssl('sha384')],
]);

/**
 * The digest of a DNSKEY of `zone` over owner in canonical form and RDATA; undefined for digest types not supported.
 */
export function digestOf(digestType: number, zone: DomainName, dnskeyRdata: Uint8Array): Uint8Array | undefined {
  return digests.get(digestType)?.(zone.toLowerCase().octets, dnskeyRdata);
}

/**
 * Whether a DS of `zone` names a DNSKEY: tag, algorithm and digest. `unsupported` is about the digest type only. A
 * digest of another length than its type has never matches.
 */
export function matchDS(ds: DSData, zone: DomainName, dnskeyRdata: Uint8Array): 'match' | 'mismatch' | 'unsupported' {
  if (!digests.has(ds.digestType)) return 'unsupported';
  if (dnskeyRdata.length < 4 || dnskeyRdata[3] !== ds.algorithm) return 'mismatch';
  if (keyTag(dnskeyRdata) !== ds.keyTag) return 'mismatch';
  const digest = digestOf(ds.digestType, zone, dnskeyRdata);
  return digest !== undefined && sameOctets(digest, ds.digest) ? 'match' : 'mismatch';
}
