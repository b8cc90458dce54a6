// DNS cookies towards servers (RFC 7873, RFC 9018): a forger that does not see the queries cannot know the client cookie.
//
// Limitations: a server binds its cookie to the address that asked. With several source addresses it will now and then
// refuse one (BADCOOKIE), and the question goes over TCP.
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { EdnsOptionCode, Rcode } from '../wire/constants.ts';
import { ednsOption } from '../wire/edns.ts';
import type { Message } from '../wire/message.ts';
import { sameOctets } from '../wire/record.ts';

export const CLIENT_COOKIE_OCTETS = 8;
const MIN_SERVER_COOKIE_OCTETS = 8;
const MAX_SERVER_COOKIE_OCTETS = 32;
/** Servers remembered; the one that was made first makes room. */
const MAX_SERVERS = 20_000;
/** RFC 9018 5: a client cookie serves for a limited time. What was learned of the server ends with it. */
const LIFE_MS = 3_600_000;

/** What a reply's cookie says of it. `refused`: the server wants another cookie, which is known now. */
export type CookieVerdict = 'fine' | 'missing' | 'wrong' | 'refused';

interface ServerCookies {
  readonly client: Uint8Array;
  /** The server's part; undefined before it has sent one. */
  server: Uint8Array | undefined;
  support: 'unknown' | 'yes' | 'no';
  readonly endsAtMs: number;
}

export interface KnownCookie {
  /** `address#port`. */
  readonly key: string;
  readonly support: 'unknown' | 'yes' | 'no';
  readonly client: Uint8Array;
  readonly server: Uint8Array | undefined;
}

export class Cookies {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly byServer = new Map<string, ServerCookies>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  /** The data of the option for a query to a server; undefined for one that does without. */
  optionFor(key: string): Uint8Array | undefined {
    const { client, server, support } = this.cookiesOf(key);
    if (support === 'no') return undefined;
    const option = new Uint8Array(CLIENT_COOKIE_OCTETS + (server?.length ?? 0));
    option.set(client);
    if (server !== undefined) option.set(server, CLIENT_COOKIE_OCTETS);
    return option;
  }

  /** Judges a reply to a query that carried the option `sent`, and learns from it. */
  judge(key: string, sent: Uint8Array, message: Message): CookieVerdict {
    const cookies = this.cookiesOf(key);
    const option = ednsOption(message.edns, EdnsOptionCode.COOKIE);
    if (option === undefined) {
      // RFC 7873 5.3: a server that had cookies a moment ago has not lost them; this is likely somebody else.
      if (cookies.support === 'yes') return 'missing';
      cookies.support = 'no';
      return 'fine';
    }
    if (!sameOctets(option.subarray(0, CLIENT_COOKIE_OCTETS), sent.subarray(0, CLIENT_COOKIE_OCTETS))) return 'wrong';
    const server = option.subarray(CLIENT_COOKIE_OCTETS);
    if (server.length >= MIN_SERVER_COOKIE_OCTETS && server.length <= MAX_SERVER_COOKIE_OCTETS) {
      cookies.server = server.slice();
      cookies.support = 'yes';
    }
    return message.rcode === Rcode.BADCOOKIE ? 'refused' : 'fine';
  }

  *known(): Generator<KnownCookie> {
    for (const [key, { support, client, server }] of [...this.byServer]) yield { key, support, client, server };
  }

  private cookiesOf(key: string): ServerCookies {
    const nowMs = this.clock.monotonicMs();
    const present = this.byServer.get(key);
    if (present !== undefined && present.endsAtMs > nowMs) return present;
    this.byServer.delete(key);
    if (this.byServer.size >= MAX_SERVERS) {
      for (const oldest of this.byServer.keys()) {
        this.byServer.delete(oldest);
        break;
      }
    }
    const client = Uint8Array.from({ length: CLIENT_COOKIE_OCTETS }, () => this.random.below(0x100));
    const made: ServerCookies = { client, server: undefined, support: 'unknown', endsAtMs: nowMs + LIFE_MS };
    this.byServer.set(key, made);
    return made;
  }
}
