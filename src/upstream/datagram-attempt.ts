// One question over UDP, on a flow of its own (RFC 5452).
import type { Ask, Outcome, PendingAsk } from '../ports/exchange.ts';
import type { DatagramEvents, DatagramFlow, SocketFailure } from '../ports/sockets.ts';
import type { Timer } from '../ports/timers.ts';
import type { Cookies } from './cookies.ts';
import type { UpstreamCounters } from './counters.ts';
import type { UpstreamLimits } from './limits.ts';
import { countOutcome, failureOutcome, matchedOutcome } from './outcome.ts';
import { buildQuery, type SentQuery } from './query.ts';
import { matchReply } from './reply-match.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

export class DatagramAttempt implements DatagramEvents, PendingAsk {
  private readonly ports: UpstreamPorts;
  private readonly limits: UpstreamLimits;
  private readonly counters: UpstreamCounters;
  private readonly asked: Ask;
  private readonly done: (outcome: Outcome) => void;
  private readonly inFlight: Set<DatagramAttempt>;
  private readonly cookies: Cookies | undefined;
  /** The COOKIE option sent. */
  private readonly cookie: Uint8Array | undefined;
  private readonly query: SentQuery;
  private flow: DatagramFlow | undefined;
  private timer: Timer | undefined;
  private sentAtMs = 0;
  private ignored = 0;
  private nearMisses = 0;
  private answered = false;

  /** The attempt stands in `inFlight` until it has ended. Without `cookies` none is sent. */
  constructor(
    ports: UpstreamPorts,
    limits: UpstreamLimits,
    counters: UpstreamCounters,
    asked: Ask,
    done: (outcome: Outcome) => void,
    inFlight: Set<DatagramAttempt>,
    cookies: Cookies | undefined,
  ) {
    this.ports = ports;
    this.limits = limits;
    this.counters = counters;
    this.asked = asked;
    this.done = done;
    this.inFlight = inFlight;
    this.cookies = cookies;
    this.cookie = asked.edns ? cookies?.optionFor(asked.server.key) : undefined;
    const opt = { udpPayloadOctets: limits.udpPayloadOctets, pad: false, cookie: this.cookie };
    this.query = buildQuery(asked, opt, ports.random.below(0x10000), ports.random);
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
    this.flow?.close(this.answered && this.ignored === 0 && this.nearMisses === 0);
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
        if (++this.nearMisses === this.limits.maxNearMisses) this.end({ kind: 'spoof-suspected' });
        else this.ignore();
        break;
      case 'not-a-reply':
        // RFC 5452 9.1: it never ends the wait, or one forged datagram would deny the answer (SECURITY A-09).
        this.counters.ignored++;
        this.ignore();
        break;
      default:
        match satisfies never;
    }
  }

  onFailure(failure: SocketFailure): void {
    this.end(failureOutcome(failure));
  }

  private ignore(): void {
    if (++this.ignored > this.limits.maxIgnoredDatagrams) this.end({ kind: 'spoof-suspected' });
  }

  private acceptReply(octets: Uint8Array): void {
    this.answered = true;
    const rttMs = this.ports.clock.monotonicMs() - this.sentAtMs;
    if (octets.length > this.limits.udpPayloadOctets) {
      // Longer than offered: it came in fragments, of which all but the first are easily forged (SECURITY A-10).
      this.counters.oversized++;
      this.end({ kind: 'malformed', rttMs, octets: octets.length });
      return;
    }
    this.end(this.checkedCookie(matchedOutcome(octets, this.asked, rttMs)));
  }

  /** RFC 7873 5.3: a reply with another cookie is not believed, and neither is one without from a server that has them. */
  private checkedCookie(outcome: Outcome): Outcome {
    if (outcome.kind !== 'reply' || this.cookies === undefined || this.cookie === undefined) return outcome;
    switch (this.cookies.judge(this.asked.server.key, this.cookie, outcome.message)) {
      case 'fine':
        return outcome;
      case 'refused':
        // The whole answer is to be had over TCP, where cookies prove nothing.
        return { kind: 'truncated', rttMs: outcome.rttMs, octets: outcome.octets };
      default:
        this.counters.cookieMismatches++;
        return { kind: 'spoof-suspected' };
    }
  }

  private end(outcome: Outcome): void {
    if (!this.inFlight.has(this)) return;
    this.cancel();
    countOutcome(this.counters, outcome);
    this.done(outcome);
  }
}
