// What went wrong with servers while one question was asked: what may still be tried, and the words for extended errors.
import type { CauseCode } from '../explain/causes.ts';
import type { Outcome, ServerAddress } from '../ports/exchange.ts';
import { EdeCode, Rcode, typeText } from '../wire/constants.ts';
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
export function report(troubles: Troubles, code: number, text: string, cause: CauseCode): void {
  if (troubles.errors.some((known) => known.text === text)) return;
  const error = { code, text, cause };
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
      if (candidate.tcpTried || candidate.server.tls !== undefined) {
        const what = outcome.kind === 'truncated' ? 'truncated over TCP' : 'only replies that do not fit';
        report(troubles, EdeCode.INVALID_DATA, troubleText(candidate, what, name, type), 'reply-unusable');
        candidate.finished = true;
      } else {
        candidate.needsTcp = true;
      }
      return;
    case 'timeout':
      report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, 'timeout', name, type), 'servers-silent');
      noteTimeout(candidate);
      return;
    case 'malformed':
      report(troubles, EdeCode.INVALID_DATA, troubleText(candidate, 'malformed reply', name, type), 'reply-unusable');
      candidate.finished = true;
      return;
    case 'connection-refused':
    case 'unreachable':
      report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, outcome.kind, name, type), 'servers-unreachable');
      candidate.finished = true;
      return;
    case 'tls-failed':
      // RFC 8310 5: there is no falling back to plain text.
      report(
        troubles,
        EdeCode.NETWORK_ERROR,
        troubleText(candidate, `TLS: ${outcome.reason}`, name, type),
        'forwarder-tls',
      );
      candidate.finished = true;
      return;
    default:
      outcome satisfies never;
  }
}

/** From the most telling: a server that says something tells more than one that says nothing. */
const telling: readonly CauseCode[] = [
  'servers-refuse',
  'servers-lame',
  'servers-fail',
  'servers-error',
  'reply-unusable',
  'forwarder-tls',
  'servers-unreachable',
];

const ofForwarders = new Map<CauseCode, CauseCode>([
  ['servers-refuse', 'forwarder-refuses'],
  ['servers-lame', 'forwarder-refuses'],
  ['servers-error', 'forwarder-refuses'],
  ['servers-fail', 'forwarder-fails'],
  ['servers-unreachable', 'forwarder-silent'],
  ['servers-silent', 'forwarder-silent'],
]);

/** Why no server was of use; without any trouble they were known to be silent and not asked. */
export function causeOfTroubles({ errors }: Troubles, areForwarders: boolean): CauseCode {
  const found = telling.find((cause) => errors.some((error) => error.cause === cause)) ?? 'servers-silent';
  return (areForwarders ? ofForwarders.get(found) : undefined) ?? found;
}

/** What an RCODE that answers nothing says of the server. */
export function causeOfRcode(rcode: number): CauseCode {
  if (rcode === Rcode.REFUSED || rcode === Rcode.NOTAUTH) return 'servers-refuse';
  return rcode === Rcode.SERVFAIL ? 'servers-fail' : 'servers-error';
}

export function troubleText(candidate: Candidate, what: string, name: DomainName, type: number): string {
  return `${serverText(candidate.server)} ${what} for ${nameTextWithoutDot(name)} ${typeText(type)}`;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function serverText({ address, port }: ServerAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
