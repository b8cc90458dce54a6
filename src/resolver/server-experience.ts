// What the resolver learns of servers from how they behave: here and only here; what could be forged changes nothing
// (SECURITY I-10).
import type { InfraCache } from '../cache/infra-cache.ts';
import type { ServerObservation } from '../iterator/iteration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ask, Outcome, ServerAddress } from '../ports/exchange.ts';
import type { DomainName } from '../wire/name.ts';
import type { RequestBudget } from './request-budget.ts';

/** Takes the end of an attempt in, and charges what came. */
export function noteOutcome(
  servers: InfraCache,
  clock: Clock,
  budget: RequestBudget,
  ask: Ask,
  outcome: Outcome,
): void {
  switch (outcome.kind) {
    case 'reply':
    case 'truncated':
    case 'malformed':
      budget.chargeOctets(outcome.octets);
      // Over TCP the time says nothing about UDP; a TLS server has no other.
      if (ask.transport === 'tcp') servers.recordAlive(ask.server);
      else servers.recordReply(ask.server, outcome.rttMs);
      return;
    case 'timeout': {
      const nowMs = clock.monotonicMs();
      servers.recordTimeout(ask.server, nowMs, nowMs - ask.timeoutMs);
      return;
    }
    case 'connection-refused':
    case 'unreachable':
    case 'tls-failed':
      // SECURITY A-04: over UDP it may be forged. A TLS server that cannot be reached is as good as silent.
      if (ask.transport === 'tls') servers.recordTimeout(ask.server, clock.monotonicMs());
      return;
    case 'spoof-suspected':
    case 'no-socket':
      return;
    default:
      outcome satisfies never;
  }
}

/** `now` in seconds of the cache clock. */
export function noteObservation(
  servers: InfraCache,
  now: number,
  server: ServerAddress,
  zone: DomainName,
  observation: ServerObservation,
): void {
  if (observation === 'lame') servers.recordLame(server, zone, now);
  else if (observation === 'failing') servers.recordFailing(server, zone, now);
  else if (observation === 'no-edns') servers.recordNoEdns(server, now);
  else servers.recordCaseChanged(server, now);
}
