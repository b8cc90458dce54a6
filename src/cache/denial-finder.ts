// Finds which cached records deny a name, from its octets alone and without making anything: for floods of names that do
// not exist. It proves nothing. It tells which proof (RFC 4035 5.4, RFC 5155 8.4) would be made for a name, by a number; who
// has made that proof for one name by the functions of `dnssec/` can use it for all that have the same number.
//
// Why that is right. A name error by NSEC rests on a record that covers the name and one that denies the wildcard below the
// closest encloser. For another name the second half is word for word the same if the closest encloser is the same, and the
// first holds if the same record covers it: owner < name < next, and below neither a delegation nor a DNAME at the owner
// nor above a name that is next. The closest encloser is the longest ancestor shared with owner or next. With NSEC3 the
// covering record has to cover the next closer name's hash, one record matches the encloser, one covers the wildcard; the
// last two again depend on the encloser alone. So these are compared for each name, with the records as they are now: who
// covers, which encloser, which record stands at or before its wildcard, and whether each still lives. What else a proof
// looks at (signers, labels of signatures, bitmaps, parameters) is the records' own and does not change with the name.
import { MessageWork, QueryWork } from '../dnssec/budget.ts';
import { nsec3HashOfOctets } from '../dnssec/nsec3-hash.ts';
import { RRType } from '../wire/constants.ts';
import { lowerCase } from '../wire/lower-case.ts';
import { DomainName, MAX_NAME_OCTETS } from '../wire/name.ts';
import { compareOctets, type RRset } from '../wire/record.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { DenialCache } from './denial-cache.ts';
import {
  type DenialSpan,
  type DenialZone,
  encloserSide,
  type KnownProof,
  type Nsec3Span,
  type NsecSpan,
  reachesBehind,
} from './denial-zone.ts';
import { nameHashStart, nameHashStep } from './name-hash.ts';
import { compareSortKeys, MAX_SORT_KEY_OCTETS, writeSortKey } from './sort-key.ts';

/** Names of more labels go the long way. */
const MAX_LABELS = 32;
/** NSEC3 hashes for one name, the zone's and the wildcard's included when they are not known yet. */
const MAX_HASHES = 6;
/** Proofs known for one record: with so many closest enclosers between its names it goes the long way for some. */
const MAX_PROOFS_OF_SPAN = 4;
/** Proofs known in all; then all are forgotten. */
const MAX_PROOFS = 50_000;
/** Types that stand for something else than one RRset (RFC 6895 3.1: QTYPEs and meta-types). */
const FIRST_META_TYPE = 128;
const LAST_META_TYPE = 255;

/** What is decided before anything is looked for in the caches. */
export interface DenialGuard {
  /** Whether anything in a zone, or all of it, is decided otherwise. */
  touches(zone: DomainName): boolean;
  /** Whether a name of such a zone may be denied by what is cached of it. */
  permits(name: DomainName, type: number, zone: DomainName): boolean;
}

export class DenialFinder {
  private readonly denials: DenialCache;
  private readonly answers: Pick<AnswerCache, 'names' | 'above' | 'hashSeed'>;
  private readonly guards: readonly DenialGuard[];
  /** Zones that no guard touches, and those that one does, since decisions last changed. */
  private guarded = new WeakMap<DenialZone, boolean>();
  private lastId = 0;
  private proofs = 0;
  /** The name that was read last, in lower case. */
  private nameOctets = 0;
  private readonly lower = new Uint8Array(MAX_NAME_OCTETS + 2);
  private readonly starts = new Uint8Array(MAX_LABELS + 1);
  private readonly hashes = new Int32Array(MAX_LABELS + 1);
  private readonly key = new Uint8Array(MAX_SORT_KEY_OCTETS);
  private readonly wildcard = new Uint8Array(MAX_NAME_OCTETS + 2);
  /** Of the proof found last. */
  private proof: KnownProof | undefined;
  private cover: DenialSpan | undefined;
  private zone: DenialZone | undefined;
  /** Of the proof found last: cache-clock seconds. */
  expiresAt = 0;
  /** Of the proof found last: octets of the name in front of the closest encloser. */
  octetsBelowEncloser = 0;

  constructor(
    denials: DenialCache,
    answers: Pick<AnswerCache, 'names' | 'above' | 'hashSeed'>,
    guards: readonly DenialGuard[] = [],
  ) {
    if (denials.hashSeed !== answers.hashSeed) throw new Error('the caches hash names in different ways');
    this.denials = denials;
    this.answers = answers;
    this.guards = guards;
  }

  /** What is decided by configuration may have changed. */
  forgetDecisions(): void {
    this.guarded = new WeakMap();
  }

  /** The proof found last was used to answer somebody. */
  count(): void {
    if (this.zone !== undefined) this.zone.isUsed = true;
    this.denials.hits[this.zone?.isNsec === true ? 'nsec' : 'nsec3']++;
  }

  /**
   * Whether the proof found last is what these sets are: the zone's SOA, and all of its records. Where those of a zone overlap
   * against all rules, a name may be denied with fewer of them, which would not do for the others.
   */
  isMadeOf(authority: readonly RRset[]): boolean {
    const { proof, cover, zone } = this;
    const [soa, ...records] = authority;
    if (proof === undefined || cover === undefined || soa === undefined || soa !== zone?.soa) return false;
    const { encloser, wildcard } = proof;
    const own = new Set([cover.rrset, wildcard.rrset, encloser?.rrset ?? cover.rrset]);
    return records.length === own.size && records.every((rrset) => own.has(rrset));
  }

  /**
   * The number of the proof that a name does not exist, which lies in wire form, in any letter case, from `start` on; 0 when
   * there is none to be had this way, and then the caches themselves are to be asked.
   */
  find(octets: Uint8Array, start: number, nameOctets: number, type: number, now: number): number {
    this.proof = undefined;
    if (this.denials.size === 0 || !isPlainType(type) || nameOctets > MAX_NAME_OCTETS) return 0;
    const labels = this.read(octets, start, nameOctets);
    if (labels <= 0 || this.isKnown(labels)) return 0;
    const apex = this.findZone(labels);
    const { zone } = this;
    if (zone === undefined || apex <= 0 || zone.expiresAt <= now || zone.soa === undefined) return 0;
    if (this.isTouched(zone) && !this.isPermitted(zone, octets, start, nameOctets, type)) return 0;
    const proof = zone.isNsec ? this.byNsec(zone, apex, now) : this.byNsec3(zone, apex, now);
    if (proof === undefined || proof.expiresAt <= now) return 0;
    this.proof = proof;
    this.expiresAt = proof.expiresAt;
    return proof.id;
  }

  /** Copies the name in lower case, finds its labels and the hashes of it and its ancestors; 0 for too many labels. */
  private read(octets: Uint8Array, start: number, nameOctets: number): number {
    const { lower, starts, hashes } = this;
    let labels = 0;
    for (let at = 0; at < nameOctets - 1; at += (lower[at] ?? 0) + 1) {
      if (labels === MAX_LABELS) return 0;
      starts[labels++] = at;
      const length = octets[start + at] ?? 0;
      lower[at] = length;
      for (let index = at + 1; index <= at + length; index++) lower[index] = lowerCase[octets[start + index] ?? 0] ?? 0;
    }
    lower[nameOctets - 1] = 0;
    this.nameOctets = nameOctets;
    starts[labels] = nameOctets - 1;
    let hash = nameHashStep(nameHashStart(this.denials.hashSeed), 0);
    hashes[labels] = hash;
    for (let label = labels, at = nameOctets - 1; label-- > 0; ) {
      for (const first = starts[label] ?? 0; at > first; ) hash = nameHashStep(hash, lower[--at] ?? 0);
      hashes[label] = hash;
    }
    return labels;
  }

  /** Whether an answer may be cached for the name, or a denial or DNAME above it: those come first. */
  private isKnown(labels: number): boolean {
    const { hashes } = this;
    const { names, above } = this.answers;
    if (names.mayHave(hashes[0] ?? 0)) return true;
    for (let label = 1; label <= labels; label++) if (above.mayHave(hashes[label] ?? 0)) return true;
    return false;
  }

  /** The nearest zone at or above the name, as in the cache's own search: the labels that the name has below it, or -1. */
  private findZone(labels: number): number {
    const { hashes, starts, lower } = this;
    this.zone = undefined;
    for (let label = 0; label <= labels; label++) {
      const zone = this.denials.zoneByHash(hashes[label] ?? 0);
      if (zone === undefined) continue;
      if (zone === 'several') return -1;
      const { key } = zone.zone;
      const start = starts[label] ?? 0;
      if (key.length !== (starts[labels] ?? 0) + 1 - start) return -1;
      for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) !== lower[start + index]) return -1;
      this.zone = zone;
      return label;
    }
    return -1;
  }

  private isTouched(zone: DenialZone): boolean {
    let touched = this.guarded.get(zone);
    if (touched === undefined) {
      touched = this.guards.some((guard) => guard.touches(zone.zone));
      this.guarded.set(zone, touched);
    }
    return touched;
  }

  private isPermitted(
    { zone }: DenialZone,
    octets: Uint8Array,
    start: number,
    nameOctets: number,
    type: number,
  ): boolean {
    const name = DomainName.fromOctets(octets.slice(start, start + nameOctets));
    return this.guards.every((guard) => guard.permits(name, type, zone));
  }

  private byNsec(zone: DenialZone, apex: number, now: number): KnownProof | undefined {
    const { key } = this;
    const octets = writeSortKey(this.lower, 0, this.starts, apex, key);
    const index = zone.nsecIndex(key, octets);
    const exact = zone.nsecs[index];
    if (exact !== undefined && compareSortKeys(exact.ownerKey, key, octets) === 0) return undefined;
    const cover = zone.nsecs[index - 1];
    if (cover === undefined || cover.expiresAt <= now || !reachesBehind(cover, key, octets)) return undefined;
    const side = encloserSide(cover, key, octets, apex);
    if (side < 0) return undefined;
    this.cover = cover;
    this.octetsBelowEncloser = this.starts[apex - (side >> 1)] ?? 0;
    const known = cover.proofs.find((proof) => proof.side === side);
    if (known?.version === zone.version) return known;
    const wildcard = zone.nsecForWildcard(key, side >> 1, now);
    return wildcard && this.update(zone, cover, known, side, undefined, wildcard);
  }

  private byNsec3(zone: DenialZone, apex: number, now: number): KnownProof | undefined {
    const work = new MessageWork(new QueryWork());
    let encloser = this.apexOf(zone, apex, work, now);
    for (let label = apex; label-- > 0 && encloser !== undefined && work.hashes < MAX_HASHES; ) {
      const hash = this.hashAt(label, zone, work);
      const span = hash && zone.nsec3AtOrCovering(hash, now);
      if (hash === undefined || span === undefined) return undefined;
      if (compareOctets(span.ownerHash, hash) === 0) {
        encloser = span;
        continue;
      }
      if (encloser.hidesBelow) return undefined;
      this.cover = span;
      this.octetsBelowEncloser = this.starts[label + 1] ?? 0;
      const of = encloser;
      const known = span.proofs.find((proof) => proof.encloser === of);
      if (known?.version === zone.version) return known;
      const wildcard = this.wildcardOf(of, label + 1, zone, work, now);
      return wildcard && this.update(zone, span, known, 0, of, wildcard);
    }
    return undefined;
  }

  /** The record that matches the zone's own name. */
  private apexOf(zone: DenialZone, apex: number, work: MessageWork, now: number): Nsec3Span | undefined {
    if (zone.apexVersion !== zone.version) {
      const hash = this.hashAt(apex, zone, work);
      const span = hash && zone.nsec3AtOrCovering(hash, now);
      zone.apex = hash && span && compareOctets(span.ownerHash, hash) === 0 ? span : undefined;
      zone.apexVersion = zone.version;
    }
    return zone.apex !== undefined && zone.apex.expiresAt > now ? zone.apex : undefined;
  }

  /** The record at or around the wildcard below the encloser, whose name begins at a label. */
  private wildcardOf(
    encloser: Nsec3Span,
    label: number,
    zone: DenialZone,
    work: MessageWork,
    now: number,
  ): Nsec3Span | undefined {
    if (encloser.wildcardVersion !== zone.version) {
      const { wildcard, lower } = this;
      const start = this.starts[label] ?? 0;
      const end = this.nameOctets;
      // A wildcard of such an encloser would be too long a name, so that there is none.
      if (end - start + 2 > MAX_NAME_OCTETS) return undefined;
      wildcard[0] = 1;
      wildcard[1] = 0x2a;
      for (let at = start; at < end; at++) wildcard[at - start + 2] = lower[at] ?? 0;
      const hash = nsec3HashOfOctets(work, wildcard, 0, end - start + 2, zone.salt, zone.iterations);
      encloser.wildcard = hash && zone.nsec3AtOrCovering(hash, now);
      encloser.wildcardVersion = zone.version;
    }
    const span = encloser.wildcard;
    return span !== undefined && span.expiresAt > now ? span : undefined;
  }

  private hashAt(label: number, zone: DenialZone, work: MessageWork): Uint8Array | undefined {
    const start = this.starts[label] ?? 0;
    return nsec3HashOfOctets(work, this.lower, start, this.nameOctets, zone.salt, zone.iterations);
  }

  /** The proof as it is now: under its number if a reply would show nothing new. */
  private update(
    zone: DenialZone,
    cover: NsecSpan | Nsec3Span,
    known: KnownProof | undefined,
    side: number,
    encloser: Nsec3Span | undefined,
    wildcard: DenialSpan,
  ): KnownProof {
    const expiresAt = Math.min(
      zone.expiresAt,
      cover.expiresAt,
      wildcard.expiresAt,
      encloser?.expiresAt ?? Number.POSITIVE_INFINITY,
    );
    const { version, soaVersion } = zone;
    if (known !== undefined) {
      // Whoever keeps a reply may shorten its life, but does not know how far it could be lengthened.
      const isNew = known.wildcard !== wildcard || known.soaVersion !== soaVersion || expiresAt > known.expiresAt;
      if (isNew) known.id = ++this.lastId;
      known.wildcard = wildcard;
      known.soaVersion = soaVersion;
      known.version = version;
      known.expiresAt = expiresAt;
      return known;
    }
    if (++this.proofs > MAX_PROOFS) this.forgetProofs();
    const proof = { id: ++this.lastId, side, encloser, wildcard, expiresAt, version, soaVersion };
    if (cover.proofs.length < MAX_PROOFS_OF_SPAN) cover.proofs.push(proof);
    else cover.proofs[this.lastId % MAX_PROOFS_OF_SPAN] = proof;
    return proof;
  }

  private forgetProofs(): void {
    this.proofs = 1;
    for (const { nsecs, nsec3s } of this.denials.entries()) {
      for (const { proofs } of nsecs) proofs.length = 0;
      for (const { proofs } of nsec3s) proofs.length = 0;
    }
  }
}

/** Whether NXDOMAIN for a type is the same as for any other. DS is the parent's to deny, signatures are not looked up. */
function isPlainType(type: number): boolean {
  if (type >= FIRST_META_TYPE && type <= LAST_META_TYPE) return false;
  return type !== 0 && type !== RRType.DS && type !== RRType.RRSIG && type !== RRType.SIG && type !== RRType.OPT;
}
