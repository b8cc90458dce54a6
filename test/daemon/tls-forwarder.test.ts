// A running daemon on loopback with real forwarders: over TLS, with and without the right certificate, and with one of
// two that is dead.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Daemon } from '../../src/daemon/daemon.ts';
import { makeResolver } from '../../src/daemon/make-resolver.ts';
import type { ResolverParts } from '../../src/daemon/resolver-parts.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { tlsProfiles } from '../../src/daemon/tls-profiles.ts';
import { upstreamLimits } from '../../src/daemon/upstream-options.ts';
import { framed, MessageCutter } from '../../src/io/stream-framing.ts';
import { answer } from '../../src/lab/authority.ts';
import { startLabServer } from '../../src/lab/server.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import type { Exchange, ServerAddress } from '../../src/ports/exchange.ts';
import type { RecursiveResolver } from '../../src/resolver/resolver.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { extendedErrors } from '../../src/wire/edns.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { type Certificate, type CertificateFamily, makeCertificates } from '../support/certificates.ts';
import { configOf, directoryWith, loopbackConfig, startDaemon } from './support/daemons.ts';

const apex = nameOf('home.arpa.');
const zones = new ZoneSet([
  Zone.fromText(
    '@ 300 IN SOA ns x 1 7200 3600 1209600 300\n@ 300 IN NS ns\nwww 300 IN A 10.0.0.1\n*.w 300 IN A 10.0.0.2\n',
    apex,
  ),
]);
const closers: (() => unknown)[] = [];
let certificates: CertificateFamily;

beforeAll(() => {
  certificates = makeCertificates();
}, 30_000);

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A forwarder that speaks DNS over TLS; its port. */
async function tlsForwarder({ certificate, key }: Certificate): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const input = new MessageCutter();
    socket.on('data', (chunk) => {
      input.append(Uint8Array.from(chunk));
      for (let message = input.next(); message !== undefined; message = input.next()) {
        const reply = answer(zones, message, { transport: 'tcp' });
        if (reply !== undefined) socket.write(framed(reply));
      }
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(
    () => server.close(),
    () => {
      for (const socket of sockets) socket.destroy();
    },
  );
  return (server.address() as AddressInfo).port;
}

/** The real resolver, whose questions to port 853 go to another one: 853 is not ours to listen on. */
function resolverWith(port: number): (parts: ResolverParts) => RecursiveResolver {
  const moved = (server: ServerAddress): ServerAddress =>
    server.port === 853 ? { ...server, port, key: `${server.address}#${port}` } : server;
  return (parts) => {
    const exchange: Exchange = {
      ask: (asked, done) => parts.exchange.ask({ ...asked, server: moved(asked.server) }, done),
    };
    return makeResolver({ ...parts, exchange });
  };
}

async function start(
  config: Config,
  port: number,
): Promise<{ daemon: Daemon; lines: readonly string[]; port: number }> {
  const running = await startDaemon(config, undefined, { makeResolver: resolverWith(port) });
  closers.push(() => running.daemon.stop());
  return running;
}

async function ask(port: number, name: string) {
  const question = { name: nameOf(name), type: RRType.A, class: RRClass.IN };
  const result = await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
  if (!result.ok) throw new Error(result.error);
  return result.message;
}

const forwarding = (forwarders: string) => `
recursor: {hint_file: "no", forward_zones_recurse: [{zone: home.arpa, forwarders: [${forwarders}]}]}
dnssec: {negative_trustanchors: [{name: home.arpa}]}
`;

describe('a forwarder on port 853', () => {
  test('is asked over TLS, and only so', async () => {
    const port = await tlsForwarder(certificates.selfSigned);
    const running = await start(loopbackConfig(forwarding("'127.0.0.1:853'")), port);
    const message = await ask(running.port, 'www.home.arpa.');
    expect(message.answer.map(({ type, rdata }) => rdataText(type, rdata))).toEqual(['10.0.0.1']);
    expect(running.daemon.metrics.value('dot_outqueries')).toBeGreaterThan(0);
    expect(running.daemon.metrics.value('tcp_outqueries')).toBe(0);
  });

  test('with validation: the right certificate serves, another one gives SERVFAIL and says why', async () => {
    const files = directoryWith({ 'ca.pem': certificates.authority.certificate });
    closers.push(() => files.remove());
    const tls = `outgoing: {tls_configurations: [{name: inside, subnets: [127.0.0.0/8], validate_certificate: true, ca_store: ${files.path('ca.pem')}, subject_name: dns.test.}]}\n`;
    const config = loopbackConfig(forwarding("'127.0.0.1:853'") + tls);
    const right = await start(config, await tlsForwarder(certificates.server));
    expect((await ask(right.port, 'www.home.arpa.')).rcode).toBe(Rcode.NOERROR);
    const wrong = await start(config, await tlsForwarder(certificates.otherName));
    const message = await ask(wrong.port, 'www.home.arpa.');
    expect(message.rcode).toBe(Rcode.SERVFAIL);
    const texts = extendedErrors(message.edns).map(({ text }) => text);
    expect(texts.join('; ')).toMatch(/TLS: .*dns\.test.*altnames/);
    expect(wrong.lines.some((line) => line.includes('no TLS with a forwarder'))).toBe(true);
  });
});

describe('one forwarder of two is dead', () => {
  test('the first answer comes in 1.5 s, later ones at once', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const living = await startLabServer({ address: '127.0.0.1', port: 0, zones });
    closers.push(
      () => silent.close(),
      () => living.close(),
    );
    const servers = `'127.0.0.1:${silent.address().port}', '127.0.0.1:${living.port}'`;
    const running = await start(loopbackConfig(forwarding(servers)), 0);
    const spentMs: number[] = [];
    for (let index = 0; index < 12; index++) {
      const startedMs = performance.now();
      expect((await ask(running.port, `n${index}.w.home.arpa.`)).rcode).toBe(Rcode.NOERROR);
      spentMs.push(performance.now() - startedMs);
    }
    expect(Math.max(...spentMs)).toBeLessThan(1500);
    expect(spentMs.filter((spent) => spent > 300).length).toBeLessThanOrEqual(3);
  });
});

describe('what the configuration says of servers', () => {
  test('reaches the transports; 0 means no limit', () => {
    const config = configOf(`
outgoing:
  edns_bufsize: 1400
  network_timeout: 900
  tcp_max_idle_ms: 0
  tcp_max_idle_per_auth: 3
  tcp_max_queries: 0
  edns_padding: false
  cookies: true
  cookies_unsupported: [192.0.2.1, '192.0.2.2:5300']
recursor: {spoof_nearmiss_max: 5}
`);
    expect(upstreamLimits(config)).toEqual({
      udpPayloadOctets: 1400,
      maxNearMisses: 5,
      maxQueriesPerConnection: Number.POSITIVE_INFINITY,
      connectMs: 900,
      idleMs: Number.POSITIVE_INFINITY,
      maxIdlePerServer: 3,
      padTlsQueries: false,
      sendCookies: true,
      withoutCookies: new Set(['192.0.2.1', '192.0.2.2#5300']),
    });
  });

  const bad: readonly { name: string; entry: string; want: RegExp }[] = [
    {
      name: 'a file that is not there',
      entry: 'ca_store: /nowhere/ca.pem',
      want: /'one': cannot read ca_store .*does not exist/,
    },
    { name: 'ciphers that do not exist', entry: 'ciphers: ROT13', want: /'one' cannot be used: no cipher match/ },
  ];
  for (const { name, entry, want } of bad) {
    test(`${name} stops the program`, () => {
      const config = configOf(`outgoing: {tls_configurations: [{name: one, subnets: ['192.0.2.1'], ${entry}}]}\n`);
      expect(() => tlsProfiles(config)).toThrow(StartError);
      expect(() => tlsProfiles(config)).toThrow(want);
    });
  }

  test('a profile stays the same object while it says the same', () => {
    const text = "outgoing: {tls_configurations: [{name: one, subnets: ['192.0.2.1'], subject_name: a.test}]}\n";
    const forwarder = { address: '192.0.2.1', port: 853 };
    const first = tlsProfiles(configOf(text))(forwarder);
    expect(first?.subjectName).toBe('a.test');
    expect(tlsProfiles(configOf(text))(forwarder)).toBe(first);
    expect(tlsProfiles(configOf(text.replace('a.test', 'b.test')))(forwarder)).not.toBe(first);
  });
});
