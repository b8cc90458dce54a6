// How what has come gets into the stores: for how long, with which rank and verdict, and what else it tells of (proofs for
// other names, wildcards). Called by look-ups and by the chain of trust only.
import { type NegativeEntry, type PositiveEntry, Rank } from '../cache/answer-cache.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import type { AnswerStep, Response } from '../iterator/response.ts';
import type { JudgedDenial, JudgedRRset } from '../validator/validation.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseSOA } from '../wire/rdata.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { type Finding, synthesisedCname } from './finding.ts';
import type { Knowledge } from './knowledge.ts';
import { type Keeps, keepsAll } from './wipes.ts';

/** A record with TTL 0 lives this long, so that those who waited for it get it (SECURITY 1.5, cache.min-ttl). */
const LEAST_LIFE_SECONDS = 1;
/** A denial without SOA says nothing about its life (RFC 2308 5). */
const NO_SOA_LIFE_SECONDS = 5;

/** Internal zones change by hand, and whoever adds a host looks at once. */
const FORWARDED_SYNTHESIS_SECONDS = 60;

const NO_CAP = Number.MAX_SAFE_INTEGER;
const NO_RRSETS: readonly RRset[] = [];

/** As judged, or without verdict where nobody validates. */
type StoredRRset = Omit<JudgedRRset, 'verdict'> & { readonly verdict: Verdict | undefined };
type StoredDenial = Omit<JudgedDenial, 'verdict'> & { readonly verdict: Verdict | undefined };

interface StoredResponse {
  readonly steps: readonly (readonly StoredRRset[])[];
  readonly denial: StoredDenial | undefined;
}

/** What a response says of the name asked, and of alias targets by `rrsetKey(name, type)`. */
interface StoredFindings {
  readonly first: Finding;
  readonly further: Map<string, Finding> | undefined;
}

/**
 * Stores a judged response and returns what it says of the name asked, and of alias targets. Undefined when the
 * response says nothing of the name (it ended in an alias that leads away, which is itself a finding). Names that may
 * not be kept are not stored, and as alias targets not told of: they are looked up anew.
 */
export function storeJudged(
  knowledge: Knowledge,
  response: Response,
  judged: StoredResponse,
  keeps: Keeps = keepsAll,
): StoredFindings | undefined {
  const found: { name: DomainName; finding: Finding }[] = [];
  for (let index = 0; index < judged.steps.length; index++) {
    const sets = judged.steps[index];
    const step = response.steps[index];
    if (step === undefined || sets === undefined) break;
    if (index > 0 && !sets.every(({ verdict }) => countsBehindAlias(knowledge, verdict, response))) break;
    const finding = storeStep(knowledge, step, sets, response, keeps);
    if (finding !== undefined) found.push({ name: step.name, finding });
  }
  const behindAlias = judged.steps.length > 0;
  if (judged.denial !== undefined && !(behindAlias && !countsBehindAlias(knowledge, judged.denial.verdict, response))) {
    const entry = storeDenial(knowledge, judged.denial, response, keeps);
    found.push({ name: response.lastName, finding: { kind: 'negative', entry, synthesised: false } });
  }
  const [first, ...rest] = found;
  if (first === undefined) return undefined;
  if (rest.length === 0) return { first: first.finding, further: undefined };
  const further = rest.filter(({ name }) => keeps(name));
  return {
    first: first.finding,
    further: new Map(further.map(({ name, finding }) => [rrsetKey(name, response.type), finding])),
  };
}

/** Stores a response that nobody validates, as unchecked data. */
export function storeUnchecked(
  knowledge: Knowledge,
  response: Response,
  keeps: Keeps = keepsAll,
): StoredFindings | undefined {
  const uncheckedSets = (rrsets: readonly RRset[]): StoredRRset[] =>
    rrsets.map((rrset) => ({
      rrset,
      verdict: undefined,
      maxTtl: NO_CAP,
      proof: response.denial,
      wildcard: undefined,
    }));
  const steps = response.steps.map((step) => uncheckedSets(step.kind === 'rrsets' ? step.rrsets : [step.rrset]));
  const { conclusion, soa } = response;
  const denial: StoredDenial | undefined =
    conclusion === 'nodata' || conclusion === 'nxdomain'
      ? {
          kind: conclusion,
          verdict: undefined,
          maxTtl: NO_CAP,
          soa,
          proof: response.denial,
          cutBelow: false,
          compact: false,
        }
      : undefined;
  return storeJudged(knowledge, response, { steps, denial }, keeps);
}

/** Stores a DS or DNSKEY set that a chain of trust has verified. */
export function storeVerified(
  knowledge: Knowledge,
  entry: Omit<PositiveEntry, 'kind' | 'storedAt' | 'expiresAt' | 'proof' | 'rank'>,
  ttl: number,
): void {
  const now = knowledge.now;
  const life = Math.max(LEAST_LIFE_SECONDS, Math.min(ttl, knowledge.options.maxTtl));
  const { rrset, verdict, server } = entry;
  const stored: PositiveEntry = {
    kind: 'rrset',
    rrset,
    proof: NO_RRSETS,
    rank: Rank.AUTHORITATIVE,
    verdict,
    storedAt: now,
    expiresAt: now + life,
    server,
  };
  knowledge.answers.set(rrset.name, rrset.type, stored, now);
}

/**
 * Whether what a reply adds behind an alias is taken. RFC 2181 5.4.1: it may come from the server's cache, so that the
 * alias target is asked for by itself, unless a signature tells. A forwarder has nothing but its cache.
 */
function countsBehindAlias(knowledge: Knowledge, verdict: Verdict | undefined, { name, type }: Response): boolean {
  if (verdict?.status === 'secure') return true;
  const route = knowledge.routes.routeOf(name, type);
  return verdict?.status !== 'bogus' && route.kind === 'forward' && route.recurse;
}

function storeStep(
  knowledge: Knowledge,
  step: AnswerStep,
  sets: readonly StoredRRset[],
  response: Response,
  keeps: Keeps,
): Finding | undefined {
  const keep =
    keeps(step.name) && response.type !== RRType.ANY && response.type !== RRType.RRSIG && response.type !== RRType.SIG;
  const onlyDS = cameByParentsRoute(knowledge, response);
  const entries: PositiveEntry[] = [];
  for (const judged of sets) {
    entries.push(storeRRset(knowledge, judged, response, keep && (!onlyDS || judged.rrset.type === RRType.DS), keeps));
  }
  const first = entries[0];
  if (first === undefined) return undefined;
  if (step.kind === 'rrsets') return { kind: 'rrsets', entries };
  if (step.kind === 'dname' && first.verdict?.status !== 'secure' && step.target !== undefined && keep && !onlyDS) {
    // `findAbove` uses secure DNAMEs only: for this one name the others have spoken, and need not be asked again.
    const cname = { ...first, rrset: synthesisedCname(step.name, first.rrset, step.target) };
    if (isCacheable(first.verdict)) knowledge.answers.set(step.name, RRType.CNAME, cname, knowledge.now);
  }
  return { kind: 'alias', entry: first, type: step.kind, target: step.target };
}

function storeRRset(
  knowledge: Knowledge,
  judged: StoredRRset,
  response: Response,
  keep: boolean,
  keeps: Keeps,
): PositiveEntry {
  const { rrset, verdict, maxTtl, proof } = judged;
  const now = knowledge.now;
  const life =
    verdict?.status === 'bogus'
      ? knowledge.options.bogusTtl
      : Math.min(Math.max(rrset.ttl, knowledge.options.minTtl), maxTtl, knowledge.options.maxTtl);
  const entry: PositiveEntry = {
    kind: 'rrset',
    rrset,
    proof,
    rank: response.authoritative ? Rank.AUTHORITATIVE : Rank.NON_AUTHORITATIVE,
    verdict,
    storedAt: now,
    expiresAt: now + Math.max(life, LEAST_LIFE_SECONDS),
    server: response.server,
  };
  if (keep && keeps(rrset.name) && isCacheable(verdict)) knowledge.answers.set(rrset.name, rrset.type, entry, now);
  if (verdict?.status === 'secure' && keeps(rrset.name)) {
    const until = synthesisEnd(knowledge, rrset.name, entry.expiresAt);
    for (const denial of proof) if (keeps(denial.name)) knowledge.denials.add(denial, verdict, until);
    if (keep && judged.wildcard !== undefined && keeps(judged.wildcard))
      storeWildcard(knowledge, entry, judged.wildcard);
  }
  return entry;
}

/** Until when a proof may speak for other names: below a forward zone soon no more, so that a new host is seen. */
function synthesisEnd(knowledge: Knowledge, name: DomainName, expiresAt: number): number {
  if (knowledge.routes.routeKey(name) === '') return expiresAt;
  return Math.min(expiresAt, knowledge.now + FORWARDED_SYNTHESIS_SECONDS);
}

/** What was expanded also answers for the wildcard itself, from which other names are made (RFC 8198 5.3). */
function storeWildcard(knowledge: Knowledge, entry: PositiveEntry, wildcard: DomainName): void {
  const expiresAt = synthesisEnd(knowledge, wildcard, entry.expiresAt);
  const source: PositiveEntry = { ...entry, rrset: { ...entry.rrset, name: wildcard }, proof: [], expiresAt };
  knowledge.answers.set(wildcard, entry.rrset.type, source, knowledge.now);
  knowledge.hasWildcards = true;
}

function storeDenial(knowledge: Knowledge, denial: StoredDenial, response: Response, keeps: Keeps): NegativeEntry {
  const now = knowledge.now;
  const name = response.lastName;
  const bogus = denial.verdict?.status === 'bogus';
  const life = bogus ? knowledge.options.bogusTtl : negativeLife(knowledge, denial);
  const entry: NegativeEntry = {
    kind: denial.kind,
    name,
    type: response.type,
    soa: denial.soa,
    proof: denial.proof,
    cutBelow: denial.cutBelow,
    compact: denial.compact,
    rank: response.authoritative ? Rank.AUTHORITATIVE : Rank.NON_AUTHORITATIVE,
    verdict: denial.verdict,
    storedAt: now,
    expiresAt: now + Math.max(life, LEAST_LIFE_SECONDS),
    server: response.server,
  };
  if (!keeps(name)) return entry;
  if (isCacheable(denial.verdict)) {
    knowledge.answers.set(name, response.type, entry, now, cameByParentsRoute(knowledge, response));
  }
  if (denial.verdict?.status === 'secure' && denial.soa !== undefined) {
    const { proof, verdict, soa } = denial;
    const until = synthesisEnd(knowledge, name, entry.expiresAt);
    for (const rrset of proof) if (keeps(rrset.name)) knowledge.denials.add(rrset, verdict, until, soa);
  }
  return entry;
}

/**
 * Whether a reply about the DS of a forward zone's apex came from its parent, by another way than all else at that name
 * comes: it speaks of the DS alone (SECURITY ).
 */
function cameByParentsRoute(knowledge: Knowledge, { name, type }: Response): boolean {
  return type === RRType.DS && knowledge.routes.routeOf(name, RRType.DS) !== knowledge.routes.routeOf(name, RRType.A);
}

/** RFC 2308 5, RFC 9077 3: the least of SOA TTL, SOA MINIMUM and the proof's TTLs. */
function negativeLife(knowledge: Knowledge, denial: StoredDenial): number {
  const rdata = denial.soa?.rdatas[0];
  const soa = rdata === undefined ? undefined : parseSOA(rdata);
  if (denial.soa === undefined || soa === undefined) return Math.min(NO_SOA_LIFE_SECONDS, denial.maxTtl);
  const ttl = Math.min(denial.soa.ttl, soa.minimum);
  const bounded = Math.min(Math.max(ttl, knowledge.options.minNegativeTtl), knowledge.options.maxNegativeTtl);
  return Math.min(bounded, denial.maxTtl);
}

/** Data that failed through a limit of ours are not held against their owner. */
function isCacheable(verdict: Verdict | undefined): boolean {
  return verdict?.status !== 'bogus' || verdict.reason !== 'work-limit';
}
