// One question over UDP, on a flow of its own (RFC 5452).
import type { Ask, Outcome, PendingAsk } from '../ports/exchange.ts';
import type { DatagramEvents, DatagramFlow, SocketFailure } from '../ports/sockets.ts';
import type { Timer } from '../ports/timers.ts';
import type { UpstreamCounters } from './counters.ts';
import type { UpstreamLimits } from './limits.ts';
import { countOutcome, failureOutcome, matchedOutcome } from './outcome.ts';
import { buildQuery, OFFERED_UDP_OCTETS, type SentQuery } from './query.ts';
import { matchReply } from './reply-match.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

export class DatagramAttempt implements DatagramEvents, PendingAsk {
  private readonly ports: UpstreamPorts;
  private readonly limits: UpstreamLimits;
  private readonly counters: UpstreamCounters;
  private readonly asked: Ask;
  private readonly done: (outcome: Outcome) => void;
  private readonly inFlight: Set<DatagramAttempt>;
  private readonly query: SentQuery;
  private flow: DatagramFlow | undefined;
  private timer: Timer | undefined;
  private sentAtMs = 0;
  private ignored = 0;
  private answered = false;

  /** The attempt stands in `inFlight` until it has ended. */
  constructor(
    ports: UpstreamPorts,
    limits: UpstreamLimits,
    counters: UpstreamCounters,
    asked: Ask,
    done: (outcome: Outcome) => void,
    inFlight: Set<DatagramAttempt>,
  ) {
    this.ports = ports;
    this.limits = limits;
    this.counters = counters;
    this.asked = asked;
    this.done = done;
    this.inFlight = inFlight;
    this.query = buildQuery(asked, ports.random.below(0x10000), ports.random);
  }

  start(): void {
    this.inFlight.add(this);
    this.sentAtMs = this.ports.clock.monotonicMs();
    this.flow = this.ports.sockets.openDatagram(this.asked.server, this);
    this.flow.send(this.query.octets);
    this.counters.udpQueries++;
    this.timer = this.ports.timers.at(this.sentAtMs + this.asked.timeoutMs, () => this.end({ kind: 'timeout' }));
  }

  cancel(): void {
    if (!this.inFlight.delete(this)) return;
    this.flow?.close(this.answered && this.ignored === 0);
    this.timer?.cancel();
  }

  onDatagram(octets: Uint8Array): void {
    if (!this.inFlight.has(this)) return;
    const match = matchReply(octets, this.query);
    switch (match) {
      case 'match':
        this.acceptReply(octets);
        break;
      case 'case-mismatch':
        // Where the case was not chosen at random it proves nothing, and servers that fold it exist.
        if (!this.asked.randomiseCase) {
          this.acceptReply(octets);
          break;
        }
        this.counters.caseMismatches++;
        this.end({ kind: 'spoof-suspected' });
        break;
      case 'near-miss':
        this.counters.nearMisses++;
        this.end({ kind: 'spoof-suspected' });
        break;
      case 'not-a-reply':
        // RFC 5452 9.1: it never ends the wait, or one forged datagram would deny the answer (SECURITY A-09).
        this.counters.ignored++;
        if (++this.ignored > this.limits.maxIgnoredDatagrams) this.end({ kind: 'spoof-suspected' });
        break;
      default:
        match satisfies never;
    }
  }

  onFailure(failure: SocketFailure): void {
    this.end(failureOutcome(failure));
  }

  private acceptReply(octets: Uint8Array): void {
    this.answered = true;
    const rttMs = this.ports.clock.monotonicMs() - this.sentAtMs;
    if (octets.length > OFFERED_UDP_OCTETS) {
      // Longer than offered: it came in fragments, of which all but the first are easily forged (SECURITY A-10).
      this.counters.oversized++;
      this.end({ kind: 'malformed', rttMs, octets: octets.length });
      return;
    }
    this.end(matchedOutcome(octets, this.asked, rttMs));
  }

  private end(outcome: Outcome): void {
    if (!this.inFlight.has(this)) return;
    this.cancel();
    countOutcome(this.counters, outcome);
    this.done(outcome);
  }
}
