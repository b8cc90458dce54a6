// What went wrong with servers while one question was asked: what may still be tried, and the words for extended errors.
import type { Outcome, ServerAddress } from '../ports/exchange.ts';
import { EdeCode, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { type Candidate, noteTimeout } from './server-selection.ts';

/** Collected while servers fail, for the extended error of the failure. */
export interface Troubles {
  readonly errors: ExtendedError[];
  /** Hears of each, for a client whose patience ends before the walk does. */
  readonly note: (error: ExtendedError) => void;
}

export const MAX_REPORTED_TROUBLES = 3;
export function report(troubles: Troubles, code: number, text: string): void {
  if (troubles.errors.some((known) => known.text === text)) return;
  const error = { code, text };
  troubles.note(error);
  if (troubles.errors.length < MAX_REPORTED_TROUBLES) troubles.errors.push(error);
}

/** Decides what may still be tried at a server after an attempt without a reply. */
export function noteTransportTrouble(
  candidate: Candidate,
  outcome: Exclude<Outcome, { kind: 'reply' | 'no-socket' }>,
  troubles: Troubles,
  name: DomainName,
  type: number,
): void {
  switch (outcome.kind) {
    case 'truncated':
    case 'spoof-suspected':
      // Over a stream neither can be mended.
      if (candidate.tcpTried || candidate.server.tls !== undefined) candidate.finished = true;
      else candidate.needsTcp = true;
      return;
    case 'timeout':
      report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, 'timeout', name, type));
      noteTimeout(candidate);
      return;
    case 'malformed':
      report(troubles, EdeCode.INVALID_DATA, troubleText(candidate, 'malformed reply', name, type));
      candidate.finished = true;
      return;
    case 'connection-refused':
    case 'unreachable':
      report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, outcome.kind, name, type));
      candidate.finished = true;
      return;
    case 'tls-failed':
      // RFC 8310 5: there is no falling back to plain text.
      report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, `TLS: ${outcome.reason}`, name, type));
      candidate.finished = true;
      return;
    default:
      outcome satisfies never;
  }
}

export function troubleText(candidate: Candidate, what: string, name: DomainName, type: number): string {
  return `${serverText(candidate.server)} ${what} for ${nameTextWithoutDot(name)} ${typeText(type)}`;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function serverText({ address, port }: ServerAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
