// The name servers of one delegation while they are being asked: which addresses are known, and whose are looked up next.
import type { Delegation, NameServer } from '../cache/delegation-store.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { DomainName } from '../wire/name.ts';
import { type Candidate, newCandidate, resetCandidate } from './server-selection.ts';
import type { IterationContext } from './walk.ts';

/** The addresses of one delegation while it is being asked. */
export class ZoneServers {
  readonly zone: DomainName;
  readonly delegation: Delegation;
  readonly candidates: Candidate[] = [];
  /** NS names whose addresses are not known yet, in random order. */
  private readonly unresolved: NameServer[] = [];
  /** Those that only the zone itself gives, for when no other is left. */
  private further: readonly NameServer[];
  private lookups = 0;
  /** The address of some name server can only be had from these very servers. */
  looped = false;
  private readonly known = new Set<string>();
  private readonly context: IterationContext;

  constructor(context: IterationContext, delegation: Delegation) {
    this.context = context;
    this.zone = delegation.zone;
    this.delegation = delegation;
    this.further = delegation.furtherServers ?? [];
    const pending: NameServer[] = [];
    for (const nameServer of delegation.nameServers) {
      const isForeign = delegation.parent !== undefined && !nameServer.name.isSubdomainOf(delegation.zone);
      if (!isForeign || context.options.verifiesGlue !== true) this.add(nameServer.name, nameServer.glue);
      if (delegation.parent === undefined) continue;
      const cached = context.knowledge.addressesOf(nameServer.name);
      if (cached !== undefined) this.add(nameServer.name, cached);
      else if (nameServer.glue.length === 0 || isForeign) pending.push(nameServer);
    }
    if (pending.length > 0) this.queue(pending);
  }

  /** Puts the names without address into the order in which they are looked up: those without glue first, by chance. */
  private queue(pending: NameServer[]): void {
    const { context } = this;
    pending.sort((left, right) => left.glue.length - right.glue.length);
    const withoutGlue = pending.filter(({ glue }) => glue.length === 0);
    while (withoutGlue.length > 0) {
      const picked = withoutGlue.splice(context.random.below(withoutGlue.length), 1)[0];
      if (picked !== undefined) this.unresolved.push(picked);
    }
    this.unresolved.push(...pending.filter(({ glue }) => glue.length > 0));
  }

  /** Adds addresses of the name server `name`. */
  add(name: DomainName, addresses: readonly ServerAddress[]): void {
    const { options, excluded } = this.context;
    for (const server of addresses) {
      if (server.family === 4 ? !options.useIPv4 : !options.useIPv6) continue;
      if (this.known.has(server.key) || excluded.has(server.key)) continue;
      if (this.known.size >= options.limits.maxAddresses) return;
      this.known.add(server.key);
      this.candidates.push(newCandidate(server, options.exemptions.covers(name, server.address)));
    }
  }

  /** The next NS name to look up; undefined when there is none or the limit is reached. */
  nextUnresolved(): NameServer | undefined {
    const { options, knowledge } = this.context;
    for (;;) {
      if (this.lookups >= options.limits.maxGluelessPerDelegation) return undefined;
      if (this.unresolved.length === 0) {
        this.unresolved.push(...this.further);
        this.further = [];
      }
      const next = this.unresolved.shift();
      if (next !== undefined && (knowledge.isNonResolving(next.name) || this.isBehindSilence(next.name))) continue;
      this.lookups++;
      return next;
    }
  }

  /** A name within the zone, whose address only servers could tell that do not answer. */
  private isBehindSilence(name: DomainName): boolean {
    const { candidates } = this;
    return (
      name.isSubdomainOf(this.zone) && candidates.length > 0 && candidates.every(({ udpTimeouts }) => udpTimeouts > 0)
    );
  }

  /** Adds glue that could not be verified, and addresses that only the zone itself gives; false when there are none. */
  addUnverified(): boolean {
    const before = this.candidates.length;
    const { parent, nameServers, furtherServers = [] } = this.delegation;
    if (parent === undefined) return false;
    for (const { name, glue } of [...nameServers, ...furtherServers]) this.add(name, glue);
    return this.candidates.length > before;
  }

  /** Makes all addresses usable for another question. */
  restart(): void {
    for (const candidate of this.candidates) resetCandidate(candidate);
  }
}
