// Details that resolvers get wrong, each through the whole program: from a client's octets to its reply. The table
// "Details" in docs/conformance.md names them.
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { dsRdata, sharedKey } from '../../src/lab/keys.ts';
import { signRRset } from '../../src/lab/signer.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { EdeCode, EdnsOptionCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import type { RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { authority } from '../support/server-behaviours.ts';
import { SimulatedServer } from '../support/simulated-server.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const nowSeconds = DEFAULT_WALL_SECONDS;
const validity = { inceptionSeconds: nowSeconds - 3600, expirationSeconds: nowSeconds + 86_400 };
const shared = { addresses: ['198.18.7.7'] };
const childKey = sharedKey({ algorithm: 13, flags: 257 }, 901);
const flipped = (rdata: Uint8Array): Uint8Array => rdata.map((octet, index) => (index === 10 ? octet ^ 1 : octet));
const sha1AndWrongSha256 = [
  dsRdata(nameOf('digests.'), childKey, 1),
  flipped(dsRdata(nameOf('digests.'), childKey, 2)),
];
const records = `
www  A 192.0.2.1
web  HTTPS 1 Svc.SIGNED. alpn="h2"
mx   MX 10 Mail.SIGNED.
*.w  A 192.0.2.2
old  DNAME new.signed.
www.new A 192.0.2.3
to-plain CNAME www.plain.
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'signed.', records },
    { name: 'nsec3.', records: 'www A 192.0.2.1\n*.w A 192.0.2.2', denial: { kind: 'nsec3' } },
    { name: 'opt-out.', records: 'www A 192.0.2.1', denial: { kind: 'nsec3', optOut: true } },
    { name: 'plain.', records: 'www A 192.0.2.4', isSigned: false },
    { name: 'bogus.', records: 'www A 192.0.2.5', faults: { corruptSignature: (_, type) => type === RRType.A } },
    { name: 'digests.', records: 'www A 192.0.2.6', keys: [childKey], ds: { rdatas: sha1AndWrongSha256 } },
    { name: 'parent.', ...shared },
    { name: 'child.ent.parent.', records: 'www A 192.0.2.7', ...shared },
    { name: 'plain.ent.parent.', records: 'www A 192.0.2.8', isSigned: false, ...shared },
    { name: 'deep.child.ent.parent.', records: 'www A 192.0.2.9', ...shared },
  ],
  nowSeconds,
});
const served = (): SimulatedServer => new SimulatedServer({ hierarchy });

describe('1: a TTL is never longer than what the signer said (RFC 4035 5.3.3)', () => {
  test('a server that names more is not believed', () => {
    const server = served();
    server.simulation.rewrite('signed.', (content) => ({
      ...content,
      answer: content.answer.map((rrset) => ({ ...rrset, ttl: 80_000 })),
    }));
    const { message, status } = server.ask('www.signed. A');
    expect(status).toBe('NOERROR ad');
    expect(message.answer.map(({ ttl }) => ttl)).toEqual([3600, 3600]);
  });

  test('nor than the signature lasts', () => {
    const ends = { ...validity, expirationSeconds: nowSeconds + 120 };
    const server = new SimulatedServer({
      zones: [
        {
          name: 'ends.',
          records: 'www A 192.0.2.1',
          faults: { validity: (_, type) => (type === RRType.A ? ends : undefined) },
        },
      ],
    });
    const ttl = server.ask('www.ends. A').message.answer[0]?.ttl ?? 0;
    expect(ttl).toBeGreaterThan(100);
    expect(ttl).toBeLessThanOrEqual(120);
  });
});

describe('2: names in RDATA are lower-cased for the old types only (RFC 4034 6.2, RFC 3597 7)', () => {
  const lowered = (rrset: RRset): RRset => ({
    ...rrset,
    rdatas: rrset.rdatas.map((rdata) => rdata.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet))),
  });
  test.each([
    ['web.signed. HTTPS', false, 'NOERROR ad'],
    ['mx.signed. MX', false, 'NOERROR ad'],
    // What a server changes on the way tells the two apart.
    ['mx.signed. MX', true, 'NOERROR ad'],
    ['web.signed. HTTPS', true, 'SERVFAIL'],
  ])('%s, lower-cased on the way: %s, is %s', (question, isLowered, want) => {
    const server = served();
    if (isLowered) {
      server.simulation.rewrite('signed.', (content, { type }) => ({
        ...content,
        answer: type === RRType.DNSKEY ? content.answer : content.answer.map(lowered),
      }));
    }
    expect(server.ask(question).status).toBe(want);
  });
});

describe('3: one good signature is enough, within the bound (RFC 4035 5.3.1, RFC 6840 5.11)', () => {
  test.each([
    ['a broken one by the same key first', 1, 'NOERROR ad'],
    ['two broken ones first', 2, 'NOERROR ad'],
    ['forty broken ones first', 40, 'SERVFAIL'],
  ])('%s', (_what, count, want) => {
    const server = served();
    server.simulation.rewrite('signed.', (content) => ({
      ...content,
      answer: content.answer.map((rrset) => ({
        ...rrset,
        signatures: [
          ...Array.from({ length: count }, (_, index) =>
            (rrset.signatures[0] ?? new Uint8Array()).map((octet, at, all) =>
              at === all.length - 1 - index ? octet ^ 1 : octet,
            ),
          ),
          ...rrset.signatures,
        ],
      })),
    }));
    expect(server.ask('www.signed. A').status).toBe(want);
  });

  test('a signature by an unknown key beside it', () => {
    const stranger = sharedKey({ algorithm: 13, flags: 257 }, 902);
    const server = served();
    server.simulation.rewrite('signed.', (content) => ({
      ...content,
      answer: content.answer.map((rrset) => ({
        ...rrset,
        signatures: [signRRset(rrset, nameOf('signed.'), stranger, validity), ...rrset.signatures],
      })),
    }));
    expect(server.ask('www.signed. A').status).toBe('NOERROR ad');
  });
});

describe('4: a SHA-1 DS beside a wrong SHA-256 DS is no way in (RFC 4509 3)', () => {
  test.each(['insecure', 'validate'] as const)('with SHA-1: %s', (sha1) => {
    const server = new SimulatedServer({
      hierarchy,
      change: (options) => ({
        ...options,
        validation: { ...options.validation, policy: { ...options.validation.policy, sha1 } },
      }),
    });
    expect(server.ask('www.digests. A').status).toBe('SERVFAIL');
  });
});

describe('5: a CNAME question answered through a DNAME validates (RFC 6672 2.2, 5.3.1)', () => {
  test('cold and from the cache, and the alias leads on for other types', () => {
    const server = served();
    for (const round of [1, 2]) {
      const { status, answer } = server.ask('www.old.signed. CNAME', { authenticData: true });
      expect([round, status]).toEqual([round, 'NOERROR ad']);
      expect(answer).toEqual(['old.signed. DNAME new.signed.', 'www.old.signed. CNAME www.new.signed.']);
    }
    expect(server.ask('www.old.signed. A', { authenticData: true }).answer).toHaveLength(3);
  });
});

describe('6: parent and child on one server, which never refers (RFC 4035 5, also across empty non-terminals)', () => {
  const questions: readonly (readonly [string, string])[] = [
    ['www.deep.child.ent.parent. A', 'NOERROR ad'],
    ['nope.deep.child.ent.parent. A', 'NXDOMAIN ad'],
    ['www.child.ent.parent. A', 'NOERROR ad'],
    ['www.plain.ent.parent. A', 'NOERROR'],
    ['nope.plain.ent.parent. A', 'NXDOMAIN'],
    ['ent.parent. A', 'NOERROR ad'],
    ['child.ent.parent. DS', 'NOERROR ad'],
    ['plain.ent.parent. DS', 'NOERROR ad'],
    ['parent. DNSKEY', 'NOERROR ad'],
  ];
  test.each([false, true])('in either order (reversed: %s)', (isReversed) => {
    const server = served();
    for (const [question, want] of isReversed ? [...questions].reverse() : questions) {
      expect([question, server.ask(question).status]).toEqual([question, want]);
    }
  });
});

describe('7: a cached denial of the parent does not reach a forward zone or an anchored one (SECURITY A-50)', () => {
  /** Zones that the public tree denies. */
  const inside = buildHierarchy({
    zones: [
      { name: 'corp.internal.', records: 'www A 10.0.0.1', isSigned: false, addresses: ['198.18.9.9'] },
      { name: 'island.gone.', records: 'www A 10.0.0.2', addresses: ['198.18.9.10'] },
    ],
    nowSeconds,
  });

  test.each([false, true])('whichever is asked for first (denial: %s)', (isDeniedFirst) => {
    const server = new SimulatedServer({
      hierarchy,
      forwardZones: [
        { zone: 'corp.internal.', addresses: ['198.18.9.9'], recurse: false },
        { zone: 'island.gone.', addresses: ['198.18.9.10'], recurse: false },
      ],
      negative: ['corp.internal.'],
    });
    const { network, anchors } = server.simulation;
    for (const address of ['198.18.9.9', '198.18.9.10']) {
      network.addServer(address, authority(inside.servers.get(address) ?? new ZoneSet()));
    }
    for (const { name, rdata } of parseZoneText(inside.anchorsOf('island.gone.').join('\n'), { defaultTtl: 0 })
      .records) {
      const ds = parseDS(rdata);
      if (ds !== undefined) anchors.addDS(name, ds);
    }
    const deny = (): void => {
      for (const name of ['internal.', 'gone.', 'other.internal.', 'other.gone.']) {
        expect([name, server.ask(`${name} A`).status]).toEqual([name, 'NXDOMAIN ad']);
      }
    };
    if (isDeniedFirst) deny();
    for (const round of [1, 2]) {
      expect([round, server.ask('www.corp.internal. A').status]).toEqual([round, 'NOERROR']);
      expect([round, server.ask('www.island.gone. A').status]).toEqual([round, 'NOERROR ad']);
      expect([round, server.ask('nope.island.gone. A').status]).toEqual([round, 'NXDOMAIN ad']);
      deny();
    }
  });
});

describe('8: CD of one client changes nothing for another (RFC 4035 4.7, 3.2.2)', () => {
  test.each([
    ['www.bogus. A', 'SERVFAIL'],
    ['www.signed. A', 'NOERROR ad'],
    ['www.plain. A', 'NOERROR'],
  ])('%s is %s before and after', (question, want) => {
    const first = served();
    expect(first.ask(question).status).toBe(want);
    expect(first.ask(question, { dnssecOk: true, checkingDisabled: true }).message.rcode).toBe(Rcode.NOERROR);
    expect(first.ask(question).status).toBe(want);
    const second = served();
    expect(second.ask(question, { dnssecOk: true, checkingDisabled: true }).message.rcode).toBe(Rcode.NOERROR);
    expect(second.ask(question).status).toBe(want);
  });
});

describe('9: bogus data are SERVFAIL for everybody who does not set CD (RFC 4035 5.5)', () => {
  test.each([
    ['nothing at all', {}],
    ['EDNS', { edns: true }],
    ['AD', { authenticData: true }],
    ['DO', { dnssecOk: true }],
  ])('a query with %s', (_what, how) => {
    const { status, answer, codes } = served().ask('www.bogus. A', how);
    expect([status, answer]).toEqual(['SERVFAIL', []]);
    expect([...new Set(codes)]).toEqual('edns' in how || 'dnssecOk' in how ? [EdeCode.DNSSEC_BOGUS] : []);
  });
});

describe('10: no AD where an opt-out span was needed (RFC 5155 9.2)', () => {
  test.each([
    ['nope.opt-out. A', 'NXDOMAIN'],
    ['a.b.nope.opt-out. A', 'NXDOMAIN'],
    ['nope.opt-out. DS', 'NXDOMAIN'],
    ['www.opt-out. AAAA', 'NOERROR ad'],
    ['www.opt-out. A', 'NOERROR ad'],
    ['nope.nsec3. A', 'NXDOMAIN ad'],
  ])('%s is %s', (question, want) => {
    const server = served();
    expect(server.ask(question).status).toBe(want);
    expect(server.ask(question).status).toBe(want);
  });
});

describe('11: a wildcard answer carries what proves it (RFC 4035 3.1.3.3, RFC 5155 7.2.6)', () => {
  test.each([
    ['signed.', 'NSEC'],
    ['nsec3.', 'NSEC3'],
  ])('%s: %s with its signature, cold, cached and expanded from the cache', (zone, type) => {
    const server = served();
    for (const name of ['a', 'a', 'b', 'x.y']) {
      const { status, authority, answer } = server.ask(`${name}.w.${zone} A`);
      expect([name, status, answer.length]).toEqual([name, 'NOERROR ad', 2]);
      expect(authority.filter((line) => line.includes(` ${type} `)).length).toBeGreaterThan(0);
      expect(authority.some((line) => line.includes(`RRSIG ${type} `))).toBe(true);
    }
    expect(server.ask(`c.w.${zone} A`, {}).authority).toEqual([]);
    const unchecked = served().ask(`a.w.${zone} A`, { dnssecOk: true, checkingDisabled: true });
    expect(unchecked.authority.some((line) => line.includes(` ${type} `))).toBe(true);
  });
});

describe('12: the NSEC or NSEC3 of a delegation proves nothing below it (RFC 6840 4.1, RFC 5155 8.9)', () => {
  const kinds = [{ kind: 'nsec' }, { kind: 'nsec3' }, { kind: 'nsec3', optOut: true }] as const;
  test.each(kinds)('$kind, opt-out: $optOut', (denial) => {
    const zones = [
      { name: 'upper.', records: 'zz A 192.0.2.1', denial },
      { name: 'lower.upper.', records: 'www A 192.0.2.2', denial },
    ];
    const server = new SimulatedServer({ zones });
    const { zone } = server.simulation.hierarchy.zone('upper.');
    const soa = zone.rrset(nameOf('upper.'), RRType.SOA);
    const proofs =
      zone.denial.kind === 'nsec3'
        ? zone.denial.links.map(({ rrset }) => rrset)
        : zone.sortedNodes().flatMap(({ name }) => zone.rrset(name, RRType.NSEC) ?? []);
    const authority = [...(soa === undefined ? [] : [soa]), ...proofs];
    for (const rcode of [Rcode.NXDOMAIN, Rcode.NOERROR]) {
      server.simulation.rewrite('lower.upper.', (content, { type }) =>
        type === RRType.A ? { ...content, rcode, answer: [], authority } : content,
      );
      expect(server.ask('www.lower.upper. A').status).toBe('SERVFAIL');
      server.simulation.advance(61);
    }
    server.simulation.restore();
    expect(server.ask('www.lower.upper. A').status).toBe('NOERROR ad');
  });
});

describe('13: EDNS versions, opcodes and options (RFC 6891 6.1.3, RFC 8906)', () => {
  test('BADVERS, whatever else there is, with our version', () => {
    const { message, status } = served().send({ name: 'www.signed.', edns: { version: 1 } });
    expect([status, message.edns?.version, message.answer.length]).toEqual(['BADVERS', 0, 0]);
  });

  test.each([1, 2, 3, 6, 15])('opcode %i is NOTIMP', (opcode) => {
    expect(served().send({ name: 'www.signed.', opcode }).status).toBe('NOTIMP');
  });

  test.each([
    ['an unknown option', { options: [{ code: 65_001, data: Uint8Array.of(1, 2, 3) }] }],
    ['an empty unknown option', { options: [{ code: 100, data: new Uint8Array() }] }],
    ['NSID', { options: [{ code: EdnsOptionCode.NSID, data: new Uint8Array() }] }],
    ['a client subnet', { options: [{ code: EdnsOptionCode.ECS, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }] }],
    ['a cookie', { options: [{ code: EdnsOptionCode.COOKIE, data: new Uint8Array(8) }] }],
    ['a wish for keepalive', { options: [{ code: EdnsOptionCode.TCP_KEEPALIVE, data: new Uint8Array() }] }],
    ['unknown flags', { flags: 0x7fff }],
    ['a payload size of zero', { udpSize: 0 }],
  ])('%s changes nothing', (_what, edns) => {
    const { message, status } = served().send({ name: 'www.signed.', edns: { ...edns, dnssecOk: true } });
    expect(status).toBe('NOERROR ad');
    expect(message.edns?.options).toEqual([]);
  });

  test('without EDNS there is none in the reply, and AD only for who asks with it', () => {
    expect(served().ask('www.signed. A', {}).message.edns).toBeUndefined();
    expect(served().ask('www.signed. A', {}).status).toBe('NOERROR');
    expect(served().ask('www.signed. A', { authenticData: true }).status).toBe('NOERROR ad');
  });
});
