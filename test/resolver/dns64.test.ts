// DNS64 in front of the resolver (RFC 6147).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Dns64Resolver } from '../../src/resolver/dns64.ts';
import type { LocalTargets, Resolution, ResolutionRequest } from '../../src/resolver/resolution.ts';
import { parseAddress } from '../../src/wire/address-text.ts';
import { EdeCode, parseType, Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { silent } from '../support/server-behaviours.ts';
import { describeResolution, SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const PREFIX = { octets: parseAddress('64:ff9b::') ?? new Uint8Array(16), prefixLength: 96 };
const records = `
@ 3600 SOA ns1 hostmaster 1 7200 3600 1209600 300
four 900 A 192.0.2.1
four 900 A 192.0.2.2
brief 60 A 192.0.2.3
both A 192.0.2.4
both AAAA 2001:db8::4
six AAAA 2001:db8::5
text TXT x
alias CNAME four
away CNAME four.plain.
mapped A 192.0.2.6
mapped AAAA ::ffff:192.0.2.6
half A 192.0.2.7
half AAAA ::ffff:192.0.2.7
half AAAA 2001:db8::7
mapped-only AAAA ::ffff:192.0.2.8
*.wild A 192.0.2.9
`;
const faulty = (denials: boolean) => ({
  corruptSignature: (_: unknown, type: number) => type === (denials ? RRType.NSEC : RRType.A),
});
const hierarchy = buildHierarchy({
  zones: [
    { name: 'signed.', records },
    { name: 'plain.', records, isSigned: false },
    { name: 'bad-a.', records, faults: faulty(false) },
    { name: 'bad-nsec.', records, faults: faulty(true) },
    { name: 'arpa.', records: 'in-addr NS ns1.in-addr\nns1.in-addr A 198.18.7.1', isSigned: false },
    {
      name: 'in-addr.arpa.',
      isSigned: false,
      addresses: ['198.18.7.1'],
      records: '1.2.0.192 PTR four.signed.\n2.2.0.192 CNAME 2.0-7.2.0.192\n2.0-7.2.0.192 PTR four.signed.',
    },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

interface Given {
  readonly ignoreAaaa?: readonly string[];
  readonly localTargets?: LocalTargets;
  readonly request?: Partial<ResolutionRequest>;
  /** What is done to the Internet before the question. */
  prepare?(simulation: SimulatedResolver): void;
}

function ask(question: string, { ignoreAaaa = [], localTargets, request, prepare }: Given = {}) {
  const simulation = new SimulatedResolver({ hierarchy });
  prepare?.(simulation);
  const dns64 = new Dns64Resolver(
    { prefix: PREFIX, ignoreAaaa: ignoreAaaa.map(nameOf), clientDeadlineMs: 4500 },
    {
      resolver: simulation.resolver,
      clock: simulation.clock,
      timers: simulation.clock,
      ...(localTargets !== undefined && { localTargets }),
    },
  );
  const [name = '.', type = 'AAAA'] = question.split(' ');
  const whole: ResolutionRequest = {
    question: { name: nameOf(name), type: parseType(type) ?? RRType.AAAA, class: RRClass.IN },
    checkingDisabled: false,
    recursionDesired: true,
    validate: true,
    ...request,
  };
  const startedMs = simulation.clock.monotonicMs();
  const resolution = simulation.clock.complete<Resolution>((done) => dns64.resolve(whole, done), question);
  const elapsedMs = simulation.clock.monotonicMs() - startedMs;
  expect(simulation.leftovers()).toEqual([]);
  return { ...describeResolution(resolution), resolution, elapsedMs, asked: simulation.asked() };
}

const MADE = ['64:ff9b::c000:201', '64:ff9b::c000:202'];
const made = (name: string): string[] => MADE.map((address) => `${name} AAAA ${address}`);

describe('AAAA', () => {
  const rows: readonly { name: string; ask: string; given?: Given; status: string; lines: readonly string[] }[] = [
    {
      name: 'made of A, both halves validated (RFC 6147 5.5)',
      ask: 'four.signed. AAAA',
      status: 'NOERROR secure AD',
      lines: made('four.signed.'),
    },
    {
      name: 'made of A, unsigned',
      ask: 'four.plain. AAAA',
      status: 'NOERROR insecure:no-ds',
      lines: made('four.plain.'),
    },
    {
      name: 'there are some: nothing is made',
      ask: 'both.signed. AAAA',
      status: 'NOERROR secure AD',
      lines: ['both.signed. AAAA 2001:db8::4'],
    },
    {
      name: 'behind an alias (5.1.5)',
      ask: 'alias.signed. AAAA',
      status: 'NOERROR secure AD',
      lines: ['alias.signed. CNAME four.signed.', ...made('four.signed.')],
    },
    {
      name: 'behind an alias into an unsigned zone',
      ask: 'away.signed. AAAA',
      status: 'NOERROR insecure:no-ds',
      lines: ['away.signed. CNAME four.plain.', ...made('four.plain.')],
    },
    {
      name: 'of a wildcard',
      ask: 'x.wild.signed. AAAA',
      status: 'NOERROR secure AD',
      lines: ['x.wild.signed. AAAA 64:ff9b::c000:209'],
    },
    { name: 'neither A nor AAAA: NODATA (5.1.6)', ask: 'text.signed. AAAA', status: 'NOERROR secure AD', lines: [] },
    { name: 'no such name (5.1.2)', ask: 'nope.signed. AAAA', status: 'NXDOMAIN secure AD', lines: [] },
    {
      name: 'mapped addresses do not count (5.1.4)',
      ask: 'mapped.signed. AAAA',
      status: 'NOERROR secure',
      lines: ['mapped.signed. AAAA 64:ff9b::c000:206'],
    },
    {
      name: 'mapped addresses are left out beside others, and what is left is not what was signed',
      ask: 'half.signed. AAAA',
      status: 'NOERROR secure',
      lines: ['half.signed. AAAA 2001:db8::7'],
    },
    {
      name: 'nothing but mapped addresses',
      ask: 'mapped-only.plain. AAAA',
      status: 'NOERROR insecure:no-ds',
      lines: [],
    },
    {
      name: 'the denial is bogus: no way around DNSSEC (5.5)',
      ask: 'four.bad-nsec. AAAA',
      status: 'SERVFAIL bogus:rrsig-invalid',
      lines: [],
    },
    { name: 'the A records are bogus', ask: 'four.bad-a. AAAA', status: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    {
      name: 'CD: nothing is made up (5.5)',
      ask: 'four.signed. AAAA',
      given: { request: { checkingDisabled: true, clientValidates: true } },
      status: 'NOERROR secure AD',
      lines: [],
    },
    {
      name: 'CD: mapped addresses are left in',
      ask: 'mapped-only.plain. AAAA',
      given: { request: { checkingDisabled: true, clientValidates: true } },
      status: 'NOERROR insecure:no-ds',
      lines: ['mapped-only.plain. AAAA ::ffff:192.0.2.8'],
    },
    {
      name: 'nobody validates',
      ask: 'four.bad-a. AAAA',
      given: { request: { checkingDisabled: true, validate: false } },
      status: 'NOERROR unjudged',
      lines: made('four.bad-a.'),
    },
    {
      name: 'AAAA records that do not count here',
      ask: 'both.signed. AAAA',
      given: { ignoreAaaa: ['signed.'] },
      status: 'NOERROR secure',
      lines: ['both.signed. AAAA 64:ff9b::c000:204'],
    },
    {
      name: 'AAAA records that do not count, but are all there is',
      ask: 'six.signed. AAAA',
      given: { ignoreAaaa: ['six.signed.'] },
      status: 'NOERROR secure AD',
      lines: ['six.signed. AAAA 2001:db8::5'],
    },
    {
      name: 'other types',
      ask: 'four.signed. A',
      status: 'NOERROR secure AD',
      lines: ['four.signed. A 192.0.2.1', 'four.signed. A 192.0.2.2'],
    },
  ];
  for (const { name, ask: question, given, status, lines } of rows) {
    test(`${name}: ${question}`, () => {
      const answered = ask(question, given);
      expect([answered.status, answered.lines]).toEqual([status, lines]);
      const synthesised = answered.resolution.answer.filter(({ rrset }) =>
        rrset.rdatas.some((rdata) => rdata[1] === 0x64),
      );
      for (const { rrset } of synthesised) expect([rrset.type, rrset.signatures]).toEqual([RRType.AAAA, []]);
      expect(answered.codes.includes(EdeCode.SYNTHESIZED)).toBe(synthesised.length > 0);
    });
  }

  const ttls: readonly { ask: string; ttl: number; why: string }[] = [
    { ask: 'four.plain. AAAA', ttl: 300, why: 'the SOA says how long there will be no AAAA (RFC 6147 5.1.7)' },
    { ask: 'brief.plain. AAAA', ttl: 60, why: 'the A record lives shorter' },
  ];
  for (const { ask: question, ttl, why } of ttls) {
    test(`${question}: TTL ${ttl}, ${why}`, () => {
      expect(ask(question).resolution.answer.map((part) => part.ttl)).toEqual([ttl]);
    });
  }

  /** The zone's servers fail for one type of question. */
  const failingFor =
    (failing: number) =>
    (simulation: SimulatedResolver): void =>
      simulation.rewrite('plain.', (content, { name, type }) =>
        type === failing && name.equals(nameOf('four.plain.'))
          ? { ...content, rcode: Rcode.SERVFAIL, answer: [], authority: [] }
          : content,
      );

  test('servers that fail for AAAA do not keep A from being used (RFC 6147 5.1.2)', () => {
    const answered = ask('four.plain. AAAA', { prepare: failingFor(RRType.AAAA) });
    expect(answered.lines).toEqual(made('four.plain.'));
  });

  test('servers that fail for A: the failure is the answer (RFC 6147 5.1.6)', () => {
    const answered = ask('four.plain. AAAA', { prepare: failingFor(RRType.A) });
    expect(answered.status).toContain('SERVFAIL');
  });

  test('servers that are silent: within the time that one question has', () => {
    const answered = ask('four.plain. AAAA', { prepare: (simulation) => simulation.serve('plain.', silent) });
    expect(answered.status).toContain('SERVFAIL');
    expect(answered.elapsedMs).toBeLessThanOrEqual(4500);
  });
});

describe('PTR (RFC 6147 5.3.1)', () => {
  /** Of 192.0.2.`last`, in the prefix. */
  const reverse = (last: string): string => `${last}.0.2.0.0.0.0.c.${'0.'.repeat(16)}b.9.f.f.4.6.0.0.ip6.arpa.`;
  const rows: readonly { name: string; ask: string; status: string; lines: readonly string[] }[] = [
    {
      name: 'the name of the IPv4 address',
      ask: `${reverse('1')} PTR`,
      status: 'NOERROR insecure:no-ds',
      lines: [`${reverse('1')} PTR four.signed.`],
    },
    {
      name: 'through an alias (RFC 2317)',
      ask: `${reverse('2')} PTR`,
      status: 'NOERROR insecure:no-ds',
      lines: [`${reverse('2')} CNAME 2.0-7.2.0.192.in-addr.arpa.`, '2.0-7.2.0.192.in-addr.arpa. PTR four.signed.'],
    },
    { name: 'none', ask: `${reverse('3')} PTR`, status: 'NXDOMAIN insecure:no-ds', lines: [] },
    {
      name: 'other types are not touched',
      ask: `${reverse('1')} TXT`,
      status: 'NXDOMAIN insecure:no-ds',
      lines: [],
    },
  ];
  for (const { name, ask: question, status, lines } of rows) {
    test(`${name}: ${question.slice(0, 8)}`, () => {
      const answered = ask(question);
      expect([answered.status, answered.lines]).toEqual([status, lines]);
    });
  }

  test('an address of a zone that is answered here asks nobody', () => {
    const local = ask(`${reverse('1')} PTR`).resolution;
    const answered = ask(`${reverse('1')} PTR`, { localTargets: () => ({ kind: 'answer', resolution: local }) });
    expect(answered.asked).toEqual([]);
  });
});
