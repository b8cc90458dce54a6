import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import type { Daemon } from '../../src/daemon/daemon.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { ListenError } from '../../src/io/listen-error.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import type { MetricName } from '../../src/telemetry/metric-table.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { hasBatchDriver } from '../io/drivers.ts';
import { resolutionOf, resolved } from '../server/support/queries.ts';
import { failed, freePort, loopbackConfig, type Resolve, startDaemon } from './support/daemons.ts';

const started: Daemon[] = [];
afterEach(() => {
  for (const daemon of started.splice(0)) daemon.stop();
});

async function start(...args: Parameters<typeof startDaemon>) {
  const running = await startDaemon(...args);
  started.push(running.daemon);
  return running;
}

async function ask(port: number, name: string, options: Partial<typeof defaultQueryOptions> = {}) {
  const question = { name: nameOf(name), type: RRType.A, class: RRClass.IN };
  const result = await askServer(question, { address: '127.0.0.1', port }, { ...defaultQueryOptions, ...options });
  if (!result.ok) throw new Error(result.error);
  return result.message;
}

const noHints = 'recursor: {hint_file: "no"}';
const answering: Resolve = (_request, done) => done(resolutionOf());

describe('a running daemon', () => {
  for (const tcp of [false, true]) {
    test(`answers over ${tcp ? 'TCP' : 'UDP'}, from local data and from the resolver`, async () => {
      const { port, daemon } = await start(loopbackConfig(noHints), answering);
      const local = await ask(port, 'localhost.', { tcp });
      expect(local.answer.map(({ type, rdata }) => rdataText(type, rdata))).toEqual(['127.0.0.1']);
      const found = await ask(port, 'www.example.', { tcp });
      expect(found.answer.map(({ type, rdata }) => rdataText(type, rdata))).toEqual(['192.0.2.1']);
      expect(daemon.metrics.value('questions')).toBe(2);
      expect(daemon.metrics.value('tcp_questions')).toBe(tcp ? 2 : 0);
      expect(daemon.metrics.value('noerror_answers')).toBe(2);
    });
  }

  const ways = [
    { driver: 'batch', tcp: true },
    { driver: 'batch', tcp: false },
    { driver: 'dgram', tcp: true },
    { driver: 'dgram', tcp: false },
  ];
  for (const { driver, tcp } of ways) {
    test.skipIf(driver === 'batch' && !hasBatchDriver)(
      `keeps its replies, with ${driver} and over ${tcp ? 'TCP' : 'UDP'}`,
      async () => {
        let resolutions = 0;
        const { port, daemon } = await start(loopbackConfig(`${noHints}\nkedge: {driver: ${driver}}`), (_, done) => {
          resolutions++;
          done(resolutionOf());
        });
        const metric = (name: MetricName): number => daemon.metrics.value(name);
        const first = await ask(port, 'www.example.', { tcp });
        const second = await ask(port, 'www.example.', { tcp });
        expect([second.answer, second.header.flags]).toEqual([first.answer, first.header.flags]);
        expect([resolutions, metric('packetcache_hits'), metric('packetcache_misses')]).toEqual([1, 1, 1]);
        expect([metric('questions'), metric('noerror_answers'), metric('packetcache_entries')]).toEqual([2, 2, 1]);
        expect(metric('tcp_questions')).toBe(tcp ? 2 : 0);
        // What was kept over one transport is good for the other.
        await ask(port, 'www.example.', { tcp: !tcp });
        expect([resolutions, metric('packetcache_hits')]).toEqual([1, 2]);
      },
    );
  }

  for (const driver of ['auto', 'dgram']) {
    test(`logs each query that kept replies answer like all others, with ${driver}`, async () => {
      let resolutions = 0;
      const logging = `${noHints}\nkedge: {driver: ${driver}}\nlogging: {quiet: false}`;
      const { port, lines, daemon } = await start(loopbackConfig(logging), (_, done) => {
        resolutions++;
        done(resolutionOf({ verdict: { status: 'indeterminate' } }));
      });
      const metric = (name: MetricName): number => daemon.metrics.value(name);
      for (const tcp of [true, false, true, false]) await ask(port, 'WWW.example.', { tcp });
      await ask(port, 'www.example.', { checkingDisabled: true });
      // What was asked in another way is not answered with the same reply.
      expect(resolutions).toBe(2);
      const said = lines.filter((line) => line.includes('name=www.example.') || line.includes('name=WWW.example.'));
      const words = said.map((line) =>
        line
          .replace(/ms=\S+/, 'ms')
          .split(/\s+/)
          .slice(1),
      );
      const question = (transport: string, name: string, ...cd: string[]): string[] => {
        return [`name=${name}.example.`, 'type=A', ...cd, 'client=127.0.0.1', `transport=${transport}`];
      };
      const both = (...asked: Parameters<typeof question>): string[][] => [
        ['question', ...question(...asked)],
        ['answer', ...question(...asked), 'rcode=NOERROR', 'verdict=indeterminate', 'ms'],
      ];
      expect(words).toEqual([
        ...['tcp', 'udp', 'tcp', 'udp'].flatMap((transport) => both(transport, 'WWW')),
        ...both('udp', 'www', 'cd=true'),
      ]);
      expect([metric('packetcache_hits'), metric('packetcache_misses')]).toEqual([3, 2]);
      expect([metric('questions'), metric('noerror_answers')]).toEqual([5, 5]);
    });
  }

  test('frees its port when it stops', async () => {
    const { daemon, port } = await start(loopbackConfig(noHints), answering);
    daemon.stop();
    const config = loopbackConfig(noHints);
    const again = await start({ ...config, incoming: { ...config.incoming, port } }, answering);
    expect(again.port).toBe(port);
    expect((await ask(port, 'www.example.')).rcode).toBe(Rcode.NOERROR);
  });

  test('takes identity, limits and switches from the configuration', async () => {
    const text = `
recursor: {hint_file: "no", version_string: my version, server_id: disabled, extended_resolution_errors: false}
incoming: {allow_no_rd: true, udp_truncation_threshold: 600}
kedge: {local_zone: ['test. nodefault'], local_data: ['nas.home.arpa. A 192.168.1.2']}
`;
    const { port } = await start(loopbackConfig(text), (_request, done) => done(failed));
    const version = await askServer(
      { name: nameOf('version.bind.'), type: RRType.TXT, class: RRClass.CH },
      { address: '127.0.0.1', port },
      defaultQueryOptions,
    );
    expect(version.ok && version.message.answer.map(({ type, rdata }) => rdataText(type, rdata))).toEqual([
      '"my version"',
    ]);
    const nas = await ask(port, 'nas.home.arpa.');
    expect(nas.answer).toHaveLength(1);
    expect(nas.edns).toMatchObject({ udpSize: 600, options: [] });
    expect((await ask(port, 'x.test.', { recursionDesired: false })).rcode).toBe(Rcode.SERVFAIL);
    const id = await askServer(
      { name: nameOf('id.server.'), type: RRType.TXT, class: RRClass.CH },
      { address: '127.0.0.1', port },
      defaultQueryOptions,
    );
    expect(id.ok && id.message.rcode).toBe(Rcode.REFUSED);
  });

  test('refuses clients that are not listed', async () => {
    const { port, daemon } = await start(
      loopbackConfig(`${noHints}\nincoming: {allow_from: [192.0.2.0/24]}\nkedge: {refuse_unauthorised: true}`),
      answering,
    );
    expect((await ask(port, 'www.example.')).rcode).toBe(Rcode.REFUSED);
    expect(daemon.metrics.value('unauthorized_udp')).toBe(1);
    expect(daemon.metrics.value('questions')).toBe(0);
  });

  test('bogus data are counted by kind and logged with the broken link', async () => {
    const resolution: Resolution = {
      ...failed,
      verdict: {
        status: 'bogus',
        reason: 'rrsig-expired',
        chain: {
          previous: undefined,
          link: {
            kind: 'failure',
            reason: 'rrsig-expired',
            zone: nameOf('example.'),
            name: nameOf('www.example.'),
            type: RRType.A,
            expected: 'a signature valid on 2026-01-01',
            found: 'one that expired on 2025-01-01',
            server: '192.0.2.53#53',
          },
        },
      },
    };
    const { port, daemon, lines } = await start(loopbackConfig(noHints), (_request, done) => done(resolution));
    expect((await ask(port, 'www.example.')).rcode).toBe(Rcode.SERVFAIL);
    expect(daemon.metrics.value('dnssec_result_bogus')).toBe(1);
    expect(daemon.metrics.value('dnssec_result_bogus_signature_expired')).toBe(1);
    const line = lines.find((text) => text.includes('the answer is bogus'));
    for (const part of ['www.example.', 'signature expired', 'expired on 2025-01-01', '192.0.2.53#53']) {
      expect(line).toContain(part);
    }
  });

  test('a fault of the program is one SERVFAIL, one log line with the stack, one count', async () => {
    const { port, daemon, lines } = await start(loopbackConfig(noHints), () => {
      throw new Error('boom');
    });
    expect((await ask(port, 'www.example.')).rcode).toBe(Rcode.SERVFAIL);
    expect(daemon.metrics.value('bugs')).toBe(1);
    expect(lines.filter((line) => line.includes('boom') && line.includes('daemon.test.ts'))).toHaveLength(1);
  });

  test('every question is counted once by the time it took (POWERDNS 7)', async () => {
    const { port, daemon } = await start(
      loopbackConfig(`${noHints}\nkedge: {local_zone: ['drop. always_deny']}`),
      answering,
    );
    await ask(port, 'localhost.');
    await ask(port, 'www.example.');
    await ask(port, 'www.example.', { recursionDesired: false });
    await ask(port, 'x.drop.', { timeoutMs: 50, tries: 1 }).catch(() => {});
    const sum = [
      'answers0_1',
      'answers1_10',
      'answers10_100',
      'answers100_1000',
      'answers_slow',
      'policy_drops',
    ] as const;
    expect(sum.reduce((total, name) => total + daemon.metrics.value(name), 0)).toBe(3);
    expect(daemon.metrics.value('questions')).toBe(3);
  });

  test('questions and answers are logged when the configuration is not quiet', async () => {
    const { port, lines } = await start(loopbackConfig(`${noHints}\nlogging: {quiet: false}`), answering);
    await ask(port, 'www.example.');
    expect(
      lines.filter((line) => /(question|answer) name=www\.example\. type=A client=127\.0\.0\.1/.test(line)),
    ).toHaveLength(2);
  });
});

describe('the first lines', () => {
  test('say where it listens, what it trusts, whom it asks', async () => {
    const text = `
recursor: {hint_file: "no", forward_zones: [{zone: home.arpa, forwarders: ['127.0.0.1:5300', '::1']}]}
dnssec: {negative_trustanchors: [{name: lan, reason: unsigned}]}
`;
    const { lines, port } = await start(loopbackConfig(text), answering);
    expect(lines).toEqual([
      'info  validation mode=validate',
      'info  trust anchor zone=. keyTags=20326,38696',
      'info  negative trust anchor zone=lan. reason=unsigned',
      'info  forward zone zone=home.arpa. servers=127.0.0.1:5300,[::1]:53 recurse=false',
      'info  root hints source="none (recursor.hint_file)"',
      `info  listening address=127.0.0.1:${port} transports=udp,tcp`,
      'info  there are no root hints: only forward zones and local names can be answered',
    ]);
  });

  test('warn when there is no trust anchor', async () => {
    const { lines } = await start(loopbackConfig(`${noHints}\nkedge: {default_trustanchor: false}`), answering);
    expect(lines.some((line) => line.startsWith('warn  there is no trust anchor'))).toBe(true);
  });

  test('say that the root servers answer', async () => {
    const asked: string[] = [];
    const { lines } = await start(loopbackConfig(), (request, done) => {
      asked.push(`${nameText(request.question.name)} ${request.question.type} ${request.validate}`);
      done(resolutionOf({ answer: [resolved('.', 'NS', ['a.root.'])] }));
    });
    expect(asked).toEqual([`. ${RRType.NS} true`]);
    expect(lines.at(-1)).toBe('info  the root servers answer');
  });

  test('say in one line that they do not, and why', async () => {
    const { lines } = await start(loopbackConfig());
    expect(lines.at(-1)).toMatch(/^warn {2}the root servers do not answer .* why="EDE 22 nobody there"$/);
  });

  test('warn of forward zones that the signed public tree denies, with the lines to paste (POWERDNS 4.3)', async () => {
    const text = `
recursor: {forward_zones: [{zone: february.local, forwarders: [127.0.0.1]}, {zone: home.arpa, forwarders: [127.0.0.1]}, {zone: ., forwarders: [127.0.0.1]}, {zone: lan, forwarders: [127.0.0.1]}]}
dnssec: {negative_trustanchors: [{name: lan}]}
`;
    const asked: string[] = [];
    const { lines } = await start(loopbackConfig(text), ({ question }, done) => {
      asked.push(nameText(question.name));
      const secure = { status: 'secure', chain: undefined } as unknown as Resolution['verdict'];
      if (question.name.isRoot) done(resolutionOf({ answer: [resolved('.', 'NS', ['a.root.'])] }));
      else done(resolutionOf({ rcode: nameText(question.name) === 'home.arpa.' ? 0 : 3, answer: [], verdict: secure }));
    });
    await vi.waitFor(() => expect(asked).toEqual(['.', 'february.local.', 'home.arpa.']));
    const warnings = lines.filter((line) => line.includes('a forward zone will be bogus'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('zone=february.local.');
    expect(warnings[0]).toContain('dnssec: {negative_trustanchors: [{name: february.local, reason: internal zone}]}');
  });
});

describe('what stops the start', () => {
  test('a port in use: one error with address, port and remedy, and nothing stays open', async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const config = loopbackConfig(noHints);
    const begin = () => startDaemon({ ...config, incoming: { ...config.incoming, port } });
    const error = await begin().catch((reason: unknown) => reason);
    await new Promise((resolve) => other.close(resolve));
    expect(error).toBeInstanceOf(ListenError);
    if (!(error instanceof ListenError)) return;
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.remedy).toContain('ss -lpn');
    const { daemon } = await begin();
    started.push(daemon);
  });

  test('a local record that cannot be read', async () => {
    const begin = startDaemon(loopbackConfig(`${noHints}\nkedge: {local_data: ['nas A 1.2.3']}`));
    await expect(begin).rejects.toThrow(StartError);
    await expect(begin).rejects.toThrow(/kedge\.local_data: 'nas A 1\.2\.3'/);
  });
});
