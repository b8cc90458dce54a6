// What the program knows, as lines of text: `dump-cache` and the like (POWERDNS 6). Made line by line, while it goes on.
import type { AnswerEntry } from '../cache/answer-cache.ts';
import type { KnownServer } from '../cache/infra-cache.ts';
import type { Dump, DumpResult } from '../control/target.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import type { KeptReply } from '../fast-path/reply-cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Knowledge } from '../resolver/knowledge.ts';
import { RRType, typeText } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { rdataText } from '../wire/rdata-text.ts';
import type { RRset } from '../wire/record.ts';

/** Counts the records of one dump; comments do not count. */
interface Counter {
  records: number;
}

export interface DumpParts {
  /** Undefined for a resolver that keeps nothing. */
  readonly knowledge: Knowledge | undefined;
  readonly clock: Clock;
  /** Finished replies. */
  readonly replies: Iterable<KeptReply>;
}

/** `sections` as for `dump-cache`; other dumps have none. */
export function dumpOf(what: Dump, sections: string, { knowledge, clock, replies }: DumpParts): DumpResult {
  const counter: Counter = { records: 0 };
  const none: Iterable<string> = [];
  const lines = knowledge === undefined ? none : linesOf(what, sections, { knowledge, clock, replies }, counter);
  return { lines, count: () => counter.records };
}

function linesOf(
  what: Dump,
  sections: string,
  { knowledge, clock, replies }: DumpParts & { readonly knowledge: Knowledge },
  counter: Counter,
): Iterable<string> {
  switch (what) {
    case 'cache':
      return cacheLines(sections, knowledge, replies, counter);
    case 'nsspeeds':
      return serverLines('nsspeed', knowledge, clock, counter, speedLine);
    case 'failedservers':
      return serverLines('failed servers', knowledge, clock, counter, failureLine);
    case 'edns':
      return serverLines('edns', knowledge, clock, counter, ednsLine);
    case 'throttlemap':
      return throttleLines(knowledge, clock, counter);
    case 'saved-parent-ns-sets':
      return delegationLines(knowledge, counter);
    case 'non-resolving':
      return nonResolvingLines(knowledge, clock, counter);
    case 'dot-probe-map':
    case 'cookies':
      return [`; ${what} dump follows`, '; nothing of this kind is kept'];
    default:
      return what satisfies never;
  }
}

function* cacheLines(
  sections: string,
  knowledge: Knowledge,
  replies: Iterable<KeptReply>,
  counter: Counter,
): Generator<string> {
  if (sections.includes('r')) yield* section('main record cache', recordLines(knowledge), counter);
  if (sections.includes('n')) yield* section('negcache', denialLines(knowledge), counter);
  if (sections.includes('p')) yield* section('main packet cache', replyLines(replies), counter);
  if (sections.includes('a')) yield* section('aggressive NSEC cache', aggressiveLines(knowledge), counter);
}

/** A header, the lines of each entry, and the size. */
function* section(title: string, entries: Iterable<readonly string[]>, counter: Counter): Generator<string> {
  yield `; ${title} dump follows`;
  yield ';';
  let size = 0;
  for (const lines of entries) {
    size++;
    yield* lines;
  }
  counter.records += size;
  yield `; ${title} size: ${size}`;
}

/** Only replies over UDP are kept, the same for every client. */
function* replyLines(replies: Iterable<KeptReply>): Generator<readonly string[]> {
  for (const { name, type, seconds } of replies) {
    yield [`${nameText(DomainName.fromOctets(name))} ${seconds} ${typeText(type)}  ; tag 0 udp`];
  }
}

function* recordLines(knowledge: Knowledge): Generator<readonly string[]> {
  for (const entry of knowledge.answers.live(() => knowledge.now)) {
    if (entry.kind !== 'rrset') continue;
    const { rrset, server, rank } = entry;
    const ttl = Math.ceil(entry.expiresAt - knowledge.now);
    const zone = signerText(entry.verdict) ?? '';
    const rest = `; (${stateText(entry.verdict)}) auth=${rank - 1} zone=${zone} from=${addressOf(server)} nm= rtag= ss=0`;
    yield textsOf(rrset).map(
      ({ type, text }) => `${nameText(rrset.name)} ${rrset.ttl} ${ttl} IN ${type} ${text} ${rest}`,
    );
  }
}

function* denialLines(knowledge: Knowledge): Generator<readonly string[]> {
  for (const entry of knowledge.answers.live(() => knowledge.now)) {
    if (entry.kind === 'rrset') continue;
    const ttl = Math.ceil(entry.expiresAt - knowledge.now);
    const origin = Math.round(entry.expiresAt - entry.storedAt);
    // NXDOMAIN is about the name, whatever type was asked for.
    const type = entry.kind === 'nxdomain' ? 'TYPE0' : typeText(entry.type);
    const authority = entry.soa === undefined ? '.' : nameText(entry.soa.name);
    const head = `${nameText(entry.name)} ${ttl} IN ${type} VIA ${authority} ; (${stateText(entry.verdict)}) origttl=${origin} ss=0`;
    yield [head, ...proofLines(entry, ttl)];
  }
}

function proofLines(entry: Extract<AnswerEntry, { kind: 'nodata' | 'nxdomain' }>, ttl: number): string[] {
  const sets = entry.soa === undefined ? entry.proof : [entry.soa, ...entry.proof];
  return sets.flatMap((rrset) =>
    textsOf(rrset).map(({ type, text }) => `${nameText(rrset.name)} ${ttl} IN ${type} ${text}`),
  );
}

function* aggressiveLines(knowledge: Knowledge): Generator<readonly string[]> {
  for (const rrset of knowledge.denials.live(knowledge.now)) {
    yield textsOf(rrset).map(({ type, text }) => `${nameText(rrset.name)} ${rrset.ttl} IN ${type} ${text}`);
  }
}

/** The records of a set, and its signatures behind them. */
function textsOf({ type, rdatas, signatures }: RRset): { readonly type: string; readonly text: string }[] {
  return [
    ...rdatas.map((rdata) => ({ type: typeText(type), text: rdataText(type, rdata) })),
    ...signatures.map((rdata) => ({ type: 'RRSIG', text: rdataText(RRType.RRSIG, rdata) })),
  ];
}

/** PowerDNS's word for a state of validation. */
function stateText(verdict: Verdict | undefined): string {
  switch (verdict?.status) {
    case 'secure':
      return 'Secure';
    case 'insecure':
      return 'Insecure';
    case 'indeterminate':
      return 'Indeterminate';
    case 'bogus':
      return 'Bogus';
    default:
      return 'Unknown';
  }
}

function signerText(verdict: Verdict | undefined): string | undefined {
  if (verdict?.status !== 'secure') return undefined;
  const { link } = verdict.chain;
  return 'signature' in link ? nameText(link.signature.signer) : undefined;
}

function addressOf(server: string): string {
  return server.replace(/#[0-9]+$/, '');
}

/** One line a server, for those of which `lineOf` has something to say. */
function* serverLines(
  title: string,
  knowledge: Knowledge,
  clock: Clock,
  counter: Counter,
  lineOf: (server: KnownServer, timestamp: string) => string | undefined,
): Generator<string> {
  yield `; ${title} dump follows`;
  const timestamp = new Date(clock.wallSeconds() * 1000).toISOString();
  for (const server of knowledge.servers.known(clock.monotonicMs(), knowledge.now)) {
    const line = lineOf(server, timestamp);
    if (line === undefined) continue;
    counter.records++;
    yield line;
  }
}

function speedLine({ key, rttMs }: KnownServer, timestamp: string): string | undefined {
  if (rttMs === undefined) return undefined;
  const address = addressOf(key);
  return `${address}\t${timestamp}\t${address}/${rttMs.toFixed(3)}/${rttMs.toFixed(3)}`;
}

function failureLine({ key, timeoutsInRow, deadForMs, lame }: KnownServer, timestamp: string): string | undefined {
  if (timeoutsInRow === 0 && lame.length === 0) return undefined;
  const dead = deadForMs > 0 ? `\tnot asked for ${Math.ceil(deadForMs / 1000)} s` : '';
  const zones = lame.length > 0 ? `\tlame for ${lame.map(nameText).join(' ')}` : '';
  return `${addressOf(key)}\t${timeoutsInRow}\t${timestamp}${dead}${zones}`;
}

function ednsLine({ key, noEdnsSeconds }: KnownServer, timestamp: string): string | undefined {
  return noEdnsSeconds === 0 ? undefined : `${addressOf(key)}\tNoEDNS\t${timestamp}`;
}

/** Questions that failed and are not asked for a while, and servers that are held for dead. */
function* throttleLines(knowledge: Knowledge, clock: Clock, counter: Counter): Generator<string> {
  yield '; throttle map dump follows';
  yield '; remote\tqname\tqtype\tseconds\treason';
  for (const { key, deadForMs } of knowledge.servers.known(clock.monotonicMs(), knowledge.now)) {
    if (deadForMs === 0) continue;
    counter.records++;
    yield `${addressOf(key)}\t\t\t${Math.ceil(deadForMs / 1000)}\tServerDown`;
  }
  for (const { name, type, seconds } of knowledge.failures.live(knowledge.now)) {
    counter.records++;
    yield `\t${questionText(name, type)}\t${seconds}\tFailed`;
  }
}

function questionText(name: DomainName, type: number): string {
  return `${nameText(name)}\t${typeText(type)}`;
}

function* nonResolvingLines(knowledge: Knowledge, clock: Clock, counter: Counter): Generator<string> {
  yield '; non-resolving nameserver dump follows';
  const timestamp = new Date(clock.wallSeconds() * 1000).toISOString();
  for (const { name, fails } of knowledge.nonResolving.known(knowledge.now)) {
    counter.records++;
    yield `${nameText(name)}\t${fails}\t${timestamp}`;
  }
}

/** Zone cuts as their parents told them: kept apart from answers, and used for every walk. */
function* delegationLines(knowledge: Knowledge, counter: Counter): Generator<string> {
  yield '; dump of saved parent nameserver sets follows';
  yield '; total entries and zone, servers, seconds';
  for (const { zone, nameServers, expiresAt } of knowledge.delegations.live(knowledge.now)) {
    counter.records++;
    const names = nameServers.map(({ name }) => nameText(name)).join(',');
    yield `${nameText(zone)}\t${names}\t${Math.ceil(expiresAt - knowledge.now)}`;
  }
}
