// Replies that deny names nobody has asked for before, out of proofs that others have been denied with: what a flood of
// random names below a signed zone asks for. Behind the reply cache and before everything else, under the same conditions.
//
// Nothing is judged or proved here. Which proof denies a name, the caches say (`DenialSource`); how the reply with that proof
// looks for this kind of client, the slow path has said before, for another name.
import { RRClass } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';
import { type DenialTemplate, fillIn, fits, octetsFor, templateOf } from './denial-template.ts';
import { QueryBit, QueryScan } from './query-scan.ts';
import { LARGEST_OPTION_OCTETS } from './reply-cache.ts';

const HEADER_OCTETS = 12;
/** Different values of a query's bits. */
const BIT_VALUES = 16;
/** The least that a UDP reply may have (RFC 1035 2.3.4). */
const MIN_UDP_OCTETS = 512;
/** Of all templates. */
const MAX_OCTETS = 16 * 1024 * 1024;
/** What a template takes besides its reply, about. */
const TEMPLATE_OCTETS = 500;
/** A query; longer ones are nobody's. */
const MAX_QUERY_OCTETS = 1024;
/** Hashes of names that were denied lately. */
const REMEMBERED = 4096;
/** Of so many denials one is shown to who makes the top lists: a flood is at their top nonetheless. */
const SAMPLE = 16;
/** Types up to here have counters of their own. */
const COUNTED_TYPES = 256;

/** What the caches know; the fields are about the proof found last. */
export interface DenialSource {
  /**
   * The number of a proof that the name, in wire form from `start` on, does not exist; 0 without one. Replies with proofs of
   * the same number differ in nothing but the question and what `expiresAt` does to their TTLs.
   */
  find(octets: Uint8Array, start: number, nameOctets: number, type: number, now: number): number;
  /** Whether these sets, the zone's SOA first, are it. */
  isMadeOf(authority: readonly RRset[]): boolean;
  /** Somebody was answered with it. */
  count(): void;
  /** Cache-clock seconds. */
  readonly expiresAt: number;
  /** Octets of the name in front of the closest encloser. */
  readonly octetsBelowEncloser: number;
  /** What is decided elsewhere may have changed. */
  forgetDecisions(): void;
}

export interface DenialRepliesOptions {
  readonly source: DenialSource;
  /** Our own bound of UDP replies. */
  readonly udpOctets: number;
  /** Types that are never denied here. */
  readonly exceptTypes: readonly number[];
  /** Each query is to be seen one by one. */
  readonly isOff: () => boolean;
  /** Takes a reply to a question that comes again and again: as a whole it costs less, and other threads find it. */
  readonly keepWhole?: (reply: Uint8Array, bits: number, now: number) => void;
  /** Now and then a question that was answered, and who asked. */
  readonly onSample?: (question: Question, client: Uint8Array) => void;
}

/** A reply from which a template may be made. */
export interface SlowDenial {
  readonly reply: Uint8Array;
  /** Of `QueryBit`. */
  readonly bits: number;
  /** Its authority section before it was shaped for the client. */
  readonly authority: readonly RRset[];
}

/** Counted here; telemetry reads. */
export class DenialCounters {
  answers = 0;
  ipv6 = 0;
  dnssecOk = 0;
  authenticData = 0;
  checkingDisabled = 0;
  /** By type, as far as they are that low. */
  private readonly types = new Float64Array(COUNTED_TYPES);
  private readonly higherTypes = new Map<number, number>();

  /** Answers by type, where there are any. */
  *typeCounts(): Generator<readonly [type: number, count: number]> {
    for (const [type, count] of this.types.entries()) if (count > 0) yield [type, count];
    yield* this.higherTypes;
  }

  count(type: number, bits: number): void {
    this.answers++;
    if ((bits & QueryBit.DO) !== 0) this.dnssecOk++;
    if ((bits & QueryBit.AD) !== 0) this.authenticData++;
    if ((bits & QueryBit.CD) !== 0) this.checkingDisabled++;
    if (type < COUNTED_TYPES) this.types[type] = (this.types[type] ?? 0) + 1;
    else this.higherTypes.set(type, (this.higherTypes.get(type) ?? 0) + 1);
  }
}

export class DenialReplies {
  readonly counters = new DenialCounters();
  private readonly options: DenialRepliesOptions;
  private readonly source: DenialSource;
  private readonly maxOctets: number;
  private readonly templates = new Map<number, DenialTemplate>();
  private octets = 0;
  private readonly scan = new QueryScan(0);
  private readonly place: Uint8Array;
  private readonly lately = new Int32Array(REMEMBERED);
  private type = 0;

  constructor(options: DenialRepliesOptions) {
    this.options = options;
    this.source = options.source;
    this.maxOctets = Math.max(MIN_UDP_OCTETS, options.udpOctets);
    this.place = new Uint8Array(this.maxOctets + MAX_QUERY_OCTETS);
  }

  /** Templates held. */
  get size(): number {
    return this.templates.size;
  }

  /** Each query is to be seen one by one: nothing is denied here, nor kept for later. */
  get isOff(): boolean {
    return this.options.isOff();
  }

  /** Forgets all templates, because what may be answered has changed. */
  clear(): void {
    this.templates.clear();
    this.octets = 0;
    this.source.forgetDecisions();
  }

  /**
   * Puts a reply in the place of a scanned query, which lies at `offset`, with room for the longest. Returns its octets, or
   * 0 when nothing could be said and nothing was changed.
   */
  answer(memory: Uint8Array, offset: number, scan: QueryScan, now: number): number {
    if (this.templates.size === 0 || this.options.isOff()) return 0;
    const { source } = this;
    const { nameOctets, type, bits } = scan;
    const name = offset + HEADER_OCTETS;
    const proof = source.find(memory, name, nameOctets, type, now);
    if (proof === 0) return 0;
    const template = this.templates.get(proof * BIT_VALUES + bits);
    if (template === undefined || this.options.exceptTypes.includes(type)) return 0;
    const octets = octetsFor(template, nameOctets);
    if (octets > scan.udpOctets || octets > this.maxOctets) return 0;
    if (!fits(template, memory, name, source.octetsBelowEncloser)) return 0;
    fillIn(template, memory, offset, nameOctets, source.expiresAt - now);
    source.count();
    this.counters.count(type, bits);
    this.type = type;
    if (this.isRepeated(scan.hash)) this.options.keepWhole?.(memory.subarray(offset, offset + octets), bits, now);
    return octets;
  }

  /** The reply to a query, as new octets; undefined when nothing can be said here. */
  reply(query: Uint8Array, client: Uint8Array, now: number): Uint8Array | undefined {
    const { place, scan } = this;
    if (this.templates.size === 0 || query.length > MAX_QUERY_OCTETS) return undefined;
    place.set(query);
    if (!scan.scan(place, 0, query.length)) return undefined;
    const octets = this.answer(place, 0, scan, now);
    if (octets === 0) return undefined;
    this.countClient(place, 0, client, 0, client.length);
    return place.slice(0, octets);
  }

  /** After `answer`: who was answered, by the octets of an address of four or sixteen. */
  countClient(memory: Uint8Array, offset: number, client: Uint8Array, start: number, octets: number): void {
    const { counters } = this;
    if (octets === 16) counters.ipv6++;
    if (counters.answers % SAMPLE !== 0 || this.options.onSample === undefined) return;
    const from = offset + HEADER_OCTETS;
    let end = from;
    while ((memory[end] ?? 0) !== 0) end += (memory[end] ?? 0) + 1;
    const name = DomainName.fromOctets(memory.slice(from, end + 1));
    this.options.onSample({ name, type: this.type, class: RRClass.IN }, client.slice(start, start + octets));
  }

  /** Whether a query with this hash was answered here lately. */
  private isRepeated(hash: number): boolean {
    const at = hash & (REMEMBERED - 1);
    if (this.lately[at] === hash) return true;
    this.lately[at] = hash;
    return false;
  }

  /** Makes a template of what the slow path has said; false when it is not of the kind. */
  keep({ reply, bits, authority }: SlowDenial, now: number): boolean {
    const { source } = this;
    const limit = (bits & QueryBit.EDNS) === 0 ? MIN_UDP_OCTETS : this.maxOctets - LARGEST_OPTION_OCTETS;
    if (reply.length > limit || this.options.isOff()) return false;
    let end = HEADER_OCTETS;
    while ((reply[end] ?? 0) !== 0) end += (reply[end] ?? 0) + 1;
    const type = ((reply[end + 1] ?? 0) << 8) | (reply[end + 2] ?? 0);
    const proof = source.find(reply, HEADER_OCTETS, end + 1 - HEADER_OCTETS, type, now);
    if (proof === 0 || this.options.exceptTypes.includes(type) || !source.isMadeOf(authority)) return false;
    const template = templateOf(reply, source.octetsBelowEncloser, source.expiresAt - now);
    if (template === undefined) return false;
    const key = proof * BIT_VALUES + bits;
    if (!this.templates.has(key)) this.octets += reply.length + TEMPLATE_OCTETS;
    this.templates.set(key, template);
    while (this.octets > MAX_OCTETS) this.dropOldest();
    return true;
  }

  private dropOldest(): void {
    const oldest = this.templates.entries().next().value;
    if (oldest === undefined) return;
    this.templates.delete(oldest[0]);
    this.octets -= oldest[1].reply.length + TEMPLATE_OCTETS;
  }
}
