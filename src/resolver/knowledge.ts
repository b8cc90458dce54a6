// All stores of one resolver, and what is found in them for a question. What goes in goes through `storing.ts` and the needs
// of tasks.
import {
  AnswerCache,
  type AnswerEntry,
  type Forgotten,
  type NegativeEntry,
  type PositiveEntry,
} from '../cache/answer-cache.ts';
import { type Delegation, DelegationStore } from '../cache/delegation-store.ts';
import { DenialCache } from '../cache/denial-cache.ts';
import { FailureCache } from '../cache/failure-cache.ts';
import { InfraCache } from '../cache/infra-cache.ts';
import { NonResolvingNames } from '../cache/non-resolving-names.ts';
import type { Region } from '../cache/region.ts';
import { ZoneTrustCache } from '../cache/zone-trust-cache.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import { EdeCode, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import type { Finding, LookupResult } from './finding.ts';
import type { CacheOptions, ResizableCache, ResolverOptions } from './options.ts';
import { Routes } from './routes.ts';

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
  hasWildcards = false;
  /** How long things live. Changed by `resize` only. */
  options: CacheOptions;

  constructor(options: ResolverOptions, clock: Clock) {
    const { cache } = options;
    this.clock = clock;
    this.trustAnchors = options.anchors;
    this.options = cache;
    this.answers = new AnswerCache(cache);
    this.delegations = new DelegationStore(cache.maxDelegations);
    this.denials = new DenialCache(cache.maxAggressiveRecords, cache.hashSeed);
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
    if (type === RRType.ANY || type === RRType.RRSIG || type === RRType.SIG) return this.findFailure(name, type, trust);
    const finding = this.findFinding(name, type, trust);
    if (finding !== undefined) return { ok: true, finding, further: undefined, cached: true };
    return this.findFailure(name, type, trust);
  }

  /** That a question has failed lately (RFC 9520); a failure to validate is none for who takes data of any trust. */
  findFailure(name: DomainName, type: number, trust: Trust): LookupResult | undefined {
    const failure = this.failures.get(name, type, this.now);
    if (failure === undefined || (trust === 'any' && failure.verdict !== undefined)) return undefined;
    const errors = [...failure.errors, { code: EdeCode.CACHED_ERROR, text: 'cached failure' }];
    return { ok: false, failure: 'cached', errors, cached: true, verdict: failure.verdict };
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

  /** An answer made from a cached wildcard and the proof that nothing closer exists. */
  private expandWildcard(name: DomainName, type: number, top: DomainName): Finding | undefined {
    if (!this.hasWildcards || type === RRType.DS || name.isWildcard) return undefined;
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
