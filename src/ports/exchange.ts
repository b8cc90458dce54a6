// One attempt at one server: what the resolver asks of the transports, and what they answer.
import type { Message, Question } from '../wire/message.ts';

/** An address and port; `key` identifies it in maps. */
export interface ServerAddress {
  /** IPv4 dotted, or IPv6 in the compressed lower-case form of RFC 5952, without a zone index. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** `address#port`. */
  readonly key: string;
  /** Set for a server that is spoken to over TLS, and never in any other way (RFC 7858, RFC 8310). */
  readonly tls?: TlsProfile;
}

/** How a server is spoken to over TLS. Texts of certificates and keys are PEM. */
export interface TlsProfile {
  /** Sent as server name (SNI), and looked for in a certificate that is checked; empty for none. */
  readonly subjectName: string;
  /** Address looked for in a certificate that is checked, where there is no name; empty for the server's own. */
  readonly subjectAddress: string;
  /** Check the certificate (RFC 8310 "strict"); without it the channel is encrypted, to whomever. */
  readonly validate: boolean;
  /** Certificate authorities to trust; empty for those that Node.js brings along. */
  readonly authorities: string;
  /** OpenSSL names; empty for the default. */
  readonly ciphers: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly clientPassword: string;
  /** Report how each handshake ends. */
  readonly verbose: boolean;
}

export type Transport = 'udp' | 'tcp' | 'tls';

export interface Ask {
  readonly server: ServerAddress;
  readonly question: Question;
  readonly transport: Transport;
  /** After this many milliseconds the outcome is `timeout`. */
  readonly timeoutMs: number;
  /** RD: set towards forwarders only. */
  readonly recursionDesired: boolean;
  /** CD: set towards forwarders only (RFC 6840 5.9). */
  readonly checkingDisabled: boolean;
  /** Send an OPT record (with DO when `dnssecOk`). */
  readonly edns: boolean;
  readonly dnssecOk: boolean;
  /** Randomise the letter case of the question (0x20). */
  readonly randomiseCase: boolean;
  /** Send the question in lower case; without effect where the case is randomised. Default: as it was asked. */
  readonly lowerCase?: boolean;
}

/**
 * Exactly one outcome per attempt.
 * - `reply`: a message that matches in address, ID, question and letter case; its names carry the question's own case.
 * - `truncated`: a matching message with TC; its body has not been read.
 * - `malformed`: it matches in ID and question, but cannot be read.
 * - `spoof-suspected`: a datagram from the right peer had a wrong ID or question; ask again over TCP.
 * - `connection-refused`, `unreachable`: the operating system said so (over UDP only a hint, SECURITY A-04).
 * - `tls-failed`: no agreement on TLS, or the certificate is not the one wanted; `reason` says what is wrong with it.
 * - `no-socket`: no port or descriptor was to be had; says nothing about the server.
 */
export type Outcome =
  | { readonly kind: 'reply'; readonly message: Message; readonly octets: number; readonly rttMs: number }
  | { readonly kind: 'truncated'; readonly rttMs: number; readonly octets: number }
  | { readonly kind: 'malformed'; readonly rttMs: number; readonly octets: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'spoof-suspected' }
  | { readonly kind: 'connection-refused' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'tls-failed'; readonly reason: string }
  | { readonly kind: 'no-socket' };

/** An attempt under way. */
export interface PendingAsk {
  /** Frees the socket and timer; `done` is not called afterwards. */
  cancel(): void;
}

/** Sends questions to servers. */
export interface Exchange {
  /** Starts one attempt. `done` is called exactly once, never from within this call. */
  ask(ask: Ask, done: (outcome: Outcome) => void): PendingAsk;
}
