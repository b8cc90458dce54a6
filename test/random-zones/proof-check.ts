// Whether the authority section lets a validator behind the resolver repeat the proof (RFC 4035 3.1.3, RFC 5155 7.2):
// found by names and hashes alone, with none of the resolver's code.
import { createHash } from 'node:crypto';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { parseBase32hex } from '../../src/wire/base32hex.ts';
import { RRType } from '../../src/wire/constants.ts';
import { compareNames, type DomainName } from '../../src/wire/name.ts';
import { hasType, parseNSEC, parseNSEC3 } from '../../src/wire/rdata-dnssec.ts';
import { compareOctets, type RRset } from '../../src/wire/record.ts';
import type { Proof } from './oracle.ts';

/** What is missing, in words; empty when everything is there. `type` is the one that was asked for. */
export function missingProofs(resolution: Resolution, proofs: readonly Proof[], type: number): string[] {
  const sets = resolution.authority.map(({ rrset }) => rrset);
  return proofs.filter(({ zone }) => zone.isSecure).flatMap((proof) => missing(sets, proof, type));
}

function missing(sets: readonly RRset[], proof: Proof, type: number): string[] {
  const { apex } = proof.zone;
  const own = sets.filter(({ name, signatures }) => name.isSubdomainOf(apex) && signatures.length > 0);
  const problems: string[] = [];
  const need = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${proof.kind}: ${what}`);
  };
  if (proof.kind !== 'expanded') {
    need(
      own.some((set) => set.type === RRType.SOA && set.name.equals(apex)),
      'SOA',
    );
  }
  const { denial } = proof.zone;
  if (denial === 'compact') {
    if (proof.kind !== 'expanded') need(matchesNsec(own, proof.name, type), 'NSEC at the name');
  } else if (denial === 'nsec') {
    checkNsec(own, proof, type, need);
  } else if (denial !== 'none') {
    checkNsec3(own, proof, type, need);
  }
  return problems;
}

type Need = (holds: boolean, what: string) => void;

function checkNsec(sets: readonly RRset[], proof: Proof, type: number, need: Need): void {
  const { apex } = proof.zone;
  switch (proof.kind) {
    case 'no-data':
      if (proof.source === undefined) {
        // An empty non-terminal has no record of its own: the one in front ends below it.
        need(matchesNsec(sets, proof.name, type) || endsBelow(sets, proof.name), 'NSEC of the name');
      } else {
        need(coversNsec(sets, proof.name, apex), 'NSEC over the name');
        need(matchesNsec(sets, proof.source, type) || endsBelow(sets, proof.source), 'NSEC of the wildcard');
      }
      return;
    case 'no-name': {
      const wildcard = proof.encloser.wildcardChild();
      need(coversNsec(sets, proof.name, apex), 'NSEC over the name');
      need(wildcard === undefined || coversNsec(sets, wildcard, apex), 'NSEC over the wildcard');
      return;
    }
    case 'expanded':
      need(coversNsec(sets, proof.name, apex), 'NSEC over the name');
  }
}

function nsecs(sets: readonly RRset[]): { owner: DomainName; next: DomainName; bitmap: Uint8Array }[] {
  return sets.flatMap((set) => {
    const fields = set.type === RRType.NSEC && set.rdatas[0] !== undefined ? parseNSEC(set.rdatas[0]) : undefined;
    return fields === undefined ? [] : [{ owner: set.name, next: fields.next, bitmap: fields.types }];
  });
}

function matchesNsec(sets: readonly RRset[], name: DomainName, type: number): boolean {
  return nsecs(sets).some(
    ({ owner, bitmap }) => owner.equals(name) && !hasType(bitmap, type) && !hasType(bitmap, RRType.CNAME),
  );
}

function endsBelow(sets: readonly RRset[], name: DomainName): boolean {
  return nsecs(sets).some(({ owner, next }) => compareNames(owner, name) < 0 && next.isBelow(name));
}

function coversNsec(sets: readonly RRset[], name: DomainName, apex: DomainName): boolean {
  return nsecs(sets).some(
    ({ owner, next }) =>
      compareNames(owner, name) < 0 && (compareNames(name, next) < 0 || next.equals(apex)) && !next.isSubdomainOf(name),
  );
}

function checkNsec3(sets: readonly RRset[], proof: Proof, type: number, need: Need): void {
  const links = nsec3s(sets);
  const matches = (name: DomainName, absent?: number) =>
    links.some(
      (link) =>
        compareOctets(link.hash, hashed(name, link)) === 0 &&
        (absent === undefined || (!hasType(link.bitmap, absent) && !hasType(link.bitmap, RRType.CNAME))),
    );
  const covers = (name: DomainName) =>
    links.some((link) => {
      const hash = hashed(name, link);
      const afterOwner = compareOctets(link.hash, hash) < 0;
      const beforeNext = compareOctets(hash, link.next) < 0;
      return compareOctets(link.hash, link.next) < 0 ? afterOwner && beforeNext : afterOwner || beforeNext;
    });
  switch (proof.kind) {
    case 'no-data':
      if (proof.source === undefined) {
        need(matches(proof.name, type) || hasGap(proof.name, matches, covers), 'NSEC3 of the name');
      } else {
        const encloser = proof.source.parent();
        need(matches(encloser), 'NSEC3 of the closest encloser');
        need(covers(nextCloser(proof.name, encloser)), 'NSEC3 over the next closer name');
        need(matches(proof.source, type), 'NSEC3 of the wildcard');
      }
      return;
    case 'no-name': {
      const encloser = provableEncloser(proof.encloser, matches);
      const wildcard = encloser.wildcardChild();
      need(matches(encloser), 'NSEC3 of the closest encloser');
      need(covers(nextCloser(proof.name, encloser)), 'NSEC3 over the next closer name');
      // Under Opt-Out the encloser that is proved may have a wildcard that the real one hides; nothing is secure there.
      const isOptOut = proof.zone.denial === 'opt-out';
      need(isOptOut || wildcard === undefined || covers(wildcard), 'NSEC3 over the wildcard');
      return;
    }
    case 'expanded':
      need(covers(nextCloser(proof.name, proof.encloser)), 'NSEC3 over the next closer name');
  }
}

/** Under Opt-Out the closest encloser itself may have no record (RFC 5155 7.2.4). */
function provableEncloser(encloser: DomainName, matches: (name: DomainName) => boolean): DomainName {
  let above = encloser;
  while (!above.isRoot && !matches(above)) above = above.parent();
  return above;
}

function hasGap(
  name: DomainName,
  matches: (name: DomainName) => boolean,
  covers: (name: DomainName) => boolean,
): boolean {
  const encloser = provableEncloser(name.parent(), matches);
  return matches(encloser) && covers(nextCloser(name, encloser));
}

function nextCloser(name: DomainName, encloser: DomainName): DomainName {
  return name.ancestorWithLabels(encloser.labelCount + 1);
}

interface Link {
  readonly hash: Uint8Array;
  readonly next: Uint8Array;
  readonly bitmap: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

function nsec3s(sets: readonly RRset[]): Link[] {
  return sets.flatMap((set) => {
    const fields = set.type === RRType.NSEC3 && set.rdatas[0] !== undefined ? parseNSEC3(set.rdatas[0]) : undefined;
    const hash = parseBase32hex(set.name.firstLabel());
    if (fields === undefined || hash === undefined) return [];
    const { nextHash: next, types: bitmap, salt, iterations } = fields;
    return [{ hash, next, bitmap, salt, iterations }];
  });
}

function hashed(name: DomainName, { salt, iterations }: Link): Uint8Array {
  let octets: Uint8Array = name.toLowerCase().octets;
  for (let round = 0; round <= iterations; round++) {
    octets = new Uint8Array(createHash('sha1').update(octets).update(salt).digest());
  }
  return octets;
}
