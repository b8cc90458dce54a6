// All stores of one resolver, and what is found in them for a question. Written by the task runner only.
import {
  AnswerCache,
  type AnswerEntry,
  type Forgotten,
  type NegativeEntry,
  type PositiveEntry,
  Rank,
} from '../cache/answer-cache.ts';
import { type Delegation, DelegationStore } from '../cache/delegation-store.ts';
import { DenialCache } from '../cache/denial-cache.ts';
import { FailureCache } from '../cache/failure-cache.ts';
import { InfraCache } from '../cache/infra-cache.ts';
import { NonResolvingNames } from '../cache/non-resolving-names.ts';
import type { Region } from '../cache/region.ts';
import { ZoneTrustCache } from '../cache/zone-trust-cache.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import type { AnswerStep, Response } from '../iterator/response.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { JudgedDenial, JudgedRRset } from '../validator/validation.ts';
import { EdeCode, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { parseNameRdata, parseSOA } from '../wire/rdata.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { type Finding, type LookupResult, synthesisedCname } from './finding.ts';
import type { CacheOptions, ResizableCache, ResolverOptions } from './options.ts';
import { Routes } from './routes.ts';
import { type Keeps, keepsAll } from './wipes.ts';

/** A record with TTL 0 lives this long, so that those who waited for it get it (SECURITY 1.5, cache.min-ttl). */
const LEAST_LIFE_SECONDS = 1;
/** A denial without SOA says nothing about its life (RFC 2308 5). */
const NO_SOA_LIFE_SECONDS = 5;

/** Keys of zones and what leads to them, and types that are not of one set. */
const neverStale: ReadonlySet<number> = new Set([
  RRType.DS,
  RRType.DNSKEY,
  RRType.NSEC,
  RRType.NSEC3,
  RRType.RRSIG,
  RRType.SIG,
  RRType.ANY,
]);

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

/** Whose data may be used: everybody's, or only what has been validated. */
export type Trust = 'validated' | 'any';

export class Knowledge {
  readonly answers: AnswerCache;
  readonly delegations: DelegationStore;
  readonly denials: DenialCache;
  readonly trust: ZoneTrustCache;
  readonly failures: FailureCache;
  readonly servers: InfraCache;
  readonly nonResolving: NonResolvingNames;
  readonly routes: Routes;
  private readonly clock: Clock;
  readonly trustAnchors: TrustAnchors;
  /** Whether any wildcard has ever been stored: most resolvers never need to look for one. */
  private wildcardsStored = false;
  private options: CacheOptions;

  constructor(options: ResolverOptions, clock: Clock) {
    const { cache } = options;
    this.clock = clock;
    this.trustAnchors = options.anchors;
    this.options = cache;
    this.answers = new AnswerCache(cache);
    this.delegations = new DelegationStore(cache.maxDelegations);
    this.denials = new DenialCache(cache.maxAggressiveRecords);
    this.trust = new ZoneTrustCache(cache.maxZones);
    this.failures = new FailureCache(cache.maxFailures);
    this.servers = new InfraCache(cache.maxServers, cache.serverTtl, () => clock.cacheSeconds(), cache.throttling);
    this.nonResolving = new NonResolvingNames(cache.nonResolving);
    this.routes = new Routes(options.forwardZones);
  }

  get now(): number {
    return this.clock.cacheSeconds();
  }

  /** What the caches know about a question; undefined when servers must be asked. */
  find(name: DomainName, type: number, trust: Trust): LookupResult | undefined {
    if (type === RRType.ANY || type === RRType.RRSIG || type === RRType.SIG) return this.findFailure(name, type);
    const finding = this.findFinding(name, type, trust);
    if (finding !== undefined) return { ok: true, finding, further: undefined, cached: true };
    return this.findFailure(name, type);
  }

  /** That a question has failed lately (RFC 9520). */
  findFailure(name: DomainName, type: number): LookupResult | undefined {
    const failure = this.failures.get(name, type, this.now);
    if (failure === undefined) return undefined;
    const errors = [...failure.errors, { code: EdeCode.CACHED_ERROR, text: 'cached failure' }];
    return { ok: false, failure: 'cached', errors, cached: true };
  }

  private findFinding(name: DomainName, type: number, trust: Trust): Finding | undefined {
    const now = this.now;
    const usable = (entry: AnswerEntry | undefined): entry is AnswerEntry =>
      entry !== undefined && (trust === 'any' || entry.verdict !== undefined);
    const exact = this.answers.get(name, type, now);
    if (usable(exact)) {
      if (exact.kind !== 'rrset') return { kind: 'negative', entry: exact, synthesised: false };
      const substituted = type === RRType.CNAME ? this.findSubstitution(name, exact) : undefined;
      return substituted ?? { kind: 'rrsets', entries: [exact] };
    }
    if (mayBeAliased(type)) {
      const cname = this.answers.get(name, RRType.CNAME, now);
      if (usable(cname) && cname.kind === 'rrset') {
        return this.findSubstitution(name, cname) ?? aliasFinding(name, cname, 'cname');
      }
    }
    const nxdomain = this.answers.getNxdomain(name, now);
    if (usable(nxdomain)) return { kind: 'negative', entry: nxdomain, synthesised: false };
    return this.findAbove(name, type, trust) ?? this.synthesise(name, type);
  }

  /**
   * What was known last of a question and has ended (RFC 8767), no longer ago than `window` seconds; with `restarts`, that
   * time begins anew. Never data that were bogus, nor what a zone is found and validated by.
   */
  findStale(name: DomainName, type: number, trust: Trust, window: number, restarts: boolean): Finding | undefined {
    if (neverStale.has(type)) return undefined;
    const { now } = this;
    const entry = this.answers.getStale(name, {
      types: mayBeAliased(type) ? [type, RRType.CNAME] : [type],
      unchecked: trust === 'any',
      since: now - window,
      restartAt: restarts ? now : undefined,
    });
    if (entry === undefined) return undefined;
    if (entry.kind !== 'rrset') return { kind: 'negative', entry, synthesised: false };
    if (entry.rrset.type !== type) return this.findSubstitution(name, entry) ?? aliasFinding(name, entry, 'cname');
    return { kind: 'rrsets', entries: [entry] };
  }

  /** A DNAME above the name, or a proof that an ancestor does not exist (RFC 6672 5.3.2, RFC 8020). */
  private findAbove(name: DomainName, type: number, trust: Trust): Finding | undefined {
    const now = this.now;
    const route = this.routes.routeKey(name);
    for (let above = name; !above.isRoot; ) {
      above = above.parent();
      const dname = this.answers.hasHeldDname ? this.answers.get(above, RRType.DNAME, now) : undefined;
      if (dname?.kind === 'rrset' && type !== RRType.DS && this.routes.routeKey(above) === route) {
        // An unsigned DNAME speaks for the name it came with, not for a whole subtree that others may fill.
        if (dname.verdict?.status === 'secure') return aliasFinding(name, dname, 'dname');
      }
      const nxdomain = this.answers.getNxdomain(above, now);
      // a denial never reaches into a zone that is resolved another way.
      if (
        nxdomain !== undefined &&
        this.deniesBelow(nxdomain, trust) &&
        this.routes.routeKey(above) === route &&
        !this.isAnchoredBelow(name, type, nxdomain)
      ) {
        return { kind: 'negative', entry: { ...nxdomain, name, type }, synthesised: true };
      }
    }
    return undefined;
  }

  /** The DNAME that an unsigned CNAME was made from: clients get both (RFC 6672 3.1), or could not check the CNAME. */
  private findSubstitution(name: DomainName, cname: PositiveEntry): Finding | undefined {
    if (cname.rrset.signatures.length > 0 || cname.verdict?.status === 'secure') return undefined;
    const [target] = cname.rrset.rdatas;
    for (let above = name; target !== undefined && !above.isRoot; ) {
      above = above.parent();
      const dname = this.answers.get(above, RRType.DNAME, this.now);
      if (dname?.kind !== 'rrset') continue;
      // A question without validation left the CNAME here; since then the DNAME may have been validated.
      const isOlder = cname.verdict === undefined && dname.verdict?.status !== 'bogus';
      if (!isOlder && dname.verdict?.status !== cname.verdict?.status) continue;
      const finding = aliasFinding(name, dname, 'dname');
      if (finding?.kind === 'alias' && finding.target?.equals(parseNameRdata(target) ?? name)) return finding;
    }
    return undefined;
  }

  /** Whether a denial of a name denies the names below it too (RFC 8020). */
  private deniesBelow(denial: NegativeEntry, trust: Trust): boolean {
    // A name of the root zone that does not exist, validated or not (`recursor.root_nx_trust`).
    if (this.options.rootNxTrust && denial.name.labelCount === 1 && denial.soa?.name.isRoot === true) {
      const { verdict } = denial;
      if (verdict === undefined ? trust === 'any' : verdict.status !== 'bogus' && !denial.compact) return true;
    }
    switch (this.options.nothingBelowNxdomain) {
      case 'no':
        return false;
      case 'dnssec':
        return denial.cutBelow && denial.verdict?.status === 'secure';
      case 'yes':
        return denial.verdict !== undefined && denial.verdict.status !== 'bogus';
    }
  }

  /**
   * whether an anchor of its own decides for a name, below the zone that denies it: that zone has no say then.
   */
  private isAnchoredBelow(name: DomainName, type: number, denial: NegativeEntry): boolean {
    const apex = denial.soa?.name ?? denial.name;
    const anchor = this.trustAnchors.closest(type === RRType.DS && !name.isRoot ? name.parent() : name);
    return anchor !== undefined && !anchor.zone.equals(apex) && anchor.zone.isSubdomainOf(apex);
  }

  /**
   * A denial made from cached NSEC or NSEC3 records (RFC 8198), or an answer from a wildcard. Names with servers of their
   * own are denied by what these have said, never by a zone above; those of a forwarder that resolves by itself never are.
   */
  private synthesise(name: DomainName, type: number): Finding | undefined {
    const route = this.routes.routeOf(name, RRType.A);
    if (route.kind === 'forward' && (route.recurse || this.routes.mayFallBack(route))) return undefined;
    const top = route.kind === 'forward' ? route.zone : DomainName.root;
    const denial = this.denials.synthesise(name, type, this.now, top);
    if (denial !== undefined && !this.isAnchoredBelow(name, type, denial)) {
      return { kind: 'negative', entry: denial, synthesised: true };
    }
    return this.expandWildcard(name, type, top);
  }

  /**
   * Stores a judged response and returns what it says of the name asked, and of alias targets. Undefined when the
   * response says nothing of the name (it ended in an alias that leads away, which is itself a finding). Names that may
   * not be kept are not stored, and as alias targets not told of: they are looked up anew.
   */
  storeJudged(
    response: Response,
    judged: StoredResponse,
    keeps: Keeps = keepsAll,
  ): { first: Finding; further: Map<string, Finding> | undefined } | undefined {
    const found: { name: DomainName; finding: Finding }[] = [];
    for (let index = 0; index < judged.steps.length; index++) {
      const sets = judged.steps[index];
      const step = response.steps[index];
      if (step === undefined || sets === undefined) break;
      if (index > 0 && !sets.every(({ verdict }) => this.countsBehindAlias(verdict, response))) break;
      const finding = this.storeStep(step, sets, response, keeps);
      if (finding !== undefined) found.push({ name: step.name, finding });
    }
    const behindAlias = judged.steps.length > 0;
    if (judged.denial !== undefined && !(behindAlias && !this.countsBehindAlias(judged.denial.verdict, response))) {
      const entry = this.storeDenial(judged.denial, response, keeps);
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

  /**
   * Whether what a reply adds behind an alias is taken. RFC 2181 5.4.1: it may come from the server's cache, so that the
   * alias target is asked for by itself, unless a signature tells. A forwarder has nothing but its cache.
   */
  private countsBehindAlias(verdict: Verdict | undefined, { name, type }: Response): boolean {
    if (verdict?.status === 'secure') return true;
    const route = this.routes.routeOf(name, type);
    return verdict?.status !== 'bogus' && route.kind === 'forward' && route.recurse;
  }

  /** Stores a response that nobody validates, as unchecked data. */
  storeUnchecked(
    response: Response,
    keeps: Keeps = keepsAll,
  ): { first: Finding; further: Map<string, Finding> | undefined } | undefined {
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
    return this.storeJudged(response, { steps, denial }, keeps);
  }

  private storeStep(
    step: AnswerStep,
    sets: readonly StoredRRset[],
    response: Response,
    keeps: Keeps,
  ): Finding | undefined {
    const keep =
      keeps(step.name) &&
      response.type !== RRType.ANY &&
      response.type !== RRType.RRSIG &&
      response.type !== RRType.SIG;
    const onlyDS = this.cameByParentsRoute(response);
    const entries: PositiveEntry[] = [];
    for (const judged of sets) {
      entries.push(this.storeRRset(judged, response, keep && (!onlyDS || judged.rrset.type === RRType.DS), keeps));
    }
    const first = entries[0];
    if (first === undefined) return undefined;
    if (step.kind === 'rrsets') return { kind: 'rrsets', entries };
    if (step.kind === 'dname' && first.verdict?.status !== 'secure' && step.target !== undefined && keep && !onlyDS) {
      // `findAbove` uses secure DNAMEs only: for this one name the others have spoken, and need not be asked again.
      const cname = { ...first, rrset: synthesisedCname(step.name, first.rrset, step.target) };
      if (isCacheable(first.verdict)) this.answers.set(step.name, RRType.CNAME, cname, this.now);
    }
    return { kind: 'alias', entry: first, type: step.kind, target: step.target };
  }

  private storeRRset(judged: StoredRRset, response: Response, keep: boolean, keeps: Keeps): PositiveEntry {
    const { rrset, verdict, maxTtl, proof } = judged;
    const now = this.now;
    const life =
      verdict?.status === 'bogus'
        ? this.options.bogusTtl
        : Math.min(Math.max(rrset.ttl, this.options.minTtl), maxTtl, this.options.maxTtl);
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
    if (keep && keeps(rrset.name) && isCacheable(verdict)) this.answers.set(rrset.name, rrset.type, entry, now);
    if (verdict?.status === 'secure' && keeps(rrset.name)) {
      const until = this.synthesisEnd(rrset.name, entry.expiresAt);
      for (const denial of proof) if (keeps(denial.name)) this.denials.add(denial, verdict, until);
      if (keep && judged.wildcard !== undefined && keeps(judged.wildcard)) this.storeWildcard(entry, judged.wildcard);
    }
    return entry;
  }

  /** Until when a proof may speak for other names: below a forward zone soon no more, so that a new host is seen. */
  private synthesisEnd(name: DomainName, expiresAt: number): number {
    if (this.routes.routeKey(name) === '') return expiresAt;
    return Math.min(expiresAt, this.now + FORWARDED_SYNTHESIS_SECONDS);
  }

  /** What was expanded also answers for the wildcard itself, from which other names are made (RFC 8198 5.3). */
  private storeWildcard(entry: PositiveEntry, wildcard: DomainName): void {
    const expiresAt = this.synthesisEnd(wildcard, entry.expiresAt);
    const source: PositiveEntry = { ...entry, rrset: { ...entry.rrset, name: wildcard }, proof: [], expiresAt };
    this.answers.set(wildcard, entry.rrset.type, source, this.now);
    this.wildcardsStored = true;
  }

  /** An answer made from a cached wildcard and the proof that nothing closer exists. */
  private expandWildcard(name: DomainName, type: number, top: DomainName): Finding | undefined {
    if (!this.wildcardsStored || type === RRType.DS || name.isWildcard) return undefined;
    const { now } = this;
    for (let encloser = name; !encloser.isRoot; ) {
      encloser = encloser.parent();
      const wildcard = encloser.wildcardChild();
      if (wildcard === undefined) continue;
      const source = this.secureRRset(wildcard, type, now) ?? this.secureRRset(wildcard, RRType.CNAME, now);
      if (source === undefined || source.rrset.type === RRType.DNAME) continue;
      if (source.rrset.type !== type && !mayBeAliased(type)) continue;
      const link = source.verdict?.status === 'secure' ? source.verdict.chain.link : undefined;
      if (link?.kind !== 'rrset' || link.signature === undefined || !link.signature.signer.isSubdomainOf(top)) continue;
      const expansion = this.denials.proveExpansion(name, link.signature.signer, encloser.labelCount, now);
      if (expansion === undefined) continue;
      const entry: PositiveEntry = {
        ...source,
        rrset: { ...source.rrset, name },
        proof: expansion.used,
        expiresAt: Math.min(source.expiresAt, expansion.expiresAt),
      };
      return entry.rrset.type === type ? { kind: 'rrsets', entries: [entry] } : aliasFinding(name, entry, 'cname');
    }
    return undefined;
  }

  private secureRRset(name: DomainName, type: number, now: number): PositiveEntry | undefined {
    const entry = this.answers.get(name, type, now);
    return entry?.kind === 'rrset' && entry.verdict?.status === 'secure' ? entry : undefined;
  }

  private storeDenial(denial: StoredDenial, response: Response, keeps: Keeps): NegativeEntry {
    const now = this.now;
    const name = response.lastName;
    const bogus = denial.verdict?.status === 'bogus';
    const life = bogus ? this.options.bogusTtl : this.negativeLife(denial);
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
      this.answers.set(name, response.type, entry, now, this.cameByParentsRoute(response));
    }
    if (denial.verdict?.status === 'secure' && denial.soa !== undefined) {
      const { proof, verdict, soa } = denial;
      const until = this.synthesisEnd(name, entry.expiresAt);
      for (const rrset of proof) if (keeps(rrset.name)) this.denials.add(rrset, verdict, until, soa);
    }
    return entry;
  }

  /**
   * Whether a reply about the DS of a forward zone's apex came from its parent, by another way than all else at that name
   * comes: it speaks of the DS alone (SECURITY ).
   */
  private cameByParentsRoute({ name, type }: Response): boolean {
    return type === RRType.DS && this.routes.routeOf(name, RRType.DS) !== this.routes.routeOf(name, RRType.A);
  }

  /** RFC 2308 5, RFC 9077 3: the least of SOA TTL, SOA MINIMUM and the proof's TTLs. */
  private negativeLife(denial: StoredDenial): number {
    const rdata = denial.soa?.rdatas[0];
    const soa = rdata === undefined ? undefined : parseSOA(rdata);
    if (denial.soa === undefined || soa === undefined) return Math.min(NO_SOA_LIFE_SECONDS, denial.maxTtl);
    const ttl = Math.min(denial.soa.ttl, soa.minimum);
    const bounded = Math.min(Math.max(ttl, this.options.minNegativeTtl), this.options.maxNegativeTtl);
    return Math.min(bounded, denial.maxTtl);
  }

  /** Stores a DS or DNSKEY set that a chain of trust has verified. */
  storeVerified(entry: Omit<PositiveEntry, 'kind' | 'storedAt' | 'expiresAt' | 'proof' | 'rank'>, ttl: number): void {
    const now = this.now;
    const life = Math.max(LEAST_LIFE_SECONDS, Math.min(ttl, this.options.maxTtl));
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
    this.answers.set(rrset.name, rrset.type, stored, now);
  }

  /** Forgets what is known of the names of a region; with a type, of that type only. Counts answer entries. */
  forget(region: Region, type?: number, breathe: () => void = () => {}): Forgotten {
    this.failures.forget(region, type);
    this.denials.forget(region);
    if (type === undefined || type === RRType.NS) this.delegations.forget(region, breathe);
    if (type === undefined || type === RRType.DS || type === RRType.DNSKEY) this.trust.forget(region, breathe);
    return this.answers.forget(region, type, breathe);
  }

  /** Other limits from now on. */
  resize(change: ResizableCache): void {
    this.options = { ...this.options, ...change };
    const { maxOctets } = change;
    // Taking everything over into another store is not done for nothing.
    if (maxOctets !== undefined && maxOctets !== this.answers.maxOctets) this.answers.resize(maxOctets);
    if (change.maxAggressiveRecords !== undefined) this.denials.resize(change.maxAggressiveRecords);
  }

  /** Addresses that some parent gave as glue for an NS name within its own delegation: routing data, not answers. */
  glueOf(name: DomainName): readonly ServerAddress[] {
    const delegation = this.delegations.closest(name, DomainName.root, this.now);
    return delegation?.nameServers.find((server) => server.name.equals(name))?.glue ?? [];
  }

  /** The delegation as the walk sees it: nothing above a forward zone, nothing expired. */
  closestDelegation(name: DomainName, top: DomainName): Delegation | undefined {
    return this.delegations.closest(name, top, this.now);
  }
}

/** Data that failed through a limit of ours are not held against their owner. */
function isCacheable(verdict: Verdict | undefined): boolean {
  return verdict?.status !== 'bogus' || verdict.reason !== 'work-limit';
}

/** RFC 1034 3.6.2, RFC 4034: a CNAME answers for every type but itself and those that stand beside it. */
function mayBeAliased(type: number): boolean {
  return type !== RRType.CNAME && type !== RRType.NSEC && type !== RRType.RRSIG && type !== RRType.KEY;
}

function aliasFinding(name: DomainName, entry: PositiveEntry, type: 'cname' | 'dname'): Finding | undefined {
  const rdata = entry.rrset.rdatas[0];
  const target = rdata === undefined ? undefined : parseNameRdata(rdata);
  if (target === undefined) return undefined;
  return {
    kind: 'alias',
    entry,
    type,
    target: type === 'cname' ? target : name.replaceSuffix(entry.rrset.name, target),
  };
}
