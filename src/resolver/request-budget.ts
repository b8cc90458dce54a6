// What one client query may cost, in everything that it causes (SECURITY I-1, 1.2): counters that only go up.
import { type DnssecLimits, QueryWork } from '../dnssec/budget.ts';
import type { IterationBudget } from '../iterator/iteration.ts';
import type { QueryTrace } from '../ports/events.ts';
import type { ExtendedError } from '../wire/edns.ts';

export interface RequestLimits {
  /** Packets sent: UDP, TCP, retries, NS addresses, DS and DNSKEY (query.max-upstream). */
  readonly maxUpstream: number;
  /** Octets received (query.max-bytes). */
  readonly maxOctets: number;
  /** NS address look-ups (deleg.max-glueless). */
  readonly maxAddressLookups: number;
  /** Failed NS address look-ups (query.max-ns-nxdomain). */
  readonly maxFailedAddressLookups: number;
  /** Look-ups that depend on each other (query.max-depth). */
  readonly maxDepth: number;
  /** CNAME and DNAME steps (query.max-aliases). */
  readonly maxAliases: number;
  /** Milliseconds after which the client gets an answer (query.client-deadline). */
  readonly clientDeadlineMs: number;
  /** Milliseconds after which the work ends (query.total-deadline). */
  readonly totalDeadlineMs: number;
  /** Milliseconds of the thread's time (query.max-cpu). */
  readonly maxCpuMs: number;
  /** Clients waiting for one question (server.max-clients-per-fetch). */
  readonly maxWaiters: number;
}

/** Troubles with servers that a client is told of when its patience ends. */
const MAX_TROUBLES = 3;

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  maxUpstream: 200,
  maxOctets: 256 * 1024,
  maxAddressLookups: 16,
  maxFailedAddressLookups: 5,
  maxDepth: 7,
  maxAliases: 11,
  clientDeadlineMs: 4_500,
  totalDeadlineMs: 10_000,
  maxCpuMs: 100,
  maxWaiters: 100,
};

export class RequestBudget implements IterationBudget {
  readonly limits: RequestLimits;
  readonly work: QueryWork;
  /** Where the steps of the work are taken down; undefined when nobody looks. */
  readonly trace: QueryTrace | undefined;
  private upstream = 0;
  private octets = 0;
  private addressLookups = 0;
  private failedAddressLookups = 0;
  private cpuMs = 0;
  private readonly lastTroubles: ExtendedError[] = [];

  constructor(limits: RequestLimits, dnssecLimits: DnssecLimits, trace?: QueryTrace) {
    this.trace = trace;
    this.limits = limits;
    this.work = new QueryWork(dnssecLimits);
  }

  /** Packets sent so far. */
  get upstreamSent(): number {
    return this.upstream;
  }

  /** Whether anything is used up that ends all work for the query. */
  get exhausted(): boolean {
    return this.octets > this.limits.maxOctets || this.cpuMs > this.limits.maxCpuMs;
  }

  /** What went wrong with servers last. */
  get troubles(): readonly ExtendedError[] {
    return this.lastTroubles;
  }

  noteTrouble(error: ExtendedError): void {
    if (this.lastTroubles.some(({ text }) => text === error.text)) return;
    this.lastTroubles.push(error);
    if (this.lastTroubles.length > MAX_TROUBLES) this.lastTroubles.shift();
  }

  chargeUpstream(): boolean {
    if (this.exhausted || this.upstream >= this.limits.maxUpstream) return false;
    this.upstream++;
    return true;
  }

  chargeOctets(count: number): void {
    this.octets += count;
  }

  chargeCpu(milliseconds: number): void {
    this.cpuMs += milliseconds;
  }

  chargeAddressLookup(): boolean {
    // Look-ups that wait for each other would else make one more at each level.
    if (this.failedAddressLookups > this.limits.maxFailedAddressLookups) return false;
    return ++this.addressLookups <= this.limits.maxAddressLookups;
  }

  chargeFailedAddressLookup(): boolean {
    return ++this.failedAddressLookups <= this.limits.maxFailedAddressLookups;
  }
}
