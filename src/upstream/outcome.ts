// Octets and operating system failures to outcomes, and their counting.
import type { Ask, Outcome } from '../ports/exchange.ts';
import type { SocketFailure } from '../ports/sockets.ts';
import { HeaderFlag } from '../wire/header.ts';
import { parseMessage } from '../wire/message.ts';
import { readU16 } from '../wire/reader.ts';
import type { UpstreamCounters } from './counters.ts';
import { restoreQuestionName } from './reply-match.ts';

/**
 * A message in so little memory of its own stays there as long as something read from it: a copy of each RDATA would take
 * more. Of a longer one, or of one among others, a part must not hold the whole.
 */
const MAX_KEPT_OCTETS = 1536;

/** The outcome of a message that matches in ID and question. Changes the question's name in `octets`. */
export function matchedOutcome(octets: Uint8Array, ask: Ask, rttMs: number): Outcome {
  // The body of a truncated message is whatever happened to fit: it is not even read (RFC 2181 9).
  if ((readU16(octets, 2) & HeaderFlag.TC) !== 0) return { kind: 'truncated', rttMs, octets: octets.length };
  restoreQuestionName(octets, ask.question.name);
  const parsed = parseMessage(octets, octets.buffer.byteLength <= MAX_KEPT_OCTETS);
  if (!parsed.ok) return { kind: 'malformed', rttMs, octets: octets.length };
  return { kind: 'reply', message: parsed.message, octets: octets.length, rttMs };
}

/** A peer that closes without an answer has refused the connection as far as the asker is concerned. */
export function failureOutcome(failure: SocketFailure, detail = ''): Outcome {
  if (failure === 'tls-failed') return { kind: failure, reason: detail };
  return { kind: failure === 'closed' ? 'connection-refused' : failure };
}

export function countOutcome(counters: UpstreamCounters, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'reply':
      counters.replies++;
      break;
    case 'truncated':
      counters.truncated++;
      break;
    case 'malformed':
      counters.malformed++;
      break;
    case 'timeout':
      counters.timeouts++;
      break;
    case 'spoof-suspected':
      counters.spoofSuspected++;
      break;
    case 'connection-refused':
      counters.connectionsRefused++;
      break;
    case 'unreachable':
      counters.unreachable++;
      break;
    case 'tls-failed':
      counters.tlsFailures++;
      break;
    case 'no-socket':
      counters.noSocket++;
      break;
    default:
      outcome satisfies never;
  }
}
