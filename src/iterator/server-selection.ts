// Which address of a zone to ask next, by measured round-trip time and chance (SECURITY 5.1).
import type { Clock } from '../ports/clock.ts';
import type { ServerAddress, Transport } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { DomainName } from '../wire/name.ts';

/** Servers within this distance of the best share the questions. */
const BAND_MS = 400;
/** Added to each round-trip time, so that a very near server does not take everything. */
const WEIGHT_OFFSET_MS = 20;
/** One question in so many goes to any usable server, to learn how it does now. */
const EXPLORE_ONE_IN = 20;
/** UDP time-outs of one address for one question after which TCP is tried (out.tcp-after-timeouts). */
const UDP_TIMEOUTS_BEFORE_TCP = 2;

/** What selection reads of the server cache. */
export interface ServerKnowledge {
  rttMs(server: ServerAddress): number;
  timeoutMs(server: ServerAddress): number;
  isDead(server: ServerAddress, nowMs: number): boolean;
  mayProbe(server: ServerAddress, nowMs: number): boolean;
  isLame(server: ServerAddress, zone: DomainName, now: number): boolean;
  lacksEdns(server: ServerAddress, now: number): boolean;
  changesCase(server: ServerAddress, now: number): boolean;
}

/** One address while one question is being asked. */
export interface Candidate {
  readonly server: ServerAddress;
  /** Packets sent to it for the present question, and how it fared. */
  attempts: number;
  udpTimeouts: number;
  tcpTried: boolean;
  /** The next attempt must use TCP (truncation, or a suspected forgery). */
  needsTcp: boolean;
  /** The next attempt goes without EDNS: allowed once, after a matching FORMERR or NOTIMP without OPT. */
  withoutEdns: boolean;
  /** Not to be asked again for the present question. */
  finished: boolean;
}

export function newCandidate(server: ServerAddress): Candidate {
  return {
    server,
    attempts: 0,
    udpTimeouts: 0,
    tcpTried: false,
    needsTcp: false,
    withoutEdns: false,
    finished: false,
  };
}

/**
 * The candidate to ask next: among those asked least so far, weighted by 1/RTT within a band of the best. Lame and dead
 * servers come last; a dead one only when it is time for a probe. Undefined when there is none.
 */
export function chooseServer(
  candidates: readonly Candidate[],
  zone: DomainName,
  knowledge: ServerKnowledge,
  clock: Clock,
  random: Random,
): Candidate | undefined {
  const usable = candidates.filter((candidate) => !candidate.finished);
  const pressing = usable.find((candidate) => candidate.needsTcp || candidate.withoutEdns);
  if (pressing !== undefined) return pressing;
  const nowMs = clock.monotonicMs();
  const now = clock.cacheSeconds();
  const alive = usable.filter(({ server }) => !knowledge.isDead(server, nowMs));
  const serving = alive.filter(({ server }) => !knowledge.isLame(server, zone, now));
  const pool =
    serving.length > 0
      ? serving
      : alive.length > 0
        ? alive
        : usable.filter(({ server }) => knowledge.mayProbe(server, nowMs));
  if (pool.length === 0) return undefined;

  const fewest = Math.min(...pool.map(({ attempts }) => attempts));
  const next = pool.filter(({ attempts }) => attempts === fewest);
  if (next.length === 1 || random.below(EXPLORE_ONE_IN) === 0) return next[random.below(next.length)];
  const times = next.map(({ server }) => knowledge.rttMs(server));
  const best = Math.min(...times);
  const weights = times.map((time) => (time <= best + BAND_MS ? Math.ceil(1_000_000 / (time + WEIGHT_OFFSET_MS)) : 0));
  let left = random.below(weights.reduce((sum, weight) => sum + weight, 0));
  for (let index = 0; index < next.length; index++) {
    left -= weights[index] ?? 0;
    if (left < 0) return next[index];
  }
  return next[0];
}

/** Transport and time-out of the next attempt at a candidate. */
export function attemptPlan(
  candidate: Candidate,
  knowledge: ServerKnowledge,
  tcpTimeoutMs: number,
): { transport: Transport; timeoutMs: number } {
  const tcp = candidate.needsTcp || (candidate.udpTimeouts >= UDP_TIMEOUTS_BEFORE_TCP && !candidate.tcpTried);
  return tcp
    ? { transport: 'tcp', timeoutMs: tcpTimeoutMs }
    : { transport: 'udp', timeoutMs: knowledge.timeoutMs(candidate.server) };
}
