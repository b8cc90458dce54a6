import { describe, expect, test } from 'vitest';
import { AuthZone } from '../../src/policy/auth-zone.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { EdeCode, Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { localDataWith } from '../support/local-data.ts';
import { client, FakeServer, type FakeServerOptions } from './support/fake-server.ts';
import { errorCodes, flagText, queryOctets, replyOf, resolutionOf, resolved, sectionText } from './support/queries.ts';

const answers = { resolve: (_request: unknown, done: (resolution: Resolution) => void) => done(resolutionOf()) };
const stranger = { ...client, address: Uint8Array.of(203, 0, 113, 1) };
const loopbackOnly = [{ octets: Uint8Array.of(127, 0, 0, 0), prefixLength: 8, negated: false }];

describe('access control', () => {
  test('others are refused with extended error 18, before anything else is looked at', () => {
    const server = new FakeServer({ ...answers, networks: loopbackOnly });
    const message = server.ask({ edns: {} }, stranger);
    expect(message.rcode).toBe(Rcode.REFUSED);
    expect(errorCodes(message)).toEqual([EdeCode.PROHIBITED]);
    expect(server.asked).toEqual([]);
    expect(server.events).toEqual(['unauthorised true', 'reply 5']);
    expect(server.ask().rcode).toBe(Rcode.NOERROR);
  });

  test('others hear nothing where that is wanted, as from PowerDNS', () => {
    const server = new FakeServer({ ...answers, networks: loopbackOnly, options: { refusesUnauthorised: false } });
    expect(server.send(queryOctets({ edns: {} }), stranger)).toEqual([undefined]);
    expect(server.asked).toEqual([]);
    expect(server.events).toEqual(['unauthorised false', 'drop refused-silently']);
    expect(server.ask().rcode).toBe(Rcode.NOERROR);
  });

  test('at most 100 refusals a second, never larger than the query, then silence (SECURITY A-30)', () => {
    const server = new FakeServer({ ...answers, networks: loopbackOnly });
    const query = queryOctets();
    const sent = Array.from({ length: 1000 }, () => server.send(query, stranger)[0]).filter(
      (reply) => reply !== undefined,
    );
    expect(sent).toHaveLength(100);
    for (const reply of sent) expect(reply.length).toBeLessThanOrEqual(query.length);
    server.nowMs += 1000;
    expect(server.send(query, stranger)[0]).toBeDefined();
  });

  test('a malformed query of a stranger gets no more than REFUSED with its header', () => {
    const server = new FakeServer({ networks: loopbackOnly });
    const [reply] = server.send(Uint8Array.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63), stranger);
    expect(reply).toHaveLength(12);
  });

  test('replies are never answered, not even to say no', () => {
    const server = new FakeServer({ networks: loopbackOnly });
    expect(server.send(queryOctets({ flags: HeaderFlag.QR }), stranger)).toEqual([undefined]);
  });
});

describe('queries that are dropped', () => {
  const rows: { name: string; port: number; transport: 'udp' | 'tcp'; answered: boolean }[] = [
    { name: 'UDP port 0', port: 0, transport: 'udp', answered: false },
    { name: 'UDP port 19, chargen', port: 19, transport: 'udp', answered: false },
    { name: 'UDP port 1023', port: 1023, transport: 'udp', answered: false },
    { name: 'UDP port 53, another resolver', port: 53, transport: 'udp', answered: true },
    { name: 'UDP port 1024', port: 1024, transport: 'udp', answered: true },
    { name: 'TCP port 1023', port: 1023, transport: 'tcp', answered: true },
  ];
  for (const { name, port, transport, answered } of rows) {
    test(`${name}: ${answered ? 'answered' : 'dropped'} (SECURITY A-30)`, () => {
      const [reply] = new FakeServer(answers).send(queryOctets(), { ...client, port, transport });
      expect(reply !== undefined).toBe(answered);
    });
  }

  test('every drop is told to the driver once and counted', () => {
    const server = new FakeServer(answers);
    expect(server.send(new Uint8Array(5))).toEqual([undefined]);
    expect(server.events).toEqual(['drop too-short']);
  });
});

describe('limits', () => {
  test('100 unanswered queries of one stranger, the rest is dropped without a word (DNSBomb, SECURITY A-31)', () => {
    const server = new FakeServer();
    for (let index = 0; index < 150; index++) server.send(queryOctets({ id: index }), stranger);
    expect(server.asked).toHaveLength(100);
    expect(server.events.filter((event) => event === 'drop over-capacity')).toHaveLength(50);
    expect(server.pipeline.waitingCount).toBe(100);
  });

  test('answered queries make room', () => {
    const pending: (() => void)[] = [];
    const server = new FakeServer({ resolve: (_request, done) => void pending.push(() => done(resolutionOf())) });
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 100; index++) server.send(queryOctets(), stranger);
      for (const finish of pending.splice(0)) finish();
    }
    expect(server.replies).toHaveLength(500);
    expect(server.pipeline.waitingCount).toBe(0);
  });

  test('TCP has its own limits, in the driver', () => {
    const server = new FakeServer();
    for (let index = 0; index < 150; index++) server.send(queryOctets(), { ...stranger, transport: 'tcp' });
    expect(server.asked).toHaveLength(150);
  });
});

describe('questions that never reach the resolver', () => {
  const rows: {
    name: string;
    query: Parameters<FakeServer['ask']>[0];
    rcode: number;
    errors: number[];
    flags?: string;
  }[] = [
    { name: 'opcode UPDATE', query: { opcode: 5, edns: {} }, rcode: Rcode.NOTIMP, errors: [21] },
    { name: 'class HS', query: { class: RRClass.HS, edns: {} }, rcode: Rcode.NOTIMP, errors: [21] },
    { name: 'class CH, unknown name', query: { class: RRClass.CH, edns: {} }, rcode: Rcode.REFUSED, errors: [21] },
    { name: 'AXFR', query: { type: RRType.AXFR, edns: {} }, rcode: Rcode.NOTIMP, errors: [21] },
    { name: 'EDNS version 1', query: { edns: { version: 1 } }, rcode: Rcode.BADVERS, errors: [] },
    {
      name: 'RD clear',
      query: { noRecursion: true, edns: {} },
      rcode: Rcode.REFUSED,
      errors: [EdeCode.NOT_AUTHORITATIVE],
    },
    {
      name: 'ANY over UDP (RFC 8482)',
      query: { type: RRType.ANY, edns: {} },
      rcode: 0,
      errors: [],
      flags: 'qr tc rd ra',
    },
    { name: 'localhost', query: { name: 'localhost.', edns: {} }, rcode: 0, errors: [], flags: 'qr aa rd ra' },
    { name: 'invalid', query: { name: 'a.invalid.', edns: {} }, rcode: Rcode.NXDOMAIN, errors: [EdeCode.OTHER] },
  ];
  for (const { name, query, rcode, errors, flags } of rows) {
    test(name, () => {
      const server = new FakeServer(answers);
      const message = server.ask(query);
      expect(message.rcode).toBe(rcode);
      expect(errorCodes(message)).toEqual(errors);
      if (flags !== undefined) expect(flagText(message)).toBe(flags);
      expect(server.asked).toEqual([]);
    });
  }

  test('ANY over TCP is looked up', () => {
    const server = new FakeServer(answers);
    expect(server.ask({ type: RRType.ANY }, { ...client, transport: 'tcp' }).answer).toHaveLength(2);
  });

  test('ANY over UDP is looked up when the configuration says so', () => {
    const server = new FakeServer({ ...answers, options: { anyToTcp: false } });
    server.ask({ type: RRType.ANY });
    expect(server.asked).toHaveLength(1);
  });

  test('class ANY is looked up in class IN, echoed as it came and not kept for others (RFC 1035 3.2.5)', () => {
    const kept: Uint8Array[] = [];
    const replyCache = { generation: 0, store: (reply: Uint8Array) => kept.push(reply) > 0 };
    const server = new FakeServer({ ...answers, parts: { replyCache } });
    const message = server.ask({ class: RRClass.ANY });
    expect(server.asked.map(({ question }) => question.class)).toEqual([RRClass.IN]);
    expect(message.question.class).toBe(RRClass.ANY);
    expect(message.answer.map((record) => record.class)).toContain(RRClass.IN);
    expect(kept).toHaveLength(0);
    server.ask();
    expect(kept).toHaveLength(1);
    expect(server.ask({ class: RRClass.ANY, name: 'a.invalid.' }).rcode).toBe(Rcode.NXDOMAIN);
  });

  test('a reply is kept for others no longer than the resolver says, and a stale one not at all', () => {
    const kept: (number | undefined)[] = [];
    const replyCache = {
      generation: 0,
      store: (_reply: Uint8Array, _bits: number, _now: number, seconds?: number) => kept.push(seconds) > 0,
    };
    for (const changes of [{}, { keepSeconds: 7 }, { shareable: false }]) {
      const resolve: FakeServerOptions['resolve'] = (request, done) =>
        answers.resolve(request, (resolution) => done({ ...resolution, ...changes }));
      new FakeServer({ resolve, parts: { replyCache } }).ask();
    }
    expect(kept).toEqual([undefined, 7]);
  });

  test('a reply that only clients on this machine may have over UDP is not kept for others', () => {
    const kept: number[] = [];
    const replyCache = { generation: 0, store: (reply: Uint8Array) => kept.push(reply.length) > 0 };
    // 40 octets of header, question and OPT, and 16 for each address: 1240, or 1224.
    for (const [count, from, isKept] of [
      [75, client, false],
      [74, client, true],
      [74, stranger, true],
      [75, { ...client, transport: 'tcp' as const }, false],
    ] as const) {
      const addresses = Array.from({ length: count }, (_, index) => `192.0.2.${index}`);
      const answer = [resolved('www.example.', 'A', addresses)];
      const server = new FakeServer({
        resolve: (_request, done) => done(resolutionOf({ answer })),
        parts: { replyCache },
      });
      expect(flagText(server.ask({ edns: { udpSize: 4096 } }, from))).toBe('qr rd ra');
      expect(kept.splice(0)).toHaveLength(isKept ? 1 : 0);
    }
  });

  test('RD clear goes to the resolver as such when that is allowed', () => {
    const server = new FakeServer({ ...answers, options: { allowNoRecursionDesired: true } });
    server.ask({ noRecursion: true });
    expect(server.asked[0]?.recursionDesired).toBe(false);
  });
});

describe('class CH (POWERDNS 2.6)', () => {
  const identity = {
    version: 'kedge 1',
    id: 'ns1',
    trustAnchors: () => ['. 20326 38696', 'home.arpa. 1'],
    negativeTrustAnchors: () => [],
  };
  const ask = (name: string, type = RRType.TXT as number, changes = {}) =>
    new FakeServer({ options: { identity: { ...identity, ...changes } } }).ask({ name, type, class: RRClass.CH });

  for (const name of ['version.bind.', 'version.server.', 'version.pdns.', 'VERSION.BIND.']) {
    test(name, () => expect(sectionText(ask(name), 'answer')).toEqual([`${name} TXT "kedge 1"`]));
  }
  for (const name of ['id.server.', 'hostname.bind.']) {
    test(name, () => expect(sectionText(ask(name), 'answer')).toEqual([`${name} TXT "ns1"`]));
  }
  test('ANY is answered like TXT', () => expect(ask('version.bind.', RRType.ANY).header.answerCount).toBe(1));
  test('another type is refused', () => expect(ask('version.bind.', RRType.A).rcode).toBe(Rcode.REFUSED));
  test('what is not told is refused', () => {
    expect(ask('version.bind.', RRType.TXT, { version: undefined }).rcode).toBe(Rcode.REFUSED);
    expect(ask('id.server.', RRType.TXT, { id: undefined }).rcode).toBe(Rcode.REFUSED);
  });
  test('trust anchors, one TXT each', () => {
    const message = ask('trustanchor.server.');
    expect(sectionText(message, 'answer')).toEqual([
      'trustanchor.server. TXT ". 20326 38696"',
      'trustanchor.server. TXT "home.arpa. 1"',
    ]);
    expect(message.answer[0]?.ttl).toBe(86_400);
    expect(message.answer[0]?.class).toBe(RRClass.CH);
  });
  test('no negative trust anchors', () => expect(ask('negativetrustanchor.server.').rcode).toBe(Rcode.NOERROR));
  test('SERVFAIL where such questions are not allowed', () => {
    expect(ask('trustanchor.server.', RRType.TXT, { trustAnchors: undefined }).rcode).toBe(Rcode.SERVFAIL);
  });
  test('a long text takes several strings', () => {
    const long = 'x'.repeat(300);
    const message = ask('version.bind.', RRType.TXT, { version: long });
    expect(sectionText(message, 'answer')).toEqual([`version.bind. TXT "${'x'.repeat(255)}" "${'x'.repeat(45)}"`]);
  });
});

describe('local data in front of the resolver', () => {
  const { rrset: alias } = resolved('alias.example.', 'CNAME', ['www.example.']);
  const record = (name: string, target: string) => ({
    ...resolved(name, 'CNAME', [target]).rrset,
    rdata: nameOf(target).octets,
  });
  const localData = (
    zoneType: 'transparent' | 'deny' | 'refuse' | 'inform',
    records = [record('alias.example.', 'www.example.')],
  ) => localDataWith({ zones: [{ zone: nameOf('example.'), zoneType }], records });

  test('a local CNAME is followed, without AD', () => {
    const server = new FakeServer({
      resolve: (_request, done) => done(resolutionOf({ authentic: true })),
      parts: { localData: localData('transparent') },
    });
    const message = server.ask({ name: 'alias.example.', flags: HeaderFlag.AD });
    expect(sectionText(message, 'answer')).toEqual(['alias.example. CNAME www.example.', 'www.example. A 192.0.2.1']);
    expect(server.asked.map(({ question }) => nameText(question.name))).toEqual(['www.example.']);
    expect(flagText(message)).toBe('qr rd ra');
    expect(alias.rdatas).toHaveLength(1);
  });

  test('a local CNAME to what fails is not in the failure', () => {
    const server = new FakeServer({
      resolve: (_request, done) => done(resolutionOf({ rcode: Rcode.SERVFAIL, answer: [] })),
      parts: { localData: localData('transparent') },
    });
    const message = server.ask({ name: 'alias.example.' });
    expect(message.rcode).toBe(Rcode.SERVFAIL);
    expect(sectionText(message, 'answer')).toEqual([]);
  });

  test('unless that has aliases of its own, which do not begin in the middle', () => {
    const answer = [resolved('www.example.', 'CNAME', ['www.dead.'])];
    const server = new FakeServer({
      resolve: (_request, done) => done(resolutionOf({ rcode: Rcode.SERVFAIL, answer })),
      parts: { localData: localData('transparent') },
    });
    expect(sectionText(server.ask({ name: 'alias.example.' }), 'answer')).toEqual([
      'alias.example. CNAME www.example.',
      'www.example. CNAME www.dead.',
    ]);
  });

  test('a zone file is served without AA, a DNAME with its CNAME', () => {
    const text = '@ SOA ns h 1 2 3 4 5\nwww A 192.0.2.7\nd DNAME other.lan.';
    const built = AuthZone.build(
      nameOf('example.'),
      parseZoneText(text, { origin: nameOf('example.'), defaultTtl: 60 }).records,
    );
    const authZones = built.ok ? [built.authZone] : [];
    const server = new FakeServer({
      resolve: (_request, done) => done(resolutionOf({ answer: [resolved('x.other.lan.', 'A', ['192.0.2.8'])] })),
      parts: {
        localData: localDataWith({ authZones }),
      },
    });
    expect(flagText(server.ask({ name: 'www.example.', noRecursion: true }))).toBe('qr ra');
    expect(flagText(server.ask({ name: 'none.example.', flags: HeaderFlag.AD }))).toBe('qr rd ra');
    expect(sectionText(server.ask({ name: 'x.d.example.' }), 'answer')).toEqual([
      'd.example. DNAME other.lan.',
      'x.d.example. CNAME x.other.lan.',
      'x.other.lan. A 192.0.2.8',
    ]);
  });

  test('a loop of local CNAMEs ends in SERVFAIL', () => {
    const records = [record('a.example.', 'b.example.'), record('b.example.', 'a.example.')];
    const server = new FakeServer({ parts: { localData: localData('transparent', records) } });
    expect(server.ask({ name: 'a.example.' }).rcode).toBe(Rcode.SERVFAIL);
  });

  test('deny drops', () => {
    const server = new FakeServer({ parts: { localData: localData('deny') } });
    expect(server.send(queryOctets({ name: 'x.example.' }))).toEqual([undefined]);
    expect(server.events).toEqual(['request', 'drop policy']);
  });

  test('refuse refuses, and says why', () => {
    const server = new FakeServer({ parts: { localData: localData('refuse') } });
    const message = server.ask({ name: 'x.example.', edns: {} });
    expect(message.rcode).toBe(Rcode.REFUSED);
    expect(errorCodes(message)).toEqual([EdeCode.BLOCKED]);
  });

  test('inform reports and looks up', () => {
    const server = new FakeServer({ ...answers, parts: { localData: localData('inform') } });
    server.ask({ name: 'x.example.' });
    expect(server.events).toEqual(['request', 'inform', 'reply 0']);
  });
});

describe('NOTIFY (RFC 1996; POWERDNS 3)', () => {
  const notify = { from: loopbackOnly, zones: [nameOf('lan.'), nameOf('x.test.')] };
  const rows: { name: string; query: Parameters<typeof queryOctets>[0]; rules?: typeof notify; want: string[] }[] = [
    { name: 'a listed zone', query: { name: 'lan.', type: 'SOA' }, want: ['notify lan.', 'reply 0'] },
    { name: 'a name below it', query: { name: 'a.LAN.', type: 'SOA' }, want: ['notify a.LAN.', 'reply 0'] },
    { name: 'another type', query: { name: 'x.test.', type: 'A' }, want: ['notify x.test.', 'reply 0'] },
    { name: 'a zone above', query: { name: 'test.', type: 'SOA' }, want: ['drop notify-zone'] },
    {
      name: 'nobody may',
      query: { name: 'lan.' },
      rules: { ...notify, from: [] },
      want: ['drop notify-source'],
    },
    { name: 'no zone', query: { name: 'lan.' }, rules: { ...notify, zones: [] }, want: ['drop notify-zone'] },
  ];
  for (const { name, query, rules = notify, want } of rows) {
    for (const transport of ['udp', 'tcp'] as const) {
      test(`${name}, over ${transport}: ${want.join(', ')}`, () => {
        const server = new FakeServer({ notify: rules });
        const sent = server.send(queryOctets({ ...query, opcode: 4, noRecursion: true }), { ...client, transport });
        expect(server.events).toEqual(want);
        expect(sent.map((reply) => reply?.length)).toEqual(want.length === 1 ? [undefined] : [expect.any(Number)]);
      });
    }
  }

  test('another source', () => {
    const server = new FakeServer({ notify });
    server.send(queryOctets({ name: 'lan.', opcode: 4 }), stranger);
    expect(server.events).toEqual(['drop notify-source']);
  });

  test('a source that may not ask is refused like any other', () => {
    const everyone = [{ ...loopbackOnly[0], octets: new Uint8Array(4), prefixLength: 0, negated: false }];
    const server = new FakeServer({ networks: loopbackOnly, notify: { ...notify, from: everyone } });
    server.send(queryOctets({ name: 'lan.', opcode: 4 }), stranger);
    expect(server.events).toEqual(['unauthorised true', 'reply 5']);
  });

  test('the reply has the question and the opcode, and no more', () => {
    const query = queryOctets({ name: 'lan.', type: 'SOA', opcode: 4, flags: HeaderFlag.AA, noRecursion: true });
    const [octets] = new FakeServer({ notify }).send(query);
    const reply = replyOf(octets ?? new Uint8Array(0));
    expect(octets?.slice(2, 12)).toEqual(Uint8Array.of(0xa0, 0x80, 0, 1, 0, 0, 0, 0, 0, 0));
    expect(nameText(reply.question.name)).toBe('lan.');
  });
});

describe('faults of the program (SECURITY I-12)', () => {
  test('a throwing resolver costs one SERVFAIL', () => {
    const server = new FakeServer({
      resolve: () => {
        throw new Error('broken');
      },
    });
    const message = server.ask({ edns: {} });
    expect(message.rcode).toBe(Rcode.SERVFAIL);
    expect(errorCodes(message)).toEqual([EdeCode.OTHER]);
    expect(server.events).toEqual(['request', 'bug broken', 'reply 2']);
    expect(server.pipeline.waitingCount).toBe(0);
  });

  test('a resolution that cannot be written costs one SERVFAIL', () => {
    const broken = { ...resolutionOf(), answer: [{ ttl: 1, rrset: undefined }] } as unknown as Resolution;
    const server = new FakeServer({ resolve: (_request, done) => done(broken) });
    expect(server.ask().rcode).toBe(Rcode.SERVFAIL);
    expect(server.events.filter((event) => event.startsWith('bug'))).toHaveLength(1);
  });

  test('throwing local data cost one SERVFAIL', () => {
    const localData = {
      answer: () => {
        throw new Error('local');
      },
    };
    const server = new FakeServer({ parts: { localData } });
    expect(server.ask().rcode).toBe(Rcode.SERVFAIL);
    expect(server.events).toEqual(['request', 'bug local', 'reply 2']);
  });

  test('a resolver that answers twice is heard once', () => {
    const server = new FakeServer({
      resolve: (_request, done) => {
        done(resolutionOf());
        done(resolutionOf({ rcode: Rcode.NXDOMAIN }));
      },
    });
    expect(server.ask().rcode).toBe(Rcode.NOERROR);
    expect(server.events).toEqual(['request', 'reply 0']);
  });

  test('a query that the resolver forgot is answered and its place freed', () => {
    const server = new FakeServer();
    const sent = server.send(queryOctets());
    server.nowMs += 14_999;
    server.send(queryOctets());
    expect(sent).toEqual([]);
    server.nowMs += 1;
    server.send(queryOctets());
    expect(sent.map((octets) => octets && replyOf(octets).rcode)).toEqual([Rcode.SERVFAIL]);
    expect(server.pipeline.waitingCount).toBe(2);
  });
});

test('latency and sizes are reported', () => {
  const server = new FakeServer({
    resolve: (_request, done) => {
      server.nowMs += 12;
      done(resolutionOf());
    },
  });
  server.ask();
  expect(server.replies[0]).toMatchObject({ rcode: 0, latencyMs: 12, octets: 45, malformed: false });
});
