// From a resolution and the verdicts of its parts to an explanation. Everything in it was recorded by the validator.
import { algorithmText, digestTypeText } from '../dnssec/algorithms.ts';
import { type ChainLink, chainLinks, insecureReasons, type SignatureSummary, type Verdict } from '../dnssec/verdict.ts';
import { Rcode, RRType, rcodeText, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText, nameTextWithoutDot } from '../wire/name-text.ts';
import { causeOfResolution, causeOfVerdict, placesOf } from './cause.ts';
import { type CausePlaces, fillLine, fillPlaces } from './cause-row.ts';
import { type CauseCode, causeRow } from './causes.ts';
import type {
  ExplainedAttempt,
  ExplainedCause,
  ExplainedLink,
  ExplainedPart,
  ExplainedSignature,
  ExplainedStatus,
  Explanation,
} from './explanation.ts';

/** One part of an answer with its verdict. */
export interface PartInput {
  readonly name: DomainName;
  readonly type: number;
  readonly what: ExplainedPart['what'];
  readonly target?: DomainName | undefined;
  /** Undefined for what nobody has validated. */
  readonly verdict: Verdict | undefined;
  /** Who gave it, `address#port`. */
  readonly server?: string | undefined;
}

export interface ExplanationInput {
  readonly question: { readonly name: DomainName; readonly type: number };
  /** Unix seconds as of which was judged. */
  readonly nowSeconds: number;
  readonly source: Explanation['source'];
  readonly resolution: {
    readonly rcode: number;
    readonly verdict: Verdict | undefined;
    readonly authentic: boolean;
    readonly errors: readonly ExtendedError[];
  };
  readonly parts: readonly PartInput[];
  /** Records in presentation form. */
  readonly answer: readonly string[];
  readonly attempts: readonly ExplainedAttempt[];
  readonly elapsedMs: number;
}

export function buildExplanation(input: ExplanationInput): Explanation {
  const { question, nowSeconds, source, resolution, answer, attempts, elapsedMs } = input;
  const status = statusOf(resolution.rcode, resolution.verdict);
  const code = causeOfResolution(resolution);
  return {
    schema: 1,
    question: { name: nameText(question.name), type: typeText(question.type) },
    at: timeText(nowSeconds),
    source,
    status,
    rcode: rcodeText(resolution.rcode),
    authentic: resolution.authentic,
    answer,
    parts: input.parts.map((part) => explainPart(part, nowSeconds, attempts)),
    cause: code === undefined ? null : explainCause(code, placesFor(input)),
    errors: resolution.errors.map(({ code: ede, text }) => ({ code: ede, text })),
    attempts,
    elapsedMs: Math.round(elapsedMs * 10) / 10,
  };
}

function statusOf(rcode: number, verdict: Verdict | undefined): ExplainedStatus {
  if (verdict?.status === 'bogus') return 'bogus';
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN && rcode !== Rcode.YXDOMAIN) return 'failed';
  return verdict?.status ?? 'indeterminate';
}

function placesFor({ question, resolution, attempts }: ExplanationInput): CausePlaces {
  const { verdict } = resolution;
  if (verdict !== undefined) return placesOf(verdict, question.name, question.type);
  const zone = resolution.errors.find((error) => error.zone !== undefined)?.zone ?? question.name;
  const places = placesOf({ status: 'indeterminate' }, zone, question.type);
  return { ...places, name: nameTextWithoutDot(question.name), server: attempts.at(-1)?.server ?? places.server };
}

/** A row of the table with its places filled in. */
export function explainCause(code: CauseCode, places: CausePlaces): ExplainedCause {
  const { ede, text, explanation, side, hint, remedies } = causeRow(code);
  const fill = (template: string): string => fillPlaces(template, places);
  return {
    code,
    ede: ede ?? null,
    text,
    explanation,
    side,
    hint: fill(hint),
    remedies: remedies.map((remedy) => ({
      text: fill(remedy.text),
      lines: remedy.lines.map(({ where, line }) => ({ where: fill(where), line: fillLine(line, places) })),
    })),
  };
}

function explainPart(part: PartInput, now: number, attempts: readonly ExplainedAttempt[]): ExplainedPart {
  const { name, type, what, target, verdict, server } = part;
  const chain = verdict === undefined || verdict.status === 'indeterminate' ? undefined : verdict.chain;
  const links = chainLinks(chain).map((link) => withTiming(withServer(explainLink(link, now), server), attempts));
  return {
    name: nameText(name),
    type: typeText(type),
    what,
    ...(target !== undefined && { target: nameText(target) }),
    status: verdict?.status ?? (what === 'nothing' ? 'failed' : 'indeterminate'),
    // The last link of a bogus chain says in words of the table why it broke.
    links: links.map((link) => (link.kind === 'failure' && verdict !== undefined ? withCause(link, verdict) : link)),
  };
}

/** Data in the cache keep their server beside the link. */
function withServer(link: ExplainedLink, server: string | undefined): ExplainedLink {
  const isData = link.kind === 'rrset' || link.kind === 'denial';
  return isData && link.server === undefined && server !== undefined && server !== '' ? { ...link, server } : link;
}

function withCause(link: ExplainedLink, verdict: Verdict): ExplainedLink {
  const code = causeOfVerdict(verdict);
  return code === undefined ? link : { ...link, why: causeRow(code).text };
}

/** The time that the server took, where the link does not know it: of the query for this very set, or else of the referral that brought it. */
function withTiming(link: ExplainedLink, attempts: readonly ExplainedAttempt[]): ExplainedLink {
  if (link.ms !== undefined || link.server === undefined || link.server === 'cache') return link;
  const type = link.kind === 'ds' || link.kind === 'dnskey' ? link.kind.toUpperCase() : link.type;
  const name = link.name ?? link.zone;
  const ofServer = attempts.filter(({ server, ms }) => server === link.server && ms !== undefined);
  const exact = ofServer.findLast((attempt) => attempt.type === type && sameText(attempt.name, name));
  const ms = (exact ?? ofServer.findLast((attempt) => endsWithName(attempt.name, name)))?.ms;
  return ms === undefined ? link : { ...link, ms };
}

function sameText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function endsWithName(name: string, suffix: string): boolean {
  return sameText(name, suffix) || name.toLowerCase().endsWith(`.${suffix.toLowerCase()}`);
}

function explainLink(link: ChainLink, now: number): ExplainedLink {
  switch (link.kind) {
    case 'anchor':
      return { kind: 'anchor', state: 'secure', zone: nameText(link.zone), keys: [], why: anchorWords(link.keyTags) };
    case 'negative-anchor':
      return {
        kind: 'negative-anchor',
        state: 'insecure',
        zone: nameText(link.zone),
        keys: [],
        why: link.reason === '' ? 'no reason given' : link.reason,
      };
    case 'ds':
      return {
        kind: 'ds',
        state: 'secure',
        zone: nameText(link.zone),
        keys: (link.records ?? []).map(({ keyTag, algorithm, digestType }) => ({
          ...keyWords(keyTag, algorithm),
          digestType,
          digestName: digestTypeText(digestType),
        })),
        signature: signatureWords(link.signature, now),
        ...serverOf(link.server, link.ms),
      };
    case 'dnskey':
      return {
        kind: 'dnskey',
        state: 'secure',
        zone: nameText(link.zone),
        keys: (link.keys ?? []).map(({ keyTag, algorithm, flags }) => ({
          ...keyWords(keyTag, algorithm),
          flags,
          isEntryPoint: keyTag === link.matched.keyTag && algorithm === link.matched.algorithm,
        })),
        signature: signatureWords(link.signature, now),
        ...serverOf(link.server, link.ms),
      };
    case 'insecure-delegation':
      return {
        kind: 'insecure-delegation',
        state: 'insecure',
        zone: nameText(link.zone),
        keys: [],
        why: insecureReasons[link.reason].text,
      };
    case 'rrset':
      return {
        kind: 'rrset',
        state: 'secure',
        zone: nameText(link.signature.signer),
        name: nameText(link.name),
        type: typeText(link.type),
        keys: [],
        signature: signatureWords(link.signature, now),
        ...(link.wildcard !== undefined && { wildcard: nameText(link.wildcard) }),
        ...serverOf(link.server, link.ms),
      };
    case 'denial':
      return {
        kind: 'denial',
        state: link.optOut ? 'insecure' : 'secure',
        zone: nameText(link.name),
        name: nameText(link.name),
        type: typeText(link.type),
        keys: [],
        proof: link.proof,
        optOut: link.optOut,
        ...serverOf(link.server, link.ms),
      };
    case 'failure':
      return {
        kind: 'failure',
        state: 'broken',
        zone: nameText(link.zone),
        name: nameText(link.name),
        type: typeText(link.type),
        keys: [],
        ...(link.judged !== undefined && { signature: signatureWords(link.judged, now) }),
        expected: link.expected,
        found: link.found,
        ...serverOf(link.server === '' ? undefined : link.server, link.ms),
        ...(link.atSeconds !== undefined && { at: timeText(link.atSeconds) }),
      };
    default:
      return link satisfies never;
  }
}

function anchorWords(keyTags: readonly number[]): string {
  return `key tag${keyTags.length === 1 ? '' : 's'} ${[...new Set(keyTags)].join(', ')}`;
}

function keyWords(tag: number, algorithm: number): { tag: number; algorithm: number; algorithmName: string } {
  return { tag, algorithm, algorithmName: algorithmText(algorithm) };
}

function serverOf(server: string | undefined, ms: number | undefined): { server?: string; ms?: number } {
  return { ...(server !== undefined && { server }), ...(ms !== undefined && { ms }) };
}

function signatureWords(signature: SignatureSummary, now: number): ExplainedSignature {
  const { signer, keyTag, algorithm, inception, expiration } = signature;
  // 32-bit serial numbers: the instants nearest to now (RFC 4034 3.1.5).
  const secondsLeft = (expiration - Math.floor(now)) | 0;
  const secondsUntilInception = (inception - Math.floor(now)) | 0;
  return {
    signer: nameText(signer),
    keyTag,
    algorithm,
    algorithmName: algorithmText(algorithm),
    inception: timeText(now + secondsUntilInception),
    expiration: timeText(now + secondsLeft),
    secondsLeft,
    secondsUntilInception,
  };
}

function timeText(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Types that only prove something are not worth a line of the answer. */
export function isProofType(type: number): boolean {
  return type === RRType.RRSIG || type === RRType.NSEC || type === RRType.NSEC3;
}
