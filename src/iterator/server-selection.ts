// Which address of a zone to ask next, over which transport and how long to wait for it, by measured round-trip time and chance (SECURITY 5.1).
import type { Clock } from '../ports/clock.ts';
import type { ServerAddress, Transport } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';

/** Servers within this distance of the best share the questions. */
const BAND_MS = 400;
/** Added to each round-trip time, so that a very near server does not take everything. */
const WEIGHT_OFFSET_MS = 20;
/** One question in so many goes to any usable server, to learn how it does now. */
const EXPLORE_ONE_IN = 20;
/** UDP time-outs of one address for one question after which TCP is tried (out.tcp-after-timeouts). */
const UDP_TIMEOUTS_BEFORE_TCP = 2;

/** Longest wait for a server that did not answer of late, while another one does. */
const DOUBTFUL_TIMEOUT_MS = 400;
/** Longest wait for TCP where UDP was silent: a guess that the path drops UDP. */
const GUESSED_TCP_TIMEOUT_MS = 1_000;
/** Longest wait over TLS, where the handshake takes its time, for a server beside which there is another. */
const TLS_TIMEOUT_MS = 1_000;
/** TLS time-outs of one address for one question: the first may be due to a connection that died in silence. */
const MAX_TLS_TIMEOUTS = 2;

/** What selection reads of the server cache. */
export interface ServerKnowledge {
  rttMs(server: ServerAddress): number;
  timeoutMs(server: ServerAddress): number;
  /** Time-outs since it last answered. */
  timeoutsInRow(server: ServerAddress): number;
  isDead(server: ServerAddress, nowMs: number): boolean;
  mayProbe(server: ServerAddress, nowMs: number): boolean;
  isLame(server: ServerAddress, zone: DomainName, now: number): boolean;
  lacksEdns(server: ServerAddress, now: number): boolean;
  changesCase(server: ServerAddress, now: number): boolean;
}

/** One address while one question is being asked. */
export interface Candidate {
  readonly server: ServerAddress;
  /** Never set aside for not answering (`outgoing.dont_throttle_names`, `dont_throttle_netmasks`). */
  readonly exempt: boolean;
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

export function newCandidate(server: ServerAddress, exempt = false): Candidate {
  return {
    server,
    exempt,
    attempts: 0,
    udpTimeouts: 0,
    tcpTried: false,
    needsTcp: false,
    withoutEdns: false,
    finished: false,
  };
}

/** Makes a candidate usable for another question. */
export function resetCandidate(candidate: Candidate): void {
  candidate.attempts = 0;
  candidate.udpTimeouts = 0;
  candidate.tcpTried = false;
  candidate.needsTcp = false;
  candidate.withoutEdns = false;
  candidate.finished = false;
}

/**
 * The candidate to ask next: among those asked least so far, weighted by 1/RTT within a band of the best. Lame and dead
 * servers come last; a dead one only when it is time for a probe. One question in `bypassOneIn` (0: none) treats a dead
 * server as any other. Undefined when there is none.
 */
export function chooseServer(
  candidates: readonly Candidate[],
  zone: DomainName,
  knowledge: ServerKnowledge,
  clock: Clock,
  random: Random,
  bypassOneIn = 0,
): Candidate | undefined {
  const usable: Candidate[] = [];
  for (const candidate of candidates) {
    if (candidate.finished) continue;
    if (candidate.needsTcp || candidate.withoutEdns) return candidate;
    usable.push(candidate);
  }
  if (usable.length === 0) return undefined;
  const nowMs = clock.monotonicMs();
  const [only] = usable;
  // Most zones of small operators have one server, or one left: there is nothing to weigh.
  if (usable.length === 1 && only !== undefined && !knowledge.isDead(only.server, nowMs)) return only;
  const now = clock.cacheSeconds();
  const isDoubtful = ({ server, exempt }: Candidate): boolean =>
    (!exempt && knowledge.isDead(server, nowMs)) || knowledge.isLame(server, zone, now);
  const pool = usable.some(isDoubtful) ? bestOf(usable, zone, knowledge, nowMs, now, random, bypassOneIn) : usable;
  const next = leastAsked(pool);
  if (next.length <= 1) return next[0];
  if (random.below(EXPLORE_ONE_IN) === 0) {
    const explored = next.filter(({ server }) => knowledge.mayProbe(server, nowMs));
    if (explored.length > 0) return explored[random.below(explored.length)];
  }
  const times: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const { server } of next) {
    const timeMs = knowledge.rttMs(server);
    times.push(timeMs);
    if (timeMs < best) best = timeMs;
  }
  let total = 0;
  for (const timeMs of times) total += weightOf(timeMs, best);
  let left = random.below(total);
  for (let index = 0; index < next.length; index++) {
    left -= weightOf(times[index] ?? 0, best);
    if (left < 0) return next[index];
  }
  return next[0];
}

/** Those that live and serve the zone; where there is none, those that live, or else those to be probed. */
function bestOf(
  usable: readonly Candidate[],
  zone: DomainName,
  knowledge: ServerKnowledge,
  nowMs: number,
  now: number,
  random: Random,
  bypassOneIn: number,
): readonly Candidate[] {
  const living = usable.filter(({ server, exempt }) => exempt || !knowledge.isDead(server, nowMs));
  const bypasses = living.length < usable.length && bypassOneIn > 0 && random.below(bypassOneIn) === 0;
  const alive = bypasses ? usable : living;
  const serving = alive.filter(({ server }) => !knowledge.isLame(server, zone, now));
  if (serving.length > 0) return serving;
  return alive.length > 0 ? alive : usable.filter(({ server }) => knowledge.mayProbe(server, nowMs));
}

function weightOf(timeMs: number, bestMs: number): number {
  return timeMs <= bestMs + BAND_MS ? Math.ceil(1_000_000 / (timeMs + WEIGHT_OFFSET_MS)) : 0;
}

function leastAsked(pool: readonly Candidate[]): readonly Candidate[] {
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { attempts } of pool) {
    if (attempts < fewest) fewest = attempts;
    if (attempts > most) most = attempts;
  }
  return fewest === most ? pool : pool.filter(({ attempts }) => attempts === fewest);
}

/** How attempts are made. */
export interface AttemptOptions {
  /** Longest wait for one UDP reply, or for one over TLS, milliseconds (`outgoing.network_timeout`). */
  readonly networkTimeoutMs: number;
  /** Wait for a TCP connection and a reply on it, milliseconds. */
  readonly tcpTimeoutMs: number;
  /** Ask for ANY over TCP (`outgoing.any_to_tcp`). */
  readonly anyToTcp: boolean;
}

/**
 * Transport and time-out of the next attempt at a candidate. `othersAnswer`: there is another one to turn to, of which
 * nothing bad is known.
 */
export function attemptPlan(
  candidate: Candidate,
  type: number,
  othersAnswer: boolean,
  knowledge: ServerKnowledge,
  options: AttemptOptions,
): { transport: Transport; timeoutMs: number } {
  const { server, needsTcp, udpTimeouts, tcpTried } = candidate;
  const { networkTimeoutMs } = options;
  if (server.tls !== undefined) {
    return {
      transport: 'tls',
      timeoutMs: othersAnswer ? Math.min(TLS_TIMEOUT_MS, networkTimeoutMs) : networkTimeoutMs,
    };
  }
  if (needsTcp || (!tcpTried && type === RRType.ANY && options.anyToTcp)) {
    return { transport: 'tcp', timeoutMs: options.tcpTimeoutMs };
  }
  if (!tcpTried && udpTimeouts >= UDP_TIMEOUTS_BEFORE_TCP) {
    return { transport: 'tcp', timeoutMs: Math.min(GUESSED_TCP_TIMEOUT_MS, options.tcpTimeoutMs) };
  }
  const doubtful = othersAnswer && knowledge.timeoutsInRow(server) > 0;
  const timeoutMs = Math.min(knowledge.timeoutMs(server), networkTimeoutMs, doubtful ? DOUBTFUL_TIMEOUT_MS : Infinity);
  return { transport: 'udp', timeoutMs };
}

/** Whether a candidate other than this one may still be asked for the present question, and answered when last asked. */
export function hasOtherToAsk(
  candidate: Candidate,
  candidates: readonly Candidate[],
  knowledge: ServerKnowledge,
): boolean {
  for (const other of candidates) {
    if (other !== candidate && !other.finished && knowledge.timeoutsInRow(other.server) === 0) return true;
  }
  return false;
}

/** Notes a time-out; the candidate may be finished by it. */
export function noteTimeout(candidate: Candidate): void {
  candidate.udpTimeouts++;
  if (candidate.server.tls === undefined) {
    if (candidate.tcpTried) candidate.finished = true;
  } else if (candidate.udpTimeouts >= MAX_TLS_TIMEOUTS) {
    candidate.finished = true;
  }
}
