// NSEC and NSEC3 RRsets for tests of proofs, which look at signatures but do not verify them.
import { MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import type { DenialRecords } from '../../src/dnssec/denial.ts';
import { Nsec3Hasher, nsec3Hash } from '../../src/dnssec/nsec3-hash.ts';
import { base32hexText } from '../../src/wire/base32hex.ts';
import { parseType, RRClass, RRType } from '../../src/wire/constants.ts';
import { compareNames, type DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { buildTypeBitmap } from '../../src/wire/rdata-dnssec.ts';
import { compareOctets, type RRset } from '../../src/wire/record.ts';

export interface SignatureShape {
  readonly signer?: string;
  readonly labels?: number;
}

/** RRSIG RDATA of the right shape whose signature is nothing. */
export function shapedSignature(name: DomainName, type: number, zone: string, shape: SignatureShape = {}): Uint8Array {
  const head = new Uint8Array(18);
  head[0] = type >> 8;
  head[1] = type & 0xff;
  head[2] = 15;
  head[3] = shape.labels ?? name.rrsigLabelCount;
  return new Uint8Array(Buffer.concat([head, nameOf(shape.signer ?? zone).octets, new Uint8Array(64)]));
}

export function typesOf(text: string): Uint8Array {
  const types = text.split(' ').filter((word) => word !== '');
  return buildTypeBitmap(
    types.map((word) => {
      const type = parseType(word);
      if (type === undefined) throw new Error(`no type ${word}`);
      return type;
    }),
  );
}

/** An NSEC; RRSIG and NSEC are in its bitmap besides `types`. */
export function nsecSet(zone: string, owner: string, next: string, types: string, shape: SignatureShape = {}): RRset {
  const name = nameOf(owner);
  const rdata = new Uint8Array(Buffer.concat([nameOf(next).octets, typesOf(`${types} RRSIG NSEC`)]));
  const signatures = [shapedSignature(name, RRType.NSEC, zone, shape)];
  return { name, type: RRType.NSEC, class: RRClass.IN, ttl: 3600, rdatas: [rdata], signatures };
}

export interface Nsec3Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly optOut?: boolean;
  readonly hashAlgorithm?: number;
  readonly flags?: number;
}

export const plainNsec3: Nsec3Parameters = { salt: new Uint8Array(), iterations: 0 };

export function nsec3Set(
  zone: string,
  ownerHash: Uint8Array,
  nextHash: Uint8Array,
  types: string,
  parameters: Nsec3Parameters = plainNsec3,
  shape: SignatureShape = {},
): RRset {
  const name = nameOf(`${base32hexText(ownerHash)}.${zone === '.' ? '' : zone}`);
  const { salt, iterations, hashAlgorithm, optOut } = parameters;
  const flags = parameters.flags ?? (optOut === true ? 1 : 0);
  const head = Uint8Array.of(hashAlgorithm ?? 1, flags, iterations >> 8, iterations & 0xff, salt.length);
  const rdata = new Uint8Array(Buffer.concat([head, salt, Uint8Array.of(nextHash.length), nextHash, typesOf(types)]));
  const signatures = [shapedSignature(name, RRType.NSEC3, zone, shape)];
  return { name, type: RRType.NSEC3, class: RRClass.IN, ttl: 3600, rdatas: [rdata], signatures };
}

/** Owner names and their types; the apex is among them. */
export type ZoneTypes = ReadonlyMap<string, string>;

/** The whole NSEC chain of a zone. */
export function nsecChain(zone: string, names: ZoneTypes): RRset[] {
  const owners = [...names.keys()].map((text) => nameOf(text)).sort(compareNames);
  return owners.map((owner, index) => {
    const next = owners[index + 1];
    return nsecSet(zone, nameText(owner), next === undefined ? zone : nameText(next), names.get(nameText(owner)) ?? '');
  });
}

/** Owners with all names between them and the apex (RFC 5155 7.1). */
export function withEmptyNonTerminals(zone: string, names: ZoneTypes): Map<string, string> {
  const all = new Map(names);
  const apex = nameOf(zone);
  for (const text of names.keys()) {
    for (let name = nameOf(text); name.isBelow(apex); name = name.parent()) {
      if (!all.has(nameText(name))) all.set(nameText(name), '');
    }
  }
  return all;
}

/** The whole NSEC3 chain of a zone. In an opt-out chain unsigned delegations have no record. */
export function nsec3Chain(zone: string, names: ZoneTypes, parameters: Nsec3Parameters = plainNsec3): RRset[] {
  const isUnsigned = (types: string): boolean => /\bNS\b/.test(types) && !/\b(DS|SOA)\b/.test(types);
  const kept = new Map([...names].filter(([, types]) => parameters.optOut !== true || !isUnsigned(types)));
  const hashed = [...withEmptyNonTerminals(zone, kept)]
    .map(([text, types]) => ({ types, hash: nsec3Hash(nameOf(text), parameters.salt, parameters.iterations) }))
    .sort((left, right) => compareOctets(left.hash, right.hash));
  return hashed.map(({ hash, types }, index) => {
    const next = hashed[(index + 1) % hashed.length]?.hash ?? hash;
    return nsec3Set(zone, hash, next, types === '' ? '' : `${types} RRSIG`, parameters);
  });
}

/** Denial records of a message with a budget of its own. */
export function recordsFor(zone: string, rrsets: readonly RRset[], given: Partial<DenialRecords> = {}): DenialRecords {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  return { zone: nameOf(zone), rrsets, hasher, maxIterations: 50, maxSalt: 64, ...given };
}
