/** How clients and servers are reached: TCP, truncation, IPv6. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4, RESOLVER_IPV6, type ServerAddress } from './support/addresses.ts';
import { checkAnswer } from './support/check-answers.ts';
import { dig } from './support/dig.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import { changeDsDigest, signZone } from './support/presigned-zone.ts';
import { createPrivateNamespace, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms, programPath } from './support/programs.ts';
import { startResolver } from './support/resolver.ts';
import { buildSampleZone, type Delegation, type Expectation, sampleQuestions } from './support/sample-zone.ts';

const [RESOLVER] = RESOLVER_IPV4;
const ADDRESS: Expectation = { status: 'NOERROR', ad: true, answer: ['www.plain.lab. A 192.0.2.1'] };
const BIG = sampleQuestions('plain.lab.').find(({ qname }) => qname === 'big.plain.lab.')?.want ?? ADDRESS;

describeWithPrograms('transport', [], () => {
  let namespace: Namespace | undefined;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('transport');
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    const ipv6Only: ServerAddress = { ipv6: ADDRESSES.nsd.ipv6 };
    for (const [origin, address] of [
      ['plain.lab.', ADDRESSES.nsd],
      ['ipv6-only.lab.', ipv6Only],
      ['bogus.lab.', ADDRESSES.nsd],
    ] as const) {
      const zone = await signZone(inside(), origin, buildSampleZone({ origin, nameservers: [address] }));
      served.push(servedZone(zone));
      const ds = origin === 'bogus.lab.' ? zone.ds.map(changeDsDigest) : zone.ds;
      delegations.push({ zone: origin, nameservers: [address], ds });
    }
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    const { hintFile, anchors } = await publishRoot(namespace, delegations);
    await startResolver(namespace, 'resolver', {
      hintFile,
      listen: [RESOLVER, RESOLVER_IPV6],
      anchors: { '.': anchors },
    });
  });

  afterAll(() => namespace?.close());

  describe('from clients', () => {
    const rows: { name: string; resolver: string; options: string[]; overTcp: boolean }[] = [
      { name: 'UDP over IPv4', resolver: RESOLVER, options: [], overTcp: false },
      { name: 'TCP over IPv4', resolver: RESOLVER, options: ['+tcp'], overTcp: true },
      { name: 'UDP over IPv6', resolver: RESOLVER_IPV6, options: ['-6'], overTcp: false },
      { name: 'TCP over IPv6', resolver: RESOLVER_IPV6, options: ['-6', '+tcp'], overTcp: true },
    ];
    it.each(rows)('takes $name', async ({ resolver, options, overTcp }) => {
      const reply = await checkAnswer(inside(), resolver, [...options, 'www.plain.lab.', 'A'], ADDRESS);
      expect(reply.overTcp, reply.text).toBe(overTcp);
    });

    it.each(rows)('takes $name for bogus answers', async ({ resolver, options }) => {
      await checkAnswer(inside(), resolver, [...options, 'www.bogus.lab.', 'A'], {
        status: 'SERVFAIL',
        ad: false,
        answer: [],
        ede: [9, 6],
      });
    });

    it('truncates what does not fit (RFC 2181 9)', async () => {
      const parameters = ['+dnssec', '+bufsize=1232', '+ignore', 'big.plain.lab.', 'TXT'];
      const reply = await dig(inside(), { address: RESOLVER }, parameters);
      expect(reply.flags, reply.text).toContain('tc');
    });

    it('gives the whole over TCP after truncation (RFC 7766 5)', async () => {
      const reply = await checkAnswer(inside(), RESOLVER, ['+bufsize=1232', 'big.plain.lab.', 'TXT'], BIG);
      expect(reply.overTcp, reply.text).toBe(true);
    });

    it('gives the whole at once to a client on this machine that takes as much', async () => {
      const reply = await checkAnswer(inside(), RESOLVER, ['+bufsize=4096', 'big.plain.lab.', 'TXT'], BIG);
      expect(reply.overTcp, reply.text).toBe(false);
      expect(Number(/MSG SIZE +rcvd: (\d+)/.exec(reply.text)?.[1]), reply.text).toBeGreaterThan(1232);
    });

    it('truncates at 512 octets where the query has no EDNS (RFC 1035 4.2.1)', async () => {
      const reply = await dig(inside(), { address: RESOLVER }, ['+noedns', '+ignore', 'big.plain.lab.', 'TXT']);
      expect(reply.flags, reply.text).toContain('tc');
      expect(Number(/MSG SIZE +rcvd: (\d+)/.exec(reply.text)?.[1]), reply.text).toBeLessThanOrEqual(512);
    });

    it('answers several queries on one TCP connection (RFC 7766 6.2.1)', async () => {
      const finished = await inside().run([
        programPath('dig'),
        '-r',
        `@${RESOLVER}`,
        '+tcp',
        '+keepopen',
        '+short',
        'www.plain.lab.',
        'A',
        'mail.plain.lab.',
        'A',
      ]);
      expect(finished.stdout).toBe('192.0.2.1\n192.0.2.25\n');
    });
  });

  it('asks a server that has IPv6 only', async () => {
    await checkAnswer(inside(), RESOLVER, ['www.ipv6-only.lab.', 'A'], {
      ...ADDRESS,
      answer: ['www.ipv6-only.lab. A 192.0.2.1'],
    });
  });
});
