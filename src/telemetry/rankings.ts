// The last so many questions and addresses, from which the top lists are made. Adding one is one write into a ring; texts
// are made when somebody asks.
import type { RankingName, RankingResult } from '../ports/rankings.ts';
import { addressText } from '../wire/address-text.ts';
import { typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { Ring } from './ring.ts';

/**
 * Labels by which `pub-` lists group names. PowerDNS groups by its public suffix list and one label more; without a list,
 * the last two labels stand for that.
 */
const PUBLIC_LABELS = 2;

/** Counts the entries that have the same key. */
function ranked<T>(ring: Ring<T>, keyOf: (item: T) => string, textOf: (item: T) => string): RankingResult {
  const counted = new Map<string, { readonly item: T; count: number }>();
  for (const item of ring.all()) {
    const key = keyOf(item);
    const entry = counted.get(key);
    if (entry === undefined) counted.set(key, { item, count: 1 });
    else entry.count++;
  }
  const entries = [...counted.values()].sort((a, b) => b.count - a.count);
  return { total: ring.size, entries: entries.map(({ item, count }) => ({ text: textOf(item), count })) };
}

export class Rankings {
  private readonly queries: Ring<Question>;
  private readonly remotes: Ring<Uint8Array>;
  private readonly servfailQueries: Ring<Question>;
  private readonly servfailRemotes: Ring<Uint8Array>;
  private readonly bogusQueries: Ring<Question>;
  private readonly bogusRemotes: Ring<Uint8Array>;
  private readonly largeAnswerRemotes: Ring<Uint8Array>;
  private readonly timeouts: Ring<string>;

  /** `entries` in each ring (`recursor.stats_ringbuffer_entries`); 0 keeps none. */
  constructor(entries: number) {
    this.queries = new Ring(entries);
    this.remotes = new Ring(entries);
    this.servfailQueries = new Ring(entries);
    this.servfailRemotes = new Ring(entries);
    this.bogusQueries = new Ring(entries);
    this.bogusRemotes = new Ring(entries);
    this.largeAnswerRemotes = new Ring(entries);
    this.timeouts = new Ring(entries);
  }

  /** A client, by the octets of its address, has asked. */
  asked(question: Question, client: Uint8Array): void {
    this.queries.add(question);
    this.remotes.add(client);
  }

  failed(question: Question, client: Uint8Array): void {
    this.servfailQueries.add(question);
    this.servfailRemotes.add(client);
  }

  bogus(question: Question, client: Uint8Array): void {
    this.bogusQueries.add(question);
    this.bogusRemotes.add(client);
  }

  largeAnswer(client: Uint8Array): void {
    this.largeAnswerRemotes.add(client);
  }

  /** A server, by the text of its address, has not answered in time. */
  timedOut(server: string): void {
    this.timeouts.add(server);
  }

  ranking(name: RankingName): RankingResult {
    switch (name) {
      case 'queries':
        return ranked(this.queries, questionKey, questionText);
      case 'pub-queries':
        return ranked(this.queries, domainKey, domainText);
      case 'servfail-queries':
        return ranked(this.servfailQueries, questionKey, questionText);
      case 'pub-servfail-queries':
        return ranked(this.servfailQueries, domainKey, domainText);
      case 'bogus-queries':
        return ranked(this.bogusQueries, questionKey, questionText);
      case 'pub-bogus-queries':
        return ranked(this.bogusQueries, domainKey, domainText);
      case 'remotes':
        return ranked(this.remotes, String, addressText);
      case 'servfail-remotes':
        return ranked(this.servfailRemotes, String, addressText);
      case 'bogus-remotes':
        return ranked(this.bogusRemotes, String, addressText);
      case 'largeanswer-remotes':
        return ranked(this.largeAnswerRemotes, String, addressText);
      case 'timeouts':
        return ranked(this.timeouts, String, String);
    }
  }
}

function questionKey({ name, type }: Question): string {
  return `${type}/${name.key}`;
}

/** `NAME|TYPE` as PowerDNS prints it, in lower case. */
function questionText({ name, type }: Question): string {
  return `${nameTextWithoutDot(name.toLowerCase())}|${typeText(type)}`;
}

function domainOf({ name }: Question): DomainName {
  return name.ancestorWithLabels(PUBLIC_LABELS);
}

function domainKey(question: Question): string {
  return questionKey({ ...question, name: domainOf(question) });
}

function domainText(question: Question): string {
  return questionText({ ...question, name: domainOf(question) });
}
