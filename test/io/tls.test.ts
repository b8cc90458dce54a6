// DNS over TLS against real TLS servers: who is accepted, what a failure is called, and that nothing goes out in plain
// text (RFC 7858, RFC 8310, SECURITY A-55).
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { DgramSockets } from '../../src/io/dgram/dgram-sockets.ts';
import { NodeTimers } from '../../src/io/node-timers.ts';
import { framed, MessageCutter } from '../../src/io/stream-framing.ts';
import { SystemClock } from '../../src/io/system-clock.ts';
import { tlsProfileProblem } from '../../src/io/tls.ts';
import type { Ask, ServerAddress, TlsProfile } from '../../src/ports/exchange.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import type { UpstreamLimits } from '../../src/upstream/limits.ts';
import { EdnsOptionCode } from '../../src/wire/constants.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { type Certificate, type CertificateFamily, makeCertificates } from '../support/certificates.ts';
import { plainTlsProfile } from '../support/simulated-network.ts';
import { askFor, Outcomes, replyTo } from '../upstream/scripted-sockets.ts';
import { Closing, loopbackServer, tcpServer, until } from './loopback.ts';

const clock = new SystemClock();
const random = new CryptoRandom();
let certificates: CertificateFamily;
let closing: Closing;
let exchange: UpstreamExchange;
let outcomes: Outcomes;
let reports: string[];

beforeAll(() => {
  certificates = makeCertificates();
}, 30_000);

beforeEach(() => {
  closing = new Closing();
  outcomes = new Outcomes();
  reports = [];
  exchange = newExchange();
});

afterEach(() => closing.all());

function newExchange(limits: Partial<UpstreamLimits> = {}): UpstreamExchange {
  const timers = closing.add(new NodeTimers(clock));
  const sockets = new DgramSockets({ random, tlsReport: (_server, text) => reports.push(text) });
  return closing.add(new UpstreamExchange({ sockets, timers, clock, random }, limits));
}

type Serve = (query: Uint8Array, socket: TLSSocket) => void;

const answering: Serve = (query, socket) => socket.write(framed(replyTo(query)));

/** A DNS over TLS server; counts connections, and those that resumed a session. */
async function tlsServer(
  { certificate, key }: Certificate,
  serve: Serve = answering,
  options: TlsOptions = {},
): Promise<{ server: ServerAddress; seen: { connections: number; resumed: number; names: string[] } }> {
  const seen = { connections: 0, resumed: 0, names: [] as string[] };
  const server = createServer({ cert: certificate, key, ...options }, (socket) => {
    closing.addSocket(socket);
    seen.connections++;
    if (socket.isSessionReused()) seen.resumed++;
    seen.names.push(typeof socket.servername === 'string' ? socket.servername : '');
    const input = new MessageCutter();
    socket.on('data', (chunk) => {
      input.append(Uint8Array.from(chunk));
      for (let message = input.next(); message !== undefined; message = input.next()) serve(message, socket);
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.add(server);
  return { server: loopbackServer((server.address() as AddressInfo).port), seen };
}

function ask(server: ServerAddress, profile: Partial<TlsProfile> = {}, changes: Partial<Ask> = {}): void {
  const tls = { ...plainTlsProfile, ...profile };
  askAt({ ...server, tls }, changes);
}

function askAt(server: ServerAddress, changes: Partial<Ask> = {}): void {
  const question = { name: nameOf('www.Example.'), type: 1, class: 1 };
  exchange.ask(askFor('.', { server, question, transport: 'tls', timeoutMs: 5000, ...changes }), outcomes.done);
}

async function outcomeOf(...args: Parameters<typeof ask>): Promise<string> {
  ask(...args);
  await until(() => outcomes.all.length === 1);
  const [outcome] = outcomes.all;
  return outcome?.kind === 'tls-failed' ? `tls-failed: ${outcome.reason}` : (outcome?.kind ?? '');
}

describe('whom it accepts', () => {
  type Row = {
    readonly name: string;
    readonly present: keyof CertificateFamily;
    readonly trusted?: keyof CertificateFamily;
    readonly profile?: Partial<TlsProfile>;
    readonly want: RegExp;
  };
  const checked = { validate: true };
  const rows: readonly Row[] = [
    { name: 'anybody, without validation', present: 'selfSigned', want: /^reply$/ },
    { name: 'an expired certificate, without validation', present: 'expired', want: /^reply$/ },
    {
      name: 'the right name',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectName: 'dns.test' },
      want: /^reply$/,
    },
    {
      name: 'the right address, when no name is given',
      present: 'server',
      trusted: 'authority',
      profile: checked,
      want: /^reply$/,
    },
    {
      name: 'another address that the certificate is for',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectAddress: '::1' },
      want: /^reply$/,
    },
    {
      name: 'that address in another spelling',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectAddress: '0:0:0:0:0:0:0:1' },
      want: /^reply$/,
    },
    {
      name: 'that address with the link that leads to it',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectAddress: '::1%br_lan' },
      want: /^reply$/,
    },
    {
      name: 'not another name',
      present: 'otherName',
      trusted: 'authority',
      profile: { ...checked, subjectName: 'dns.test' },
      want: /^tls-failed: .*dns.test.*altnames/,
    },
    {
      name: 'not another address',
      present: 'otherName',
      trusted: 'authority',
      profile: checked,
      want: /^tls-failed: .*127\.0\.0\.1/,
    },
    {
      name: 'not an address that was not named',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectAddress: '192.0.2.1' },
      want: /^tls-failed: .*192\.0\.2\.1/,
    },
    {
      name: 'not an IPv6 address that was not named',
      present: 'server',
      trusted: 'authority',
      profile: { ...checked, subjectAddress: '2001:db8::1' },
      want: /^tls-failed: .*2001:db8::1/,
    },
    {
      name: 'no expired certificate',
      present: 'expired',
      trusted: 'authority',
      profile: { ...checked, subjectName: 'dns.test' },
      want: /^tls-failed: certificate has expired/,
    },
    {
      name: 'no self-signed certificate',
      present: 'selfSigned',
      profile: { ...checked, subjectName: 'dns.test' },
      want: /^tls-failed: self.signed certificate/,
    },
    {
      name: 'no other authority',
      present: 'server',
      trusted: 'strangerAuthority',
      profile: { ...checked, subjectName: 'dns.test' },
      want: /^tls-failed: unable to (get local issuer certificate|verify)/,
    },
  ];
  for (const { name, present, trusted, profile, want } of rows) {
    it(name, async () => {
      const { server } = await tlsServer(certificates[present]);
      const authorities = trusted === undefined ? '' : certificates[trusted].certificate;
      expect(await outcomeOf(server, { authorities, ...profile })).toMatch(want);
    });
  }

  it('sends the name as server name, and no address as one (RFC 6066 3)', async () => {
    const { server, seen } = await tlsServer(certificates.server);
    ask(server, { subjectName: 'dns.test' });
    ask(server, {});
    await until(() => outcomes.all.length === 2);
    expect(seen.names.sort()).toEqual(['', 'dns.test']);
  });

  it('shows its own certificate to a server that wants one', async () => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: certificates.authority.certificate };
    const { server } = await tlsServer(certificates.server, answering, options);
    const { certificate, key } = certificates.client;
    expect(await outcomeOf(server, { clientCertificate: certificate, clientKey: key })).toBe('reply');
  });

  it('speaks no version below 1.2', async () => {
    const { server } = await tlsServer(certificates.server, answering, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    expect(await outcomeOf(server)).toMatch(/^tls-failed: /);
  });

  it('uses only the ciphers it is given', async () => {
    const { server } = await tlsServer(certificates.server, answering, { maxVersion: 'TLSv1.2' });
    expect(await outcomeOf(server, { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', verbose: true })).toBe('reply');
    expect(reports).toEqual(['TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305, certificate not checked']);
  });
});

describe('a connection', () => {
  it('carries many questions at once, answered in another order, padded to 128 octets (RFC 7858 3.3, RFC 8467)', async () => {
    const queries: Uint8Array[] = [];
    const { server, seen } = await tlsServer(certificates.server, (query, socket) => {
      queries.push(query);
      if (queries.length === 40) for (const held of queries.reverse()) socket.write(framed(replyTo(held)));
    });
    const tls = { ...plainTlsProfile };
    for (let number = 0; number < 40; number++) {
      askAt({ ...server, tls }, { question: { name: nameOf(`n${number}.example.`), type: 1, class: 1 } });
    }
    await until(() => outcomes.all.length === 40);
    const names = outcomes.all.map((outcome) => outcome.kind === 'reply' && outcome.message.question.name.key);
    expect(new Set(names).size).toBe(40);
    expect(seen.connections).toBe(1);
    expect(exchange.counters).toMatchObject({ tlsQueries: 40, tcpQueries: 0, udpQueries: 0 });
    for (const query of queries) {
      expect(query.length % 128).toBe(0);
      const parsed = parseMessage(query);
      expect(parsed.ok && parsed.message.edns?.options.map(({ code }) => code)).toEqual([EdnsOptionCode.PADDING]);
    }
  });

  it('is used again, and its session is resumed when it has gone', async () => {
    const { server, seen } = await tlsServer(certificates.server, (query, socket) => {
      socket.write(framed(replyTo(query)));
      if (seen.connections === 1) setTimeout(() => socket.end(), 50);
    });
    const target = { ...server, tls: { ...plainTlsProfile, verbose: true } };
    askAt(target);
    await until(() => outcomes.all.length === 1);
    askAt(target);
    await until(() => outcomes.all.length === 2);
    expect(seen.connections).toBe(1);
    await until(() => exchange.openConnections === 0);
    askAt(target);
    await until(() => outcomes.all.length === 3);
    expect(outcomes.kinds).toEqual(['reply', 'reply', 'reply']);
    expect(seen).toMatchObject({ connections: 2, resumed: 1 });
    expect(reports[1]).toContain('resumed');
  });

  it('is not shared between profiles, nor are its sessions (A-55)', async () => {
    const { server, seen } = await tlsServer(certificates.selfSigned);
    const lenient = { ...server, tls: plainTlsProfile };
    askAt(lenient);
    await until(() => outcomes.all.length === 1);
    askAt({ ...server, tls: { ...plainTlsProfile, validate: true } });
    await until(() => outcomes.all.length === 2);
    expect(outcomes.kinds).toEqual(['reply', 'tls-failed']);
    expect(seen.resumed).toBe(0);
  });

  it('closes after its idle time', async () => {
    exchange = newExchange({ idleMs: 20 });
    const { server } = await tlsServer(certificates.server);
    expect(await outcomeOf(server)).toBe('reply');
    await until(() => exchange.openConnections === 0);
  });

  it('that died in silence between two questions is replaced within the second attempt', async () => {
    let mute = false;
    const { server, seen } = await tlsServer(certificates.server, (query, socket) => {
      if (!mute) socket.write(framed(replyTo(query)));
    });
    const target = { ...server, tls: plainTlsProfile };
    askAt(target);
    await until(() => outcomes.all.length === 1);
    mute = true;
    askAt(target, { timeoutMs: 60 });
    await until(() => outcomes.all.length === 2);
    mute = false;
    askAt(target);
    await until(() => outcomes.all.length === 3);
    expect(outcomes.kinds).toEqual(['reply', 'timeout', 'reply']);
    expect(seen.connections).toBe(2);
  });
});

describe('what goes wrong', () => {
  const plainServers: readonly { name: string; serve: (socket: Socket) => void; want: RegExp }[] = [
    { name: 'the server resets', serve: (socket) => socket.resetAndDestroy(), want: /^tls-failed: connection closed/ },
    { name: 'the server closes', serve: (socket) => socket.end(), want: /^tls-failed: connection closed/ },
    {
      name: 'it closes when it has the first octets',
      serve: (socket) => socket.once('data', () => socket.end()),
      want: /^tls-failed: connection closed/,
    },
    { name: 'it speaks plain DNS', serve: (socket) => socket.write(framed(new Uint8Array(12))), want: /^tls-failed: / },
    {
      name: 'it speaks nonsense',
      serve: (socket) => socket.write(new Uint8Array(5000).fill(0x41)),
      want: /^tls-failed: /,
    },
    {
      name: 'it sends half a record',
      serve: (socket) => socket.write(Uint8Array.of(22, 3, 3, 0x40, 0, 2), () => socket.end()),
      want: /^tls-failed: /,
    },
  ];
  for (const { name, serve, want } of plainServers) {
    it(`${name}: a failure, and no plain text`, async () => {
      const received: Buffer[] = [];
      const { port } = await tcpServer(closing, (socket) => {
        socket.on('data', (chunk) => received.push(chunk));
        serve(socket);
      });
      expect(await outcomeOf(loopbackServer(port))).toMatch(want);
      const sent = Buffer.concat(received);
      // What came, if anything, is a TLS handshake.
      if (sent.length > 0) expect(sent[0]).toBe(22);
      expect(sent.includes('www')).toBe(false);
      expect(exchange.counters).toMatchObject({ udpQueries: 0, tcpQueries: 0, tlsFailures: 1 });
      expect(exchange.openConnections).toBe(0);
    });
  }

  it('a handshake that takes too long is a time-out', async () => {
    exchange = newExchange({ connectMs: 40 });
    const { port } = await tcpServer(closing, () => {});
    expect(await outcomeOf(loopbackServer(port))).toBe('timeout');
    expect(exchange.openConnections).toBe(0);
  });

  it('nobody listens', async () => {
    const { server, port } = await tcpServer(closing, () => {});
    server.close();
    await once(server, 'close');
    closing = new Closing();
    exchange = newExchange();
    expect(await outcomeOf(loopbackServer(port))).toBe('connection-refused');
  });

  it('the connection closes in the middle of a reply', async () => {
    const { server } = await tlsServer(certificates.server, (query, socket) => {
      socket.end(framed(replyTo(query)).subarray(0, 20));
    });
    expect(await outcomeOf(server)).toBe('connection-refused');
  });

  it('garbage inside TLS is malformed', async () => {
    const { server } = await tlsServer(certificates.server, (query, socket) => {
      const garbage = new Uint8Array(600).fill(0xff);
      garbage.set(query.subarray(0, 2));
      socket.write(framed(garbage));
    });
    expect(await outcomeOf(server)).toBe('malformed');
  });

  it('a question for a TLS server that is put into a datagram goes nowhere', async () => {
    const { server } = await tlsServer(certificates.server);
    const failures: string[] = [];
    const sockets = new DgramSockets({ random });
    const flow = sockets.openDatagram(
      { ...server, tls: plainTlsProfile },
      { onDatagram: () => failures.push('datagram'), onFailure: (failure) => failures.push(failure) },
    );
    flow.send(new Uint8Array(12));
    await until(() => failures.length > 0);
    expect(failures).toEqual(['unreachable']);
    // And the exchange takes the other way whatever the question says.
    ask(server, {}, { transport: 'udp' });
    await until(() => outcomes.all.length === 1);
    expect(exchange.counters).toMatchObject({ udpQueries: 0, tlsQueries: 1 });
  });
});

describe('a profile', () => {
  const rows: readonly { name: string; profile: Partial<TlsProfile> }[] = [
    { name: 'with ciphers that do not exist', profile: { ciphers: 'ROT13' } },
    {
      name: 'with a key that is none',
      profile: { clientKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' },
    },
    { name: 'with a certificate that is none', profile: { clientCertificate: 'nothing' } },
  ];
  for (const { name, profile } of rows) {
    it(`${name} is refused with a reason`, () => {
      expect(tlsProfileProblem({ ...plainTlsProfile, ...profile })).toMatch(/\w{3}/);
    });
  }

  it('with nothing special is in order', () => {
    expect(tlsProfileProblem(plainTlsProfile)).toBeUndefined();
  });
});
