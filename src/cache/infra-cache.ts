// What we know of servers: smoothed round-trip time, time-outs, EDNS, lameness (SECURITY 5.1).
import type { ServerAddress } from '../ports/exchange.ts';
import { DomainName } from '../wire/name.ts';
import { RecentMap } from './recent-map.ts';

/** RFC 6298 with the bounds of SECURITY 1.6 (out.rto), milliseconds. */
const FIRST_TIMEOUT_MS = 400;
const UNKNOWN_RTT_MS = 376;
const MIN_TIMEOUT_MS = 50;
const MAX_TIMEOUT_MS = 3_000;
const MAX_DOUBLINGS = 3;
/** Time-outs in a row from which a server is slower than one that nobody knows, whatever it was before. */
const DOUBTED_AFTER_TIMEOUTS = 2;
/** How often a server that does not answer is asked again, and for how long a dead one is so often. */
const PROBE_EVERY_MS = 1_000;
const EARLY_PROBING_MS = 10_000;
/** Lameness and the like are forgotten after this many seconds. */
const LAME_SECONDS = 60;
/** SERVFAIL is often about one name: it makes others of the zone preferred for a moment only. */
const FAILING_SECONDS = 5;
const NO_EDNS_SECONDS = 900;

/** When a server counts as dead, and how long it is then left alone. */
export interface ThrottlingOptions {
  /** Time-outs in a row (`outgoing.server_down_max_fails`); 0: never. */
  readonly maxFails: number;
  /** Seconds between probes, once it has been dead for a while (`outgoing.server_down_throttle_time`). */
  readonly throttleSeconds: number;
}

export const DEFAULT_THROTTLING: ThrottlingOptions = { maxFails: 4, throttleSeconds: 60 };

interface ServerState {
  /** Cache-clock seconds. */
  readonly expiresAt: number;
  srttMs: number;
  varianceMs: number;
  measured: boolean;
  timeoutsInRow: number;
  lastTimeoutMs: number;
  /** When a dead server was last asked whether it lives. */
  lastProbeMs: number;
  deadSinceMs: number;
  nextProbeMs: number;
  noEdnsUntil: number;
  casePreservedNot: number;
  lame: Map<string, number> | undefined;
}

/** A server as a person may look at it. */
export interface KnownServer {
  /** `address#port`. */
  readonly key: string;
  /** Smoothed; undefined before the first reply. */
  readonly rttMs: number | undefined;
  readonly timeoutsInRow: number;
  /** Milliseconds until the next probe; 0 for a server that is not held for dead. */
  readonly deadForMs: number;
  /** Seconds for which it is asked without EDNS; 0 when it has EDNS. */
  readonly noEdnsSeconds: number;
  readonly changesCase: boolean;
  /** Zones for which it is lame. */
  readonly lame: readonly DomainName[];
}

/** Servers by address; entries vanish some time after they were made. */
export class InfraCache {
  private readonly servers: RecentMap<ServerState>;
  private readonly ttlSeconds: number;
  private readonly now: () => number;
  /** Time-outs in a row from which a server is dead; may be infinite. */
  private readonly deadAfter: number;
  private readonly throttleMs: number;
  /** The two servers that were looked up last: those of one zone are looked at again and again. */
  private recent: ServerAddress | undefined;
  private recentState: ServerState | undefined;
  private previous: ServerAddress | undefined;
  private previousState: ServerState | undefined;

  constructor(
    maxHosts: number,
    ttlSeconds: number,
    now: () => number,
    { maxFails, throttleSeconds }: ThrottlingOptions = DEFAULT_THROTTLING,
  ) {
    this.deadAfter = maxFails === 0 ? Number.POSITIVE_INFINITY : maxFails;
    this.throttleMs = throttleSeconds * 1000;
    this.servers = new RecentMap<ServerState>({ maxEntries: maxHosts, onGone: () => this.forgetRecent() });
    this.ttlSeconds = ttlSeconds;
    this.now = now;
  }

  get size(): number {
    return this.servers.size;
  }

  /** Smoothed round-trip time, or the figure assumed for an unknown server. */
  rttMs(server: ServerAddress): number {
    const state = this.find(server);
    if (state === undefined) return UNKNOWN_RTT_MS;
    const isDoubted = state.timeoutsInRow >= DOUBTED_AFTER_TIMEOUTS;
    const measuredMs = state.measured ? state.srttMs : UNKNOWN_RTT_MS;
    const base = isDoubted ? Math.max(measuredMs, UNKNOWN_RTT_MS) : measuredMs;
    return state.timeoutsInRow === 0 ? base : base * 2 ** Math.min(state.timeoutsInRow, MAX_DOUBLINGS);
  }

  /** Time to wait for a reply over UDP. */
  timeoutMs(server: ServerAddress): number {
    const state = this.find(server);
    if (state === undefined) return FIRST_TIMEOUT_MS;
    const base = state.measured ? state.srttMs + 4 * state.varianceMs : FIRST_TIMEOUT_MS;
    const bounded = Math.min(Math.max(base, MIN_TIMEOUT_MS), MAX_TIMEOUT_MS);
    if (state.timeoutsInRow === 0) return bounded;
    return Math.min(bounded * 2 ** Math.min(state.timeoutsInRow, MAX_DOUBLINGS), MAX_TIMEOUT_MS);
  }

  timeoutsInRow(server: ServerAddress): number {
    return this.find(server)?.timeoutsInRow ?? 0;
  }

  /** Dead, and it is not yet time for the next probe. */
  isDead(server: ServerAddress, nowMs: number): boolean {
    const state = this.find(server);
    return state !== undefined && state.timeoutsInRow >= this.deadAfter && nowMs < state.nextProbeMs;
  }

  /** A server that does not answer is tried by one question a second; one that answers, by all. */
  mayProbe(server: ServerAddress, nowMs: number): boolean {
    const state = this.find(server);
    if (state === undefined || state.timeoutsInRow === 0) return true;
    return nowMs - Math.max(state.lastTimeoutMs, state.lastProbeMs) >= PROBE_EVERY_MS;
  }

  isLame(server: ServerAddress, zone: DomainName, now: number): boolean {
    const until = this.find(server, now)?.lame?.get(zone.key);
    return until !== undefined && until > now;
  }

  /** The server answers plain DNS only (learned from a matching FORMERR or NOTIMP). */
  lacksEdns(server: ServerAddress, now: number): boolean {
    const state = this.find(server, now);
    return state !== undefined && state.noEdnsUntil > now;
  }

  /** The server changes the letter case of questions. */
  changesCase(server: ServerAddress, now: number): boolean {
    const state = this.find(server, now);
    return state !== undefined && state.casePreservedNot > now;
  }

  private find(server: ServerAddress, now = this.now()): ServerState | undefined {
    const state =
      server === this.recent ? this.recentState : server === this.previous ? this.previousState : this.lookUp(server);
    return state !== undefined && state.expiresAt > now ? state : undefined;
  }

  private lookUp(server: ServerAddress): ServerState | undefined {
    const state = this.servers.get(server.key);
    if (state === undefined) return undefined;
    this.previous = this.recent;
    this.previousState = this.recentState;
    this.recent = server;
    this.recentState = state;
    return state;
  }

  private forgetRecent(): void {
    this.recent = undefined;
    this.previous = undefined;
  }

  private state(server: ServerAddress): ServerState {
    let state = this.find(server);
    if (state === undefined) {
      state = {
        expiresAt: this.now() + this.ttlSeconds,
        srttMs: 0,
        varianceMs: 0,
        measured: false,
        timeoutsInRow: 0,
        lastTimeoutMs: Number.NEGATIVE_INFINITY,
        lastProbeMs: Number.NEGATIVE_INFINITY,
        deadSinceMs: 0,
        nextProbeMs: 0,
        noEdnsUntil: 0,
        casePreservedNot: 0,
        lame: undefined,
      };
      this.servers.set(server.key, state);
    }
    return state;
  }

  /** A reply came after `rttMs` (RFC 6298 2). */
  recordReply(server: ServerAddress, rttMs: number): void {
    const state = this.state(server);
    if (state.measured) {
      state.varianceMs = 0.75 * state.varianceMs + 0.25 * Math.abs(state.srttMs - rttMs);
      state.srttMs = 0.875 * state.srttMs + 0.125 * rttMs;
    } else {
      state.measured = true;
      state.srttMs = rttMs;
      state.varianceMs = rttMs / 2;
    }
    state.timeoutsInRow = 0;
  }

  /** The server answered over a transport whose timing says nothing about UDP. */
  recordAlive(server: ServerAddress): void {
    this.state(server).timeoutsInRow = 0;
  }

  /** A packet is on its way: to a silent server it is the probe of this second, and others wait for what it tells. */
  recordSent(server: ServerAddress, nowMs: number): void {
    const state = this.find(server);
    if (state === undefined || state.timeoutsInRow === 0) return;
    state.lastProbeMs = nowMs;
    if (state.timeoutsInRow >= this.deadAfter) state.nextProbeMs = Math.max(state.nextProbeMs, nowMs + PROBE_EVERY_MS);
  }

  /**
   * Nothing came for a packet sent at `sentAtMs`. Packets that were under way together tell of one loss, not of many: the
   * wait is doubled from what it was, however many questions wait (SECURITY 5.1).
   */
  recordTimeout(server: ServerAddress, nowMs: number, sentAtMs: number = nowMs): void {
    const state = this.state(server);
    if (sentAtMs < state.lastTimeoutMs) return;
    state.timeoutsInRow++;
    state.lastTimeoutMs = nowMs;
    if (state.timeoutsInRow < this.deadAfter) return;
    if (state.timeoutsInRow === this.deadAfter) state.deadSinceMs = nowMs;
    const early = nowMs - state.deadSinceMs < EARLY_PROBING_MS;
    state.nextProbeMs = nowMs + (early ? Math.min(PROBE_EVERY_MS, this.throttleMs) : this.throttleMs);
  }

  recordLame(server: ServerAddress, zone: DomainName, now: number): void {
    this.setLame(server, zone, now + LAME_SECONDS);
  }

  /** The server answered SERVFAIL for a name of the zone. */
  recordFailing(server: ServerAddress, zone: DomainName, now: number): void {
    if (!this.isLame(server, zone, now)) this.setLame(server, zone, now + FAILING_SECONDS);
  }

  private setLame(server: ServerAddress, zone: DomainName, until: number): void {
    const state = this.state(server);
    state.lame ??= new Map();
    if (state.lame.size >= 100) state.lame.clear();
    state.lame.set(zone.key, until);
  }

  recordNoEdns(server: ServerAddress, now: number): void {
    this.state(server).noEdnsUntil = now + NO_EDNS_SECONDS;
  }

  recordCaseChanged(server: ServerAddress, now: number): void {
    this.state(server).casePreservedNot = now + NO_EDNS_SECONDS;
  }

  /** Forgets what a server did, as when it was configured anew. */
  forget(server: Pick<ServerAddress, 'key'>): void {
    this.servers.delete(server.key);
  }

  clear(): void {
    this.servers.clear();
  }

  /** What a person may want to know of one server; undefined when nothing is known. */
  stateOf(server: ServerAddress): Pick<KnownServer, 'rttMs' | 'timeoutsInRow'> | undefined {
    const state = this.find(server);
    return state && { rttMs: state.measured ? state.srttMs : undefined, timeoutsInRow: state.timeoutsInRow };
  }

  /** What is known of each server, made one by one. */
  *known(nowMs: number, now: number): Generator<KnownServer> {
    for (const [key, state] of [...this.servers.entries()]) {
      if (state.expiresAt <= now) continue;
      yield {
        key,
        rttMs: state.measured ? state.srttMs : undefined,
        timeoutsInRow: state.timeoutsInRow,
        deadForMs: state.timeoutsInRow >= this.deadAfter ? Math.max(0, state.nextProbeMs - nowMs) : 0,
        noEdnsSeconds: Math.max(0, state.noEdnsUntil - now),
        changesCase: state.casePreservedNot > now,
        lame: [...(state.lame ?? [])].flatMap(([zone, until]) => (until > now ? [DomainName.fromKey(zone)] : [])),
      };
    }
  }
}
