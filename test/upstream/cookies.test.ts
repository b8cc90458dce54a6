// DNS cookies towards servers (RFC 7873): what is sent, and which replies are believed.
import { beforeEach, describe, expect, it } from 'vitest';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { EdnsOptionCode } from '../../src/wire/constants.ts';
import { ednsOption } from '../../src/wire/edns.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { askFor, elementAt, Outcomes, questionEndOf, ScriptedSockets, serverAddress } from './scripted-sockets.ts';

let time: VirtualClock;
let sockets: ScriptedSockets;
let exchange: UpstreamExchange;
let outcomes: Outcomes;

beforeEach(() => restart());

function restart(withoutCookies: readonly string[] = []): void {
  time = new VirtualClock();
  sockets = new ScriptedSockets();
  const limits = { sendCookies: true, withoutCookies: new Set(withoutCookies) };
  exchange = new UpstreamExchange({ sockets, timers: time, clock: time, random: new SeededRandom(3) }, limits);
  outcomes = new Outcomes();
}

function cookieOf(query: Uint8Array): Uint8Array | undefined {
  const parsed = parseMessage(query);
  return parsed.ok ? ednsOption(parsed.message.edns, EdnsOptionCode.COOKIE) : undefined;
}

/** The query as a reply without records, with this cookie in an OPT record; without one when it is undefined. */
function reply(query: Uint8Array, cookie: Uint8Array | undefined, extendedRcode = 0): Uint8Array {
  const end = questionEndOf(query);
  const option = cookie === undefined ? [] : [0, 10, 0, cookie.length, ...cookie];
  const opt = [0, 0, 41, 4, 208, extendedRcode >> 4, 0, 0, 0, 0, option.length, ...option];
  const octets = Uint8Array.from([...query.subarray(0, end), ...opt]);
  octets.set([0x84, extendedRcode & 0xf, 0, 1, 0, 0, 0, 0, 0, 1], 2);
  return octets;
}

const SERVER_COOKIE = Uint8Array.from({ length: 16 }, (_, index) => 0xa0 + index);

type Change = (sent: Uint8Array) => Uint8Array | undefined;
const honest: Change = (sent) => Uint8Array.of(...sent.subarray(0, 8), ...SERVER_COOKIE);

/** Asks once and answers with a cookie made from the one sent; the cookie that was sent. */
function exchangeOnce(change: Change, extendedRcode = 0): Uint8Array | undefined {
  exchange.ask(askFor('www.example'), outcomes.done);
  const flow = elementAt(sockets.datagrams, -1);
  const query = elementAt(flow.sent, 0);
  const sent = cookieOf(query);
  flow.events.onDatagram(reply(query, change(sent ?? new Uint8Array(8)), extendedRcode));
  return sent;
}

describe('cookies', () => {
  it('begin with eight octets of chance; then the server gets its own back', () => {
    const first = exchangeOnce(honest);
    expect(first?.length).toBe(8);
    const second = exchangeOnce(honest);
    expect(second).toEqual(Uint8Array.of(...(first ?? []), ...SERVER_COOKIE));
    expect(outcomes.kinds).toEqual(['reply', 'reply']);
  });

  it('differ between servers, and after an hour', () => {
    const first = exchangeOnce(honest);
    exchange.ask(askFor('www.example', { server: serverAddress(53, '192.0.2.2') }), outcomes.done);
    expect(cookieOf(elementAt(elementAt(sockets.datagrams, -1).sent, 0))?.subarray(0, 8)).not.toEqual(first);
    time.advance(3_600_001);
    const later = exchangeOnce(honest);
    expect(later?.length).toBe(8);
    expect(later).not.toEqual(first);
  });

  it('are not sent again to a server that has none', () => {
    exchangeOnce(() => undefined);
    expect(exchangeOnce(() => undefined)).toBeUndefined();
    expect(outcomes.kinds).toEqual(['reply', 'reply']);
  });

  it('are not sent to servers that are listed, nor without EDNS', () => {
    for (const listed of ['192.0.2.1', '192.0.2.1#53']) {
      restart([listed]);
      expect(exchangeOnce(() => undefined)).toBeUndefined();
    }
    restart();
    exchange.ask(askFor('www.example', { edns: false }), outcomes.done);
    const query = elementAt(elementAt(sockets.datagrams, -1).sent, 0);
    expect(query.length).toBe(questionEndOf(query));
  });

  const rows: readonly { name: string; change: Change; extendedRcode?: number; want: string }[] = [
    { name: 'another client cookie', change: () => new Uint8Array(24), want: 'spoof-suspected' },
    { name: 'none, from a server that has cookies', change: () => undefined, want: 'spoof-suspected' },
    { name: 'a client cookie cut short', change: (sent) => sent.slice(0, 7), want: 'spoof-suspected' },
    { name: 'the client cookie alone', change: (sent) => sent.slice(0, 8), want: 'reply' },
    {
      name: 'a server cookie of another length',
      change: (sent) => Uint8Array.of(...sent.subarray(0, 8), 1, 2),
      want: 'reply',
    },
    { name: 'BADCOOKIE: over TCP then (RFC 7873 5.3)', change: honest, extendedRcode: 23, want: 'truncated' },
  ];
  for (const { name, change, extendedRcode, want } of rows) {
    it(`${name}: ${want}`, () => {
      exchangeOnce(honest);
      exchangeOnce(change, extendedRcode);
      expect(outcomes.kinds).toEqual(['reply', want]);
      expect(exchange.counters.cookieMismatches).toBe(want === 'spoof-suspected' ? 1 : 0);
    });
  }

  it('can be listed', () => {
    exchangeOnce(honest);
    expect([...exchange.cookies.known()]).toMatchObject([
      { key: '192.0.2.1#53', support: 'yes', server: SERVER_COOKIE },
    ]);
  });
});
