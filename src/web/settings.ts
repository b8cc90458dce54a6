// What the web server needs to know: where it listens, and what of the configuration may change while it runs.
import type { Credential } from './credential.ts';

export interface WebListen {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** In PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly passphrase?: string };
}

/** Read anew for each request. */
export interface WebSettings {
  /** Whether a client with this address, in text, may connect. */
  readonly allows: (address: string) => boolean;
  /** Names, with or without port, by which clients may call us, beside our addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** Undefined when none is configured. */
  readonly apiKey: Credential | undefined;
  readonly password: Credential | undefined;
  /** Value of `access-control-allow-origin`; empty for none. */
  readonly crossOrigin: string;
  /** Of the routes that are PowerDNS's. */
  readonly maxApiBodyOctets: number;
  readonly logLevel: 'none' | 'normal' | 'detailed';
}

type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface WebLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
