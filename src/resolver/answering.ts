// One client's question: follow aliases from finding to finding and make the resolution (RFC 1034 4.3.2, RFC 6604).
import type { NegativeEntry, PositiveEntry } from '../cache/answer-cache.ts';
import { bogusReasons, failureOf, insecureReasons, type Verdict } from '../dnssec/verdict.ts';
import { EdeCode, Rcode, RRType, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { type Finding, type LookupResult, synthesisedCname, verdictOfFinding } from './finding.ts';
import type { LocalTargets, Resolution, ResolutionRequest, ResolvedRRset } from './resolution.ts';

export interface LookupStep {
  readonly kind: 'lookup';
  readonly name: DomainName;
  readonly type: number;
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
}

/** Parts of a resolution as they are found. */
class Draft {
  readonly answer: ResolvedRRset[] = [];
  readonly authority: ResolvedRRset[] = [];
  readonly errors: ExtendedError[] = [];
  verdict: Verdict | undefined;
  authentic = true;
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

  addAuthority(rrset: RRset, ttl: number): void {
    const key = rrsetKey(rrset.name, rrset.type);
    if (this.inAuthority.has(key)) return;
    this.inAuthority.add(key);
    this.authority.push({ rrset, ttl });
  }

  finish(rcode: number): Resolution {
    const { answer, authority, verdict, errors } = this;
    const authentic = this.authentic && verdict !== undefined && answer.length + authority.length > 0;
    return { rcode, answer, authority, verdict, authentic, errors, shareable: true };
  }

  fail(rcode: number, errors: readonly ExtendedError[]): Resolution {
    return {
      rcode,
      answer: [],
      authority: [],
      verdict: this.verdict,
      authentic: false,
      // No failure goes out without a reason (RFC 8914).
      errors: errors.length > 0 ? errors : [{ code: EdeCode.NO_REACHABLE_AUTHORITY, text: 'no usable answer' }],
      shareable: true,
    };
  }
}

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

/** Follows the question to its end. */
export function* answerQuestion(context: AnsweringContext): Generator<LookupStep, Resolution, LookupDone> {
  const { request } = context;
  const { type } = request.question;
  const draft = new Draft();
  const visited = new Set<string>();
  let further: ReadonlyMap<string, Finding> | undefined;
  let name = request.question.name;
  for (let step = 0; step <= context.maxAliases; step++) {
    if (visited.has(name.key)) return draft.fail(Rcode.SERVFAIL, [aliasError('alias loop at', name)]);
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
    if (finding === undefined) {
      const { result } = yield { kind: 'lookup', name, type };
      if (!result.ok) {
        const rcode = result.failure === 'not-cached' ? Rcode.REFUSED : Rcode.SERVFAIL;
        return draft.fail(rcode, result.errors);
      }
      further = result.further;
      finding = result.finding;
      if (finding.kind === 'negative' && finding.synthesised) {
        draft.errors.push({ code: EdeCode.SYNTHESIZED, text: 'from cached denials (RFC 8198, 8020)' });
      }
    }
    const verdict = verdictOfFinding(finding);
    draft.judge(verdict);
    if (verdict?.status === 'bogus') {
      const errors = bogusErrors(verdict);
      if (!request.checkingDisabled) return draft.fail(Rcode.SERVFAIL, errors);
      // Who gets the data all the same is told what is wrong with them.
      draft.errors.push(...errors);
    }
    if (finding.kind === 'rrsets') {
      for (const entry of finding.entries) addEntry(draft, entry, context.now());
      return draft.finish(Rcode.NOERROR);
    }
    if (finding.kind === 'negative') return addDenial(draft, finding.entry, context.now());
    addEntry(draft, finding.entry, context.now());
    // RFC 6672 2.2: the DNAME itself proves that the substituted name is too long.
    if (finding.target === undefined) return draft.finish(Rcode.YXDOMAIN);
    if (finding.type === 'dname') {
      draft.answer.push({
        rrset: synthesisedCname(name, finding.entry.rrset, finding.target),
        ttl: remaining(finding.entry, context.now()),
      });
    }
    // RFC 1034 3.6.2: who asks for the alias, or for anything, has got it.
    if (type === RRType.CNAME || type === RRType.ANY) return draft.finish(Rcode.NOERROR);
    name = finding.target;
  }
  return draft.fail(Rcode.SERVFAIL, [aliasError('too many aliases, last', name)]);
}

function addLocal(draft: Draft, { rcode, answer, authority }: Resolution): Resolution {
  draft.answer.push(...answer);
  for (const { rrset, ttl } of authority) draft.addAuthority(rrset, ttl);
  return draft.finish(rcode);
}

function remaining(entry: { readonly expiresAt: number }, now: number): number {
  return Math.max(0, Math.floor(entry.expiresAt - now));
}

function addEntry(draft: Draft, entry: PositiveEntry, now: number): void {
  const ttl = Math.min(remaining(entry, now), entry.rrset.ttl === 0 ? 0 : Number.MAX_SAFE_INTEGER);
  draft.answer.push({ rrset: entry.rrset, ttl });
  for (const rrset of entry.proof) draft.addAuthority(rrset, Math.min(ttl, rrset.ttl));
}

function addDenial(draft: Draft, entry: NegativeEntry, now: number): Resolution {
  const ttl = remaining(entry, now);
  if (entry.soa !== undefined) draft.addAuthority(entry.soa, ttl);
  for (const rrset of entry.proof) draft.addAuthority(rrset, Math.min(ttl, rrset.ttl));
  const resolution = draft.finish(entry.kind === 'nxdomain' ? Rcode.NXDOMAIN : Rcode.NOERROR);
  return entry.compact && entry.kind === 'nodata' ? { ...resolution, deniedCompactly: true } : resolution;
}

function aliasError(text: string, name: DomainName): ExtendedError {
  return { code: EdeCode.OTHER, text: `${text} ${nameTextWithoutDot(name)}` };
}

/** The extended error of a bogus verdict: what is wrong, where, and what was found. */
export function bogusErrors(verdict: Verdict): ExtendedError[] {
  const failure = failureOf(verdict);
  if (verdict.status !== 'bogus') return [];
  const { ede, text } = bogusReasons[verdict.reason];
  if (failure === undefined) return [{ code: ede, text }];
  const where = `${nameTextWithoutDot(failure.name)} ${typeText(failure.type)}`;
  const errors = [{ code: ede, text: `${where}: ${text}` }];
  const start = verdict.chain.previous?.link;
  if (start?.kind === 'anchor' && start.zone.equals(failure.zone) && failure.type === RRType.DNSKEY) {
    // Not the zone's owner but the configuration may be wrong.
    errors.push({ code: ede, text: `trust anchor of ${nameTextWithoutDot(start.zone)}: ${start.keyTags.join(', ')}` });
  }
  // EXTRA-TEXT is short: what was found, and at which server, goes into a second option of the same code.
  const details = [
    failure.found === '' ? '' : `found ${failure.found}`,
    failure.server === '' ? '' : `at ${failure.server}`,
  ];
  const detail = details.filter((part) => part !== '').join(', ');
  if (detail !== '') errors.push({ code: ede, text: detail });
  return errors;
}

function insecureText(verdict: Extract<Verdict, { status: 'insecure' }>, text: string): string {
  const link = verdict.chain?.link;
  if (link?.kind === 'negative-anchor') return `${nameTextWithoutDot(link.zone)}: ${link.reason || text}`;
  if (link?.kind === 'insecure-delegation') return `${nameTextWithoutDot(link.zone)}: ${text}`;
  return text;
}
