// One client's question: follow aliases from finding to finding and make the resolution (RFC 1034 4.3.2, RFC 6604).
import type { NegativeEntry, PositiveEntry } from '../cache/answer-cache.ts';
import { insecureReasons, type Verdict } from '../dnssec/verdict.ts';
import { bogusErrors } from '../explain/cause.ts';
import type { CauseCode } from '../explain/causes.ts';
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import { parseRRSIG } from '../wire/rdata-dnssec.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { type Finding, type LookupResult, type StaleReason, synthesisedCname, verdictOfFinding } from './finding.ts';
import { isOurOwnFailure } from './lookup.ts';
import type { ServingOptions, StaleOptions } from './options.ts';
import { secondsToRefresh } from './refreshes.ts';
import type { LocalTargets, Resolution, ResolutionRequest, ResolvedRRset } from './resolution.ts';

export interface LookupStep {
  readonly kind: 'lookup';
  readonly name: DomainName;
  readonly type: number;
  /** The question has its answer already; this may still add to it. */
  readonly isExtra: boolean;
}

export interface LookupDone {
  readonly kind: 'looked-up';
  readonly result: LookupResult;
}

export interface AnsweringContext {
  readonly request: ResolutionRequest;
  readonly maxAliases: number;
  /** Zones that are answered here. Whoever asks has looked there for the first name already. */
  readonly localTargets?: LocalTargets | undefined;
  /** Cache-clock seconds, read anew each time. */
  readonly now: () => number;
  /** Hears of an answer that would do, while something is looked up that may make another one of it. */
  readonly onSettled: (resolution: Resolution) => void;
  /** Seconds since 1970. */
  readonly wallSeconds: () => number;
  readonly serving: Pick<ServingOptions, 'originalTtl' | 'refreshPercent'> & {
    readonly stale: Pick<StaleOptions, 'replyTtl' | 'tellsClient'> | undefined;
  };
}

/** Parts of a resolution as they are found. */
class Draft {
  readonly answer: ResolvedRRset[] = [];
  readonly authority: ResolvedRRset[] = [];
  readonly errors: ExtendedError[] = [];
  verdict: Verdict | undefined;
  authentic = true;
  /** Others may be given the same. */
  shareable = true;
  keepSeconds = Number.POSITIVE_INFINITY;
  private readonly inAuthority = new Set<string>();

  /** Takes a verdict in: the worst of all parts is the resolution's. */
  judge(verdict: Verdict | undefined): void {
    if (verdict?.status !== 'secure') this.authentic = false;
    if (this.verdict === undefined || severity(verdict) > severity(this.verdict)) this.verdict = verdict;
    if (verdict?.status === 'insecure') {
      const { ede, text } = insecureReasons[verdict.reason];
      if (ede !== undefined && !this.errors.some(({ code }) => code === ede)) {
        this.errors.push({ code: ede, text: insecureText(verdict, text) });
      }
    }
  }

  noteSynthesis(finding: Finding): void {
    if (finding.kind !== 'negative' || !finding.synthesised) return;
    this.errors.push({ code: EdeCode.SYNTHESIZED, text: 'from cached denials (RFC 8198, 8020)' });
  }

  /** What may go along with a failure: nothing behind a bogus alias, which only a client with CD is led on by. */
  get aliases(): readonly ResolvedRRset[] {
    return this.verdict?.status === 'bogus' ? [] : this.answer;
  }

  addAuthority(rrset: RRset, ttl: number): void {
    const key = rrsetKey(rrset.name, rrset.type);
    if (this.inAuthority.has(key)) return;
    this.inAuthority.add(key);
    this.authority.push({ rrset, ttl });
  }

  finish(rcode: number): Resolution {
    const { answer, authority, verdict, errors } = this;
    const authentic = this.authentic && verdict !== undefined && answer.length + authority.length > 0;
    const { shareable, keepSeconds } = this;
    const resolution = { rcode, answer, authority, verdict, authentic, errors, shareable };
    return Number.isFinite(keepSeconds) ? { ...resolution, keepSeconds } : resolution;
  }

  /** With `answer`, what was found on the way goes along; it is never authentic. */
  fail(rcode: number, errors: readonly ExtendedError[], answer: readonly ResolvedRRset[] = []): Resolution {
    return {
      rcode,
      answer,
      authority: [],
      verdict: this.verdict,
      authentic: false,
      // No failure goes out without a reason (RFC 8914).
      errors: errors.length > 0 ? errors : [noUsableAnswer],
      shareable: true,
    };
  }
}

const noUsableAnswer: ExtendedError = {
  code: EdeCode.NO_REACHABLE_AUTHORITY,
  text: 'no usable answer',
  cause: 'servers-silent',
};

function severity(verdict: Verdict | undefined): number {
  switch (verdict?.status) {
    case 'secure':
      return 0;
    case 'indeterminate':
      return 2;
    case 'insecure':
      return 1;
    case 'bogus':
      return 3;
    default:
      return 2;
  }
}

/**
 * Follows the question to its end. Where that is a failure, the aliases found on the way go along: the RCODE is the last
 * name's (RFC 6604 3), and they tell which name that is. Nothing goes along with what is bogus.
 */
export function* answerQuestion(context: AnsweringContext): Generator<LookupStep, Resolution, LookupDone> {
  const { request } = context;
  const { type } = request.question;
  const draft = new Draft();
  draft.shareable = !context.serving.originalTtl;
  const visited = new Set<string>();
  let further: ReadonlyMap<string, Finding> | undefined;
  let name = request.question.name;
  for (let step = 0; step <= context.maxAliases; step++) {
    if (visited.has(name.key)) return failLoop(draft, name);
    visited.add(name.key);
    const local = step === 0 ? undefined : context.localTargets?.({ ...request.question, name });
    if (local !== undefined) {
      draft.judge({ status: 'insecure', reason: 'local', chain: undefined });
      if (local.kind === 'answer') return addLocal(draft, local.resolution);
      draft.answer.push(...local.aliases);
      further = undefined;
      name = local.target;
      continue;
    }
    let finding = further?.get(rrsetKey(name, type));
    let stale: StaleReason | undefined;
    let deniesTarget = false;
    if (finding === undefined) {
      const { result } = yield { kind: 'lookup', name, type, isExtra: false };
      if (!result.ok) {
        if (result.failure === 'not-cached') return draft.fail(Rcode.REFUSED, result.errors);
        if (result.verdict !== undefined) draft.judge(result.verdict);
        return draft.fail(Rcode.SERVFAIL, result.errors, serversFailed(result) ? draft.aliases : []);
      }
      further = result.further;
      finding = result.finding;
      stale = result.stale;
      deniesTarget = result.deniesTarget === true;
      draft.noteSynthesis(finding);
    }
    const verdict = verdictOfFinding(finding);
    draft.judge(verdict);
    if (verdict?.status === 'bogus') {
      const errors = bogusErrors(verdict);
      if (!request.checkingDisabled) return draft.fail(Rcode.SERVFAIL, errors);
      // Who gets the data all the same is told what is wrong with them.
      draft.errors.push(...errors);
    }
    const ttls = stale === undefined ? new LiveTtls(context) : new StaleTtls(context, draft);
    if (stale !== undefined) addStaleErrors(draft, finding, stale, context);
    const refreshIn = secondsToRefresh(finding, context.serving.refreshPercent, context.now());
    draft.keepSeconds = Math.min(draft.keepSeconds, refreshIn);
    if (finding.kind === 'rrsets') {
      for (const entry of finding.entries) addEntry(draft, entry, ttls);
      if (deniesTarget) return yield* finishAlias(context, draft, targetOf(finding.entries[0]));
      return draft.finish(Rcode.NOERROR);
    }
    if (finding.kind === 'negative') return addDenial(draft, finding.entry, ttls);
    const ttl = addEntry(draft, finding.entry, ttls);
    // RFC 6672 2.2: the DNAME itself proves that the substituted name is too long.
    if (finding.target === undefined) return draft.finish(Rcode.YXDOMAIN);
    if (finding.type === 'dname') {
      draft.answer.push({ rrset: synthesisedCname(name, finding.entry.rrset, finding.target), ttl });
    }
    // RFC 1034 3.6.2: who asks for the alias, or for anything, has got it.
    if (deniesTarget) return yield* finishAlias(context, draft, finding.target);
    if (type === RRType.CNAME || type === RRType.ANY) return draft.finish(Rcode.NOERROR);
    name = finding.target;
  }
  return draft.fail(Rcode.SERVFAIL, [aliasError('too many aliases, last', name, 'too-many-aliases')], draft.aliases);
}

/**
 * Who asks for an alias is not led on. But a server that says NXDOMAIN beside it speaks of the target (RFC 2308 2.1): where
 * that is so, and proved no worse than the alias, the RCODE is the target's and its denial goes along (RFC 6604 3). The
 * alias is the answer in any case: the client does not wait long for what the target's servers have to say.
 */
function* finishAlias(
  context: AnsweringContext,
  draft: Draft,
  target: DomainName | undefined,
): Generator<LookupStep, Resolution, LookupDone> {
  const { question } = context.request;
  const settled = draft.finish(Rcode.NOERROR);
  if (target === undefined || context.localTargets?.({ ...question, name: target }) !== undefined) return settled;
  // What follows adds to the draft's own lists.
  context.onSettled({ ...settled, authority: [...settled.authority], errors: [...settled.errors] });
  const { result } = yield { kind: 'lookup', name: target, type: RRType.CNAME, isExtra: true };
  if (!result.ok || result.stale !== undefined) return settled;
  const { finding } = result;
  if (finding.kind !== 'negative' || finding.entry.kind !== 'nxdomain') return settled;
  const { verdict } = finding.entry;
  if (severity(verdict) > severity(draft.verdict)) return settled;
  draft.noteSynthesis(finding);
  draft.judge(verdict);
  if (verdict?.status === 'bogus') draft.errors.push(...bogusErrors(verdict));
  return addDenial(draft, finding.entry, new LiveTtls(context));
}

function targetOf(alias: PositiveEntry | undefined): DomainName | undefined {
  const rdata = alias?.rrset.rdatas[0];
  return rdata === undefined ? undefined : parseNameRdata(rdata);
}

/**
 * Whether servers of the last name were asked in vain, so that the failure is that name's: not where a limit of ours has
 * ended the question, nor where there was nobody to ask.
 */
function serversFailed({ failure, errors }: Extract<LookupResult, { ok: false }>): boolean {
  return !isOurOwnFailure(failure) && !errors.some(({ cause }) => cause === 'no-server-address');
}

/**
 * RFC 1034 3.6.2: a loop is an error. CNAMEs that lead back to themselves are of no use to anybody and are left out, as
 * PowerDNS and Unbound do; a DNAME that has part in it goes out with what was made of it (RFC 6672 3.1), since it is right
 * for other names below it.
 */
function failLoop(draft: Draft, name: DomainName): Resolution {
  const hasDname = draft.answer.some(({ rrset }) => rrset.type === RRType.DNAME);
  const errors = [aliasError('alias loop at', name, 'alias-loop')];
  return draft.fail(Rcode.SERVFAIL, errors, hasDname ? draft.aliases : []);
}

function addLocal(draft: Draft, { rcode, answer, authority }: Resolution): Resolution {
  draft.answer.push(...answer);
  for (const { rrset, ttl } of authority) draft.addAuthority(rrset, ttl);
  return draft.finish(rcode);
}

/** Which TTL each part of an entry goes out with. */
interface Ttls {
  /** Of the RRset itself, or of the SOA of a denial, which may lack one. */
  of(entry: PositiveEntry | NegativeEntry, rrset: RRset | undefined): number;
  /** Of what proves it. */
  ofProof(rrset: RRset, ttl: number): number;
}

/** What is left of an entry's life, or what the server gave. */
class LiveTtls implements Ttls {
  private readonly now: number;
  private readonly originalTtl: boolean;

  constructor({ now, serving }: AnsweringContext) {
    this.now = now();
    this.originalTtl = serving.originalTtl;
  }

  of(entry: PositiveEntry | NegativeEntry, rrset: RRset | undefined): number {
    if (this.originalTtl && rrset !== undefined) return originalTtl(rrset);
    if (entry.kind === 'rrset' && rrset?.ttl === 0) return 0;
    return Math.max(0, Math.floor(entry.expiresAt - this.now));
  }

  ofProof(rrset: RRset, ttl: number): number {
    return Math.min(ttl, this.originalTtl ? originalTtl(rrset) : rrset.ttl);
  }
}

/**
 * Data that have ended go out with a short TTL of their own (RFC 8767 5.2.1.1), to nobody but this client, and as authentic
 * only while their signatures last.
 */
class StaleTtls implements Ttls {
  private readonly replyTtl: number;
  private readonly wallSeconds: number;
  private readonly draft: Draft;

  constructor({ serving, wallSeconds }: AnsweringContext, draft: Draft) {
    this.replyTtl = serving.stale?.replyTtl ?? 0;
    this.wallSeconds = wallSeconds();
    this.draft = draft;
    draft.shareable = false;
  }

  of(_entry: PositiveEntry | NegativeEntry, rrset: RRset | undefined): number {
    return rrset === undefined ? this.replyTtl : this.ofProof(rrset);
  }

  ofProof(rrset: RRset): number {
    if (!isSignedAt(rrset, this.wallSeconds)) this.draft.authentic = false;
    return this.replyTtl;
  }
}

/** The TTL that the server gave, or the signer where that is less (RFC 4035 5.3.3). */
function originalTtl({ ttl, signatures }: RRset): number {
  return signatures.reduce((least, rdata) => Math.min(least, parseRRSIG(rdata)?.originalTtl ?? least), ttl);
}

/** Whether none of an RRset's signatures has expired (RFC 4034 3.1.5). */
function isSignedAt({ signatures }: RRset, wallSeconds: number): boolean {
  return signatures.every((rdata) => {
    const expiration = parseRRSIG(rdata)?.expiration;
    return expiration !== undefined && ((expiration - wallSeconds) | 0) >= 0;
  });
}

/** Says that data are stale, and what kept fresh ones away. */
function addStaleErrors(draft: Draft, finding: Finding, { errors }: StaleReason, { serving }: AnsweringContext): void {
  if (serving.stale?.tellsClient !== true) return;
  const isNxdomain = finding.kind === 'negative' && finding.entry.kind === 'nxdomain';
  const code = isNxdomain ? EdeCode.STALE_NXDOMAIN : EdeCode.STALE_ANSWER;
  draft.errors.unshift({ code, text: '' });
  draft.errors.push(...errors);
}

function addEntry(draft: Draft, entry: PositiveEntry, ttls: Ttls): number {
  const ttl = ttls.of(entry, entry.rrset);
  draft.answer.push({ rrset: entry.rrset, ttl });
  for (const rrset of entry.proof) draft.addAuthority(rrset, ttls.ofProof(rrset, ttl));
  return ttl;
}

function addDenial(draft: Draft, entry: NegativeEntry, ttls: Ttls): Resolution {
  const ttl = ttls.of(entry, entry.soa);
  if (entry.soa !== undefined) draft.addAuthority(entry.soa, ttl);
  for (const rrset of entry.proof) draft.addAuthority(rrset, ttls.ofProof(rrset, ttl));
  const resolution = draft.finish(entry.kind === 'nxdomain' ? Rcode.NXDOMAIN : Rcode.NOERROR);
  return entry.compact && entry.kind === 'nodata' ? { ...resolution, deniedCompactly: true } : resolution;
}

function aliasError(text: string, name: DomainName, cause: CauseCode): ExtendedError {
  return { code: EdeCode.OTHER, text: `${text} ${nameTextWithoutDot(name)}`, cause };
}

function insecureText(verdict: Extract<Verdict, { status: 'insecure' }>, text: string): string {
  const link = verdict.chain?.link;
  if (link?.kind === 'negative-anchor') return `${nameTextWithoutDot(link.zone)}: ${link.reason || text}`;
  if (link?.kind === 'insecure-delegation') return `${nameTextWithoutDot(link.zone)}: ${text}`;
  return text;
}
