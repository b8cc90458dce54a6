// The exchange over real sockets, against our own listeners.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OnQuery } from '../../src/io/client.ts';
import { ClientSockets } from '../../src/io/client-sockets.ts';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { DgramSockets } from '../../src/io/dgram/dgram-sockets.ts';
import { NodeTimers } from '../../src/io/node-timers.ts';
import { SystemClock } from '../../src/io/system-clock.ts';
import type { TcpLimits } from '../../src/io/tcp-limits.ts';
import type { Ask, ServerAddress } from '../../src/ports/exchange.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { Closing, loopbackServer, until } from '../io/loopback.ts';
import { askFor, Outcomes, patched, replyTo } from './scripted-sockets.ts';

let closing: Closing;
let exchange: UpstreamExchange;
let outcomes: Outcomes;
const clock = new SystemClock();
const random = new CryptoRandom();
let timers: NodeTimers;

beforeEach(() => {
  closing = new Closing();
  timers = closing.add(new NodeTimers(clock));
  exchange = closing.add(new UpstreamExchange({ sockets: new DgramSockets({ random }), timers, clock, random }));
  outcomes = new Outcomes();
});

afterEach(() => closing.all());

async function serve(onQuery: OnQuery, tcpLimits: Partial<TcpLimits> = {}): Promise<ServerAddress> {
  const endpoints = [{ address: '127.0.0.1', port: 0 }];
  const sockets = closing.add(await ClientSockets.open({ endpoints, onQuery, timers, clock, tcpLimits }));
  return loopbackServer(sockets.endpoints[0]?.port ?? 0);
}

const answering: OnQuery = (octets, _client, reply) => reply(replyTo(octets));

function ask(server: ServerAddress, changes: Partial<Ask> = {}, label = 'www') {
  const question = { name: nameOf(`${label}.Example.`), type: 1, class: 1 };
  return exchange.ask(askFor('.', { server, question, timeoutMs: 5000, ...changes }), outcomes.done);
}

describe('the exchange over loopback', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    it(`asks 300 questions at once over ${transport.toUpperCase()} and gets 300 replies`, async () => {
      const server = await serve(answering);
      for (let number = 0; number < 300; number++) ask(server, { transport }, `n${number}`);
      await until(() => outcomes.all.length === 300);
      const names = outcomes.all.map((outcome) => outcome.kind === 'reply' && outcome.message.question.name.key);
      expect(new Set(names).size).toBe(300);
      expect(names).not.toContain(false);
      expect(exchange.udpInFlight).toBe(0);
      expect(exchange.openConnections).toBeLessThanOrEqual(10);
    });
  }

  it('goes from a truncated reply over UDP to the whole one over TCP', async () => {
    const server = await serve((octets, client, reply) =>
      reply(client.transport === 'udp' ? patched(replyTo(octets), { 2: 0x86 }) : replyTo(octets)),
    );
    ask(server);
    await until(() => outcomes.all.length === 1);
    ask(server, { transport: 'tcp' });
    await until(() => outcomes.all.length === 2);
    expect(outcomes.kinds).toEqual(['truncated', 'reply']);
  });

  it('measures a round-trip time and gives up in time', async () => {
    const server = await serve((octets, client, reply) => {
      if (client.transport === 'tcp') reply(replyTo(octets));
    });
    ask(server, { transport: 'tcp' });
    ask(server, { timeoutMs: 30 });
    await until(() => outcomes.all.length === 2);
    const [reply] = outcomes.all;
    expect(reply?.kind === 'reply' && reply.rttMs >= 0 && reply.rttMs < 5000).toBe(true);
    expect(outcomes.kinds[1]).toBe('timeout');
  });

  it('says that nobody listens there', async () => {
    const server = await serve(answering);
    closing.all();
    exchange = new UpstreamExchange({ sockets: new DgramSockets({ random }), timers, clock, random });
    closing.add(exchange);
    ask(server);
    ask(server, { transport: 'tcp' });
    await until(() => outcomes.all.length === 2);
    expect(outcomes.kinds).toEqual(['connection-refused', 'connection-refused']);
  });

  it('opens another connection when the server has closed the idle one', async () => {
    const server = await serve(answering, { idleMs: 20 });
    ask(server, { transport: 'tcp' });
    await until(() => outcomes.all.length === 1);
    await until(() => exchange.openConnections === 0);
    ask(server, { transport: 'tcp' });
    await until(() => outcomes.all.length === 2);
    expect(outcomes.kinds).toEqual(['reply', 'reply']);
    expect(exchange.counters.tcpConnections).toBe(2);
  });
});
