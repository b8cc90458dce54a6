// One question, explained: resolved as for a client, then the chains of trust are read from where the resolver keeps
// them. Nothing is validated a second time.
import type { PositiveEntry } from '../cache/answer-cache.ts';
import { buildExplanation, isProofType, type PartInput } from '../explain/build.ts';
import type { ExplainedAttempt, Explanation } from '../explain/explanation.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import { type Finding, verdictOfFinding } from '../resolver/finding.ts';
import type { Knowledge } from '../resolver/knowledge.ts';
import type { Resolution, ResolvedRRset, Resolver } from '../resolver/resolution.ts';
import { Rcode, RRClass, typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import { rdataText } from '../wire/rdata-text.ts';

/** Aliases followed; a resolution follows no more. */
const MAX_HOPS = 16;
/** Records shown of one answer. */
const MAX_ANSWER_LINES = 50;

export interface ExplainParts {
  /** As clients ask it; `knowledge` is where it keeps what it found. */
  readonly resolver: Resolver & { readonly knowledge?: Knowledge };
  readonly clock: Clock;
  readonly localData: Pick<LocalData, 'answer'>;
  readonly source: Explanation['source'];
  /** Queries sent so far. */
  readonly attempts: readonly ExplainedAttempt[];
}

/** Resolves a question of class IN, and explains what came of it. */
export async function explainQuestion(name: DomainName, type: number, parts: ExplainParts): Promise<Explanation> {
  const { resolver, clock, localData, source, attempts } = parts;
  const startedMs = clock.monotonicMs();
  const question = { name, type, class: RRClass.IN };
  const local = localData.answer(question);
  const isLocal = local !== undefined && local.kind !== 'look-up' && local.kind !== 'alias';
  const resolution: Resolution =
    local?.kind === 'answer'
      ? local.resolution
      : isLocal
        ? refusedHere
        : await resolve(resolver, local?.kind === 'alias' ? { ...question, name: local.target } : question);
  const start: PartInput[] = [];
  if (isLocal || local?.kind === 'alias') {
    const target = local.kind === 'alias' ? local.target : undefined;
    start.push({ name, type, what: 'local', target, verdict: localVerdict });
  }
  const from = local?.kind === 'alias' ? local.target : name;
  const hops = isLocal ? [] : partsOf(from, type, resolution, resolver.knowledge);
  const { rcode, authentic, errors } = resolution;
  const verdict = isLocal ? (resolution.verdict ?? localVerdict) : resolution.verdict;
  return buildExplanation({
    question,
    nowSeconds: clock.wallSeconds(),
    source,
    resolution: { rcode, verdict: rcode === Rcode.REFUSED && isLocal ? undefined : verdict, authentic, errors },
    parts: [...start, ...hops],
    answer: resolution.answer.flatMap(recordLines).slice(0, MAX_ANSWER_LINES),
    attempts,
    elapsedMs: clock.monotonicMs() - startedMs,
  });
}

const localVerdict = { status: 'insecure', reason: 'local', chain: undefined } as const;
const refusedHere: Resolution = {
  rcode: Rcode.REFUSED,
  answer: [],
  authority: [],
  verdict: undefined,
  authentic: false,
  errors: [{ code: 0, text: 'a local zone of this configuration refuses the name' }],
  shareable: false,
};

function resolve(resolver: Resolver, question: { name: DomainName; type: number; class: number }): Promise<Resolution> {
  const request = { question, checkingDisabled: false, recursionDesired: true, validate: true };
  return new Promise((done) => resolver.resolve(request, done));
}

/** Each alias, then the data or their denial, with the verdicts that are kept with them. */
function partsOf(
  name: DomainName,
  type: number,
  resolution: Resolution,
  knowledge: Knowledge | undefined,
): PartInput[] {
  const parts: PartInput[] = [];
  let current = name;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const found = knowledge?.find(current, type, 'validated');
    if (found === undefined || !found.ok) break;
    const { finding } = found;
    const verdict = verdictOfFinding(finding);
    const target = finding.kind === 'alias' ? finding.target : undefined;
    parts.push({ name: current, type, what: whatOf(finding), target, verdict, server: serverOf(finding) });
    if (target === undefined || verdict?.status === 'bogus') return parts;
    current = target;
  }
  // Not kept, or of a type that is never looked for: the resolution's own verdict.
  const { verdict, answer } = resolution;
  const isNothing = verdict === undefined && answer.length === 0;
  return [...parts, { name: current, type, what: isNothing ? 'nothing' : 'data', verdict }];
}

function whatOf(finding: Finding): PartInput['what'] {
  if (finding.kind === 'alias') return 'alias';
  return finding.kind === 'rrsets' ? 'data' : finding.entry.kind;
}

function serverOf(finding: Finding): string | undefined {
  const entry = finding.kind === 'rrsets' ? finding.entries[0] : finding.entry;
  return entry?.server;
}

function recordLines({ rrset }: Pick<ResolvedRRset | PositiveEntry, 'rrset'>): string[] {
  if (isProofType(rrset.type)) return [];
  const type = typeText(rrset.type);
  return rrset.rdatas.map((rdata) => {
    const target = type === 'CNAME' || type === 'DNAME' ? parseNameRdata(rdata) : undefined;
    return `${nameText(rrset.name)} ${type} ${target === undefined ? rdataText(rrset.type, rdata) : nameText(target)}`;
  });
}
