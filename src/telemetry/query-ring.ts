// The latest queries one by one, in memory only, for whoever looks at the live query log. Off unless it is wanted; while it
// is on, an entry holds what the server has at hand, and texts are made for those that are shown.
import { addressText } from '../wire/address-text.ts';
import { rcodeText, typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { nameText } from '../wire/name-text.ts';
import { Ring } from './ring.ts';

const MAX_ENTRIES = 2000;

/** A query that was answered. */
export interface AnsweredQuery {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** 4 or 16 octets. */
  readonly client: Uint8Array;
  readonly transport: 'udp' | 'tcp';
  readonly question: Question;
  readonly rcode: number;
  readonly verdict: string | undefined;
  readonly origin: 'server' | 'local' | 'cache' | 'network';
  readonly latencyMs: number;
  readonly octets: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** An entry in words. */
export interface ShownQuery extends Pick<AnsweredQuery, 'atMs' | 'transport' | 'origin' | 'latencyMs' | 'octets'> {
  readonly seq: number;
  readonly client: string;
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly verdict: string | undefined;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** A part of the name or the client's address, the whole of the others; without regard to letter case. */
export interface QueryRingFilter {
  readonly since?: number | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly client?: string | undefined;
  readonly rcode?: string | undefined;
  readonly verdict?: string | undefined;
}

export class QueryRing {
  private readonly entries = new Ring<{ readonly seq: number; readonly query: AnsweredQuery }>(MAX_ENTRIES);
  private on: boolean;
  /** Of the latest entry; 0 before the first. */
  seq = 0;

  constructor(on = false) {
    this.on = on;
  }

  get isOn(): boolean {
    return this.on;
  }

  /** Switched off, it forgets what it holds. */
  set(on: boolean): void {
    this.on = on;
    if (!on) this.entries.clear();
  }

  add(query: AnsweredQuery): void {
    this.entries.add({ seq: ++this.seq, query });
  }

  /** The newest first. */
  shown(filter: QueryRingFilter, limit: number): ShownQuery[] {
    const wanted = lowerCased(filter);
    const found: ShownQuery[] = [];
    for (const { seq, query } of this.entries.newestFirst()) {
      if (found.length >= limit || seq <= (filter.since ?? 0)) break;
      const entry = inWords(seq, query);
      if (fits(entry, wanted)) found.push(entry);
    }
    return found;
  }
}

function lowerCased({ name, type, client, rcode, verdict }: QueryRingFilter): Omit<QueryRingFilter, 'since'> {
  const lower = (text: string | undefined): string | undefined => text?.toLowerCase() || undefined;
  return {
    name: lower(name),
    type: lower(type),
    client: lower(client),
    rcode: lower(rcode),
    verdict: lower(verdict),
  };
}

function fits(entry: ShownQuery, { name, type, client, rcode, verdict }: Omit<QueryRingFilter, 'since'>): boolean {
  return (
    (name === undefined || entry.name.toLowerCase().includes(name)) &&
    (client === undefined || entry.client.includes(client)) &&
    (type === undefined || entry.type.toLowerCase() === type) &&
    (rcode === undefined || entry.rcode.toLowerCase() === rcode) &&
    (verdict === undefined || entry.verdict === verdict)
  );
}

function inWords(seq: number, query: AnsweredQuery): ShownQuery {
  const { question, client, rcode } = query;
  return {
    seq,
    atMs: query.atMs,
    client: addressText(client),
    transport: query.transport,
    name: nameText(question.name),
    type: typeText(question.type),
    rcode: rcodeText(rcode),
    verdict: query.verdict,
    origin: query.origin,
    latencyMs: query.latencyMs,
    octets: query.octets,
    dnssecOk: query.dnssecOk,
    checkingDisabled: query.checkingDisabled,
  };
}
