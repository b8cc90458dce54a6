// A reply is an answer, a denial, a referral, lame, or nothing of use: decided here and nowhere else.
import { Rcode, RRType, rcodeText } from '../wire/constants.ts';
import { HeaderFlag } from '../wire/header.ts';
import type { Message } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import { type RRset, rdataOctets } from '../wire/record.ts';
import type { IterationLimits } from './limits.ts';
import type { AnswerStep, Conclusion, Referral, Response } from './response.ts';
import { type Asked, answerSet, isFiltered, nameServersWithGlue, type ScrubbedSections, scrub } from './scrub.ts';

/**
 * - `response`: it says something about the name asked.
 * - `referral`: ask the servers of a zone below.
 * - `empty`: NOERROR with neither answer, SOA nor referral; other servers may do better.
 * - `recursion-lame`: data from somebody's cache instead of authority: the last choice.
 * - `lame`: the server does not serve the zone.
 * - `error`: an RCODE that answers nothing.
 */
export type Classified =
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'referral'; readonly referral: Referral }
  | { readonly kind: 'empty'; readonly response: Response }
  | { readonly kind: 'recursion-lame'; readonly response: Response }
  | { readonly kind: 'lame'; readonly why: string }
  | { readonly kind: 'error'; readonly rcode: number; readonly why: string };

export function classify(message: Message, asked: Asked, server: string, rttMs?: number): Classified {
  const { rcode } = message;
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN && rcode !== Rcode.YXDOMAIN) {
    return { kind: 'error', rcode, why: `rcode=${rcodeText(rcode)}` };
  }
  const sections = scrub(message, asked);
  const authoritative = (message.header.flags & HeaderFlag.AA) !== 0;
  const { steps, lastName, end } = followAnswer(sections, asked);
  const denial: RRset[] = [];
  let soa: RRset | undefined;
  for (const rrset of sections.authority) {
    if (rrset.type === RRType.NSEC || rrset.type === RRType.NSEC3) denial.push(rrset);
    else if (rrset.type !== RRType.SOA || soa !== undefined) continue;
    else if (rrset.rdatas.length === 1 && lastName.isSubdomainOf(rrset.name)) soa = rrset; // S-9
  }
  const respond = (conclusion: Conclusion): Response => ({
    name: asked.name,
    type: asked.type,
    zone: asked.zone,
    server,
    rttMs,
    authoritative,
    steps,
    conclusion,
    deniesTarget: rcode === Rcode.NXDOMAIN && asked.type === RRType.CNAME && steps.length > 0,
    lastName,
    soa,
    denial: denial.length === 0 ? denial : denial.filter(({ rdatas }) => rdatas.length > 0),
    rootServers: primingServers(message, asked, sections),
    ownNameServers: authoritative ? ownNameServers(asked, sections) : [],
  });
  const judged = (conclusion: Conclusion): Classified => {
    const fromCache = !authoritative && !asked.recursive && (message.header.flags & HeaderFlag.RA) !== 0;
    return { kind: fromCache ? 'recursion-lame' : 'response', response: respond(conclusion) };
  };

  if (rcode === Rcode.YXDOMAIN && !steps.some(({ kind }) => kind === 'dname')) {
    return { kind: 'error', rcode, why: 'rcode=YXDOMAIN without a DNAME' }; // S-5
  }
  // S-5: beside an error code only aliases count; who asks for one, or for anything, has it (RFC 2308 2.1).
  if (rcode === Rcode.NXDOMAIN && end === 'final' && !keepAliases(steps)) {
    steps.pop();
    return judged('nxdomain');
  }
  if (end === 'final') return judged('answer');
  if (end === 'too-long') return judged('yxdomain');
  if (end === 'off-route') return judged('unfinished');
  if (rcode === Rcode.NXDOMAIN) return judged('nxdomain');
  if (soa !== undefined) return judged('nodata');
  // All addresses were taken out: for this name the server has spoken, and others would say the same.
  if (message.answer.some((record) => record.name.equals(lastName) && isFiltered(record, asked)))
    return judged('nodata');

  const nsSet = referralSet(sections, lastName);
  if (nsSet !== undefined && steps.length === 0 && !asked.recursive) {
    const below = nsSet.name.isBelow(asked.zone);
    const ownCutDS = asked.type === RRType.DS && nsSet.name.equals(asked.name);
    if (ownCutDS) return judgeReferralForDS(sections, asked, judged);
    if (below) return { kind: 'referral', referral: referralOf(nsSet, message, asked, sections) };
    if (!authoritative && denial.length === 0) {
      return { kind: 'lame', why: nsSet.name.equals(asked.zone) ? 'refers to itself' : 'refers upwards' };
    }
    return judged('nodata');
  }
  if (steps.length > 0) return judged('unfinished');
  if (denial.length > 0) return judged('nodata');
  // NS sets that are neither below the zone nor above the name were scrubbed: what remains says nothing (RFC 2308 2.2.1).
  // A forwarder that passes on a referral within its zone has no data; it is not asked for its delegations.
  const refers = asked.recursive ? nsSet === undefined : true;
  if (!authoritative && refers && message.authority.some(({ type }) => type === RRType.NS)) {
    return { kind: 'lame', why: 'refers elsewhere' };
  }
  return { kind: 'empty', response: respond('nodata') };
}

/** Takes out of the last step what is no CNAME; false when there is none. */
function keepAliases(steps: AnswerStep[]): boolean {
  const last = steps.at(-1);
  const aliases = last?.kind === 'rrsets' ? last.rrsets.filter(({ type }) => type === RRType.CNAME) : [];
  if (last === undefined || aliases.length === 0) return false;
  steps[steps.length - 1] = { kind: 'rrsets', name: last.name, rrsets: aliases };
  return true;
}

/** A server that refers to the child when asked for the child's DS: the DS set may stand in the authority section. */
function judgeReferralForDS(
  sections: ScrubbedSections,
  asked: Asked,
  judged: (conclusion: Conclusion) => Classified,
): Classified {
  const ds = sections.authority.find(({ type, name }) => type === RRType.DS && name.equals(asked.name));
  if (ds === undefined || ds.rdatas.length === 0) return judged('nodata');
  const classified = judged('answer');
  if (classified.kind !== 'response') return classified;
  const steps: AnswerStep[] = [{ kind: 'rrsets', name: asked.name, rrsets: [ds] }];
  return { kind: 'response', response: { ...classified.response, steps } };
}

interface FollowedAnswer {
  readonly steps: AnswerStep[];
  readonly lastName: DomainName;
  /** Why following stopped: data found, no more data, an alias that leaves, or a DNAME substitution too long. */
  readonly end: 'final' | 'nothing' | 'off-route' | 'too-long';
}

/** Follows aliases from the name asked, as far as this server may speak (S-4). */
function followAnswer(sections: ScrubbedSections, asked: Asked): FollowedAnswer {
  const steps: AnswerStep[] = [];
  let name = asked.name;
  if (sections.answerSets.length === 0) return { steps, lastName: name, end: 'nothing' };
  const visited: string[] = [];
  for (;;) {
    // A CNAME below a DNAME is the server's synthesis (RFC 6672 3.2): the DNAME is the answer to the question for it.
    const wantsAlias = asked.type === RRType.CNAME || asked.type === RRType.ANY;
    const above = wantsAlias ? dnameStep(sections, name, asked) : undefined;
    if (above !== undefined) {
      steps.push(above);
      return { steps, lastName: above.target ?? name, end: above.target === undefined ? 'too-long' : 'off-route' };
    }
    const final = finalRRsets(sections, name, asked);
    if (final.length > 0) {
      steps.push({ kind: 'rrsets', name, rrsets: final });
      return { steps, lastName: name, end: 'final' };
    }
    visited.push(name.key);
    const alias = aliasStep(sections, name, asked);
    if (alias === undefined) return { steps, lastName: name, end: 'nothing' };
    steps.push(alias);
    if (alias.target === undefined) return { steps, lastName: name, end: 'too-long' };
    name = alias.target;
    const mayGoOn = name.isSubdomainOf(asked.zone) && asked.onRoute(name);
    if (!mayGoOn || visited.includes(name.key) || steps.length >= asked.limits.maxAliases) {
      return { steps, lastName: name, end: 'off-route' };
    }
  }
}

function finalRRsets(sections: ScrubbedSections, name: DomainName, asked: Asked): RRset[] {
  const { type } = asked;
  if (type === RRType.ANY) return everythingAt(name, sections, asked.limits);
  if (type === RRType.RRSIG || type === RRType.SIG) return signatureSet(sections, name, type);
  // S-4: a CNAME beside other data wins, except for the types that may stand beside it (RFC 4034 3, 4).
  const besideAlias = type === RRType.CNAME || type === RRType.NSEC || type === RRType.KEY;
  if (!besideAlias && hasRecords(answerSet(sections, name, RRType.CNAME))) return [];
  const rrset = answerSet(sections, name, type);
  return rrset !== undefined && rrset.rdatas.length > 0 ? [rrset] : [];
}

function everythingAt(
  name: DomainName,
  { answerSets }: ScrubbedSections,
  { maxAnyRRsets, maxAnyRecords }: IterationLimits,
): RRset[] {
  const found: RRset[] = [];
  let records = 0;
  for (const rrset of answerSets) {
    if (!rrset.name.equals(name) || rrset.rdatas.length === 0) continue;
    records += rrset.rdatas.length;
    if (found.length >= maxAnyRRsets || records > maxAnyRecords) break;
    found.push(rrset);
  }
  return found;
}

/** RRSIGs asked for by type: the one case in which they are the data. */
function signatureSet(sections: ScrubbedSections, name: DomainName, type: number): RRset[] {
  if (type === RRType.SIG) {
    const rrset = answerSet(sections, name, type);
    return rrset === undefined ? [] : [rrset];
  }
  const sets = sections.answerSets.filter((rrset) => rrset.name.equals(name) && rrset.signatures.length > 0);
  const first = sets[0];
  if (first === undefined) return [];
  const rdatas = sets.flatMap(({ signatures }) => signatures);
  const ttl = Math.min(...sets.map((rrset) => rrset.ttl));
  return [{ name: first.name, type, class: first.class, ttl, rdatas, signatures: [] }];
}

function hasRecords(rrset: RRset | undefined): boolean {
  return rrset !== undefined && rrset.rdatas.length > 0;
}

type AliasStep = Extract<AnswerStep, { kind: 'cname' | 'dname' }>;

function dnameStep(sections: ScrubbedSections, name: DomainName, asked: Asked): AliasStep | undefined {
  // RFC 6672 3.2: a DNAME above the name comes first; the CNAME that a server adds to it is ours to make.
  for (let owner = name.parent(); owner.isSubdomainOf(asked.zone); owner = owner.parent()) {
    const dname = answerSet(sections, owner, RRType.DNAME);
    const rdata = dname?.rdatas.length === 1 ? dname.rdatas[0] : undefined;
    const target = rdata === undefined ? undefined : parseNameRdata(rdata);
    if (dname !== undefined && target !== undefined && name.isBelow(owner)) {
      return { kind: 'dname', name, rrset: dname, target: name.replaceSuffix(owner, target) };
    }
    if (owner.isRoot) break;
  }
  return undefined;
}

function aliasStep(sections: ScrubbedSections, name: DomainName, asked: Asked): AliasStep | undefined {
  const dname = dnameStep(sections, name, asked);
  if (dname !== undefined) return dname;
  const cname = answerSet(sections, name, RRType.CNAME);
  // More than one CNAME at a name is an error (RFC 2181 10.1); the first is taken, as its signature will tell.
  const rdata = cname?.rdatas[0];
  const target = rdata === undefined ? undefined : parseNameRdata(rdata);
  return cname === undefined || target === undefined ? undefined : { kind: 'cname', name, rrset: cname, target };
}

/** The one NS set that can be a referral: at an ancestor-or-self of the name (S-7); two owners make none. */
function referralSet(sections: ScrubbedSections, name: DomainName): RRset | undefined {
  let found: RRset | undefined;
  for (const rrset of sections.authority) {
    if (rrset.type !== RRType.NS || rrset.rdatas.length === 0 || !name.isSubdomainOf(rrset.name)) continue;
    if (found !== undefined) return undefined;
    found = rrset;
  }
  return found;
}

/**
 * Octets of DS, NSEC and NSEC3 sets kept with a delegation: more than a double rollover of RSA keys needs. Delegations
 * are counted, so that a single one must not be large; without material the DS set is asked for.
 */
const MAX_MATERIAL_OCTETS = 8192;

function referralOf(nsSet: RRset, message: Message, asked: Asked, sections: ScrubbedSections): Referral {
  const { servers, ttl } = nameServersWithGlue(nsSet, message, asked);
  const found: RRset[] = [];
  let octets = 0;
  let least = ttl;
  for (const rrset of sections.authority) {
    const isDS = rrset.type === RRType.DS && rrset.name.equals(nsSet.name); // S-8
    if (!isDS && rrset.type !== RRType.NSEC && rrset.type !== RRType.NSEC3) continue;
    found.push(rrset);
    octets += rdataOctets(rrset);
    least = Math.min(least, rrset.ttl);
  }
  const securityMaterial = octets <= MAX_MATERIAL_OCTETS ? found : [];
  return { zone: nsSet.name, nameServers: servers, securityMaterial, ttl: least };
}

/** NS names that a server of the zone gives for the zone itself. */
function ownNameServers({ zone, limits }: Asked, sections: ScrubbedSections): readonly DomainName[] {
  const inAuthority = sections.authority.find(({ type, name }) => type === RRType.NS && name.equals(zone));
  const nsSet = inAuthority ?? answerSet(sections, zone, RRType.NS);
  if (nsSet === undefined) return [];
  const names: DomainName[] = [];
  const count = Math.min(nsSet.rdatas.length, limits.maxNameServers);
  for (let index = 0; index < count; index++) {
    const rdata = nsSet.rdatas[index];
    const name = rdata === undefined ? undefined : parseNameRdata(rdata);
    if (name !== undefined) names.push(name);
  }
  return names;
}

function primingServers(message: Message, asked: Asked, sections: ScrubbedSections): Response['rootServers'] {
  if (!asked.zone.isRoot || !asked.name.isRoot || asked.type !== RRType.NS) return undefined;
  const nsSet = answerSet(sections, asked.name, RRType.NS);
  return nsSet === undefined ? undefined : nameServersWithGlue(nsSet, message, asked).servers;
}
