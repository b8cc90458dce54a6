// The steps of a resolution as lines for people: what `trace-regex` and `logging.trace` write.
import type { Delegation } from '../cache/delegation-store.ts';
import type { NoCut, ZoneTrust } from '../cache/zone-trust-cache.ts';
import { type ChainLink, chainLinks, failureText, type Verdict } from '../dnssec/verdict.ts';
import type { Ask, Outcome } from '../ports/exchange.ts';
import { rcodeText, typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import type { Resolution } from './resolution.ts';

/** `www.example. A`. */
export function questionText(name: DomainName, type: number): string {
  return `${nameText(name)} ${typeText(type)}`;
}

/** An attempt at a server and what came of it. */
export function askLine({ server, question, transport, recursionDesired }: Ask, outcome: Outcome): string {
  const asked = `asked ${server.key} over ${transport} for ${questionText(question.name, question.type)}`;
  return `${asked}${recursionDesired ? ' with RD' : ''}: ${outcomeText(outcome)}`;
}

function outcomeText(outcome: Outcome): string {
  if (outcome.kind !== 'reply') return outcome.kind;
  const { rcode, answer, authority, additional } = outcome.message;
  const sections = `${answer.length} answer, ${authority.length} authority, ${additional.length} additional`;
  return `${rcodeText(rcode)} in ${outcome.rttMs.toFixed(1)} ms (${sections})`;
}

export function delegationLine({ zone, nameServers, securityMaterial }: Delegation): string {
  const servers = nameServers.map(({ name, glue }) => `${nameText(name)} (${glue.length} addresses)`).join(', ');
  const proofs = securityMaterial.map(({ type }) => typeText(type)).join(', ');
  return `zone cut ${nameText(zone)}: ${servers}${proofs === '' ? '' : `; with ${proofs}`}`;
}

export function trustLine(trust: ZoneTrust | NoCut): string {
  if (trust.status === 'no-cut') return `trust: ${nameText(trust.zone)} is no zone cut`;
  const why = trust.status === 'secure' ? '' : `: ${trust.reason}`;
  return `trust: ${nameText(trust.zone)} is ${trust.status}${why} (${linkText(trust.chain.link)})`;
}

/** The end of a look-up: what was found, and by which chain of trust. */
export function lookupLine(name: DomainName, type: number, result: LookupResult): string {
  const from = result.cached ? ' in the cache' : '';
  const question = questionText(name, type);
  if (!result.ok) return `${question}: not found${from}: ${result.failure}`;
  const { finding, stale } = result;
  const what = finding.kind === 'negative' ? finding.entry.kind : finding.kind === 'alias' ? finding.type : 'data';
  const age = stale === undefined ? '' : ', stale';
  return `${question}: ${what}${from}${age}, ${verdictText(verdictOfFinding(finding))}`;
}

function verdictText(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'not validated';
  if (verdict.status === 'indeterminate') return 'indeterminate: no trust anchor covers it';
  const why = verdict.status === 'secure' ? '' : `: ${verdict.reason}`;
  const chain = chainLinks(verdict.chain).map(linkText).join(' > ');
  return `${verdict.status}${why}${chain === '' ? '' : `, ${chain}`}`;
}

function linkText(link: ChainLink): string {
  switch (link.kind) {
    case 'anchor':
      return `anchor ${nameText(link.zone)} ${link.keyTags.join('/')}`;
    case 'negative-anchor':
      return `negative anchor ${nameText(link.zone)}`;
    case 'ds':
    case 'dnskey':
      return `${link.kind.toUpperCase()} ${nameText(link.zone)} by ${link.signature.keyTag}`;
    case 'insecure-delegation':
      return `insecure ${nameText(link.zone)} (${link.reason})`;
    case 'rrset':
      return `${questionText(link.name, link.type)} by ${link.signature.keyTag}`;
    case 'denial':
      return `denial of ${questionText(link.name, link.type)} (${link.proof})`;
    case 'failure':
      return failureText(link);
    default:
      return link satisfies never;
  }
}

export function resolutionLine(resolution: Resolution, elapsedMs: number): string {
  const { rcode, verdict, authentic, errors } = resolution;
  const parts = [rcodeText(rcode), verdict?.status ?? 'not validated', ...(authentic ? ['AD'] : [])];
  const why = errors.map(({ code, text }) => `EDE ${code} ${text}`.trim());
  return `answer: ${[...parts, ...why].join(', ')}; ${elapsedMs.toFixed(1)} ms`;
}
