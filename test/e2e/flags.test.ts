/**
 * What the AD, DO and CD bits of a query do to the reply: for secure, insecure and bogus data, for denials, and in each
 * validation mode.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4 } from './support/addresses.ts';
import { compareReply } from './support/check-answers.ts';
import { type DigReply, dig } from './support/dig.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import { changeDsDigest, type SigningOptions, signZone } from './support/presigned-zone.ts';
import { createPrivateNamespace, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { IS_STAND_IN, startResolver, type ValidationMode } from './support/resolver.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation, type Expectation } from './support/sample-zone.ts';

/** The bits that a query can set, as dig has them; dig itself would set AD. */
const QUERIES = {
  'no bit': ['+noadflag'],
  'no bit and no EDNS': ['+noadflag', '+noedns'],
  AD: ['+adflag'],
  'AD without EDNS': ['+adflag', '+noedns'],
  DO: ['+noadflag', '+dnssec'],
  'AD and DO': ['+adflag', '+dnssec'],
  CD: ['+noadflag', '+cdflag'],
  'AD and CD': ['+adflag', '+cdflag'],
  'DO and CD': ['+noadflag', '+dnssec', '+cdflag'],
} as const;

type Query = keyof typeof QUERIES;

/** The zones' security; 'signed' has signatures, but no DS at the parent. */
type Kind = 'secure' | 'unsigned' | 'signed' | 'bogus';

const ORIGINS: Record<Kind, string> = {
  secure: 'secure.lab.',
  unsigned: 'unsigned.secure.lab.',
  signed: 'signed.lab.',
  bogus: 'bogus.lab.',
};

interface Cell {
  status: Expectation['status'];
  ad: boolean;
  /** Whether RRSIGs come with the data. */
  signed: boolean;
}

const refused: Cell = { status: 'SERVFAIL', ad: false, signed: false };
const data = (bits: '' | 'ad' | 'rrsig' | 'ad rrsig'): Cell => ({
  status: 'NOERROR',
  ad: bits.includes('ad'),
  signed: bits.includes('rrsig'),
});

/** Mode `validate`; RFC 4035 3.2, RFC 6840 5.7 to 5.9, RFC 3225 3. */
const VALIDATE: Record<Query, Record<Kind, Cell>> = {
  'no bit': { secure: data(''), unsigned: data(''), signed: data(''), bogus: refused },
  'no bit and no EDNS': { secure: data(''), unsigned: data(''), signed: data(''), bogus: refused },
  AD: { secure: data('ad'), unsigned: data(''), signed: data(''), bogus: refused },
  'AD without EDNS': { secure: data('ad'), unsigned: data(''), signed: data(''), bogus: refused },
  DO: { secure: data('ad rrsig'), unsigned: data(''), signed: data('rrsig'), bogus: refused },
  'AD and DO': { secure: data('ad rrsig'), unsigned: data(''), signed: data('rrsig'), bogus: refused },
  CD: { secure: data(''), unsigned: data(''), signed: data(''), bogus: data('') },
  'AD and CD': { secure: data('ad'), unsigned: data(''), signed: data(''), bogus: data('') },
  'DO and CD': { secure: data('ad rrsig'), unsigned: data(''), signed: data('rrsig'), bogus: data('rrsig') },
};

/** What the other modes answer: secure data, then bogus data. */
const OTHER_MODES: Record<Exclude<ValidationMode, 'validate'>, Partial<Record<Query, readonly [Cell, Cell]>>> = {
  'log-fail': {
    'no bit': [data(''), data('')],
    AD: [data('ad'), refused],
    DO: [data('ad rrsig'), refused],
    CD: [data(''), data('')],
    'DO and CD': [data('ad rrsig'), data('rrsig')],
  },
  process: {
    'no bit': [data(''), data('')],
    AD: [data('ad'), refused],
    DO: [data('ad rrsig'), refused],
    CD: [data(''), data('')],
    'DO and CD': [data('ad rrsig'), data('rrsig')],
  },
  'process-no-validate': {
    'no bit': [data(''), data('')],
    AD: [data(''), data('')],
    DO: [data('rrsig'), data('rrsig')],
    CD: [data(''), data('')],
    'DO and CD': [data('rrsig'), data('rrsig')],
  },
  off: {
    'no bit': [data(''), data('')],
    AD: [data(''), data('')],
    DO: [data(''), data('')],
    CD: [data(''), data('')],
    'DO and CD': [data(''), data('')],
  },
};

const MODES = ['validate', 'log-fail', 'process', 'process-no-validate', 'off'] as const;
const [VALIDATING] = RESOLVER_IPV4;

const listQueries = <Value>(table: Partial<Record<Query, Value>>): [Query, Value][] =>
  (Object.keys(QUERIES) as Query[]).flatMap((query): [Query, Value][] => {
    const value = table[query];
    return value === undefined ? [] : [[query, value]];
  });

describeWithPrograms('header bits', [], () => {
  let namespace: Namespace | undefined;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('flags');
    const nameservers = [ADDRESSES.nsd];
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    const nsec3: SigningOptions = { nsec3: { iterations: 0, salt: '', optOut: false } };
    for (const [origin, signing] of [
      [ORIGINS.secure, {}],
      ['nsec3.lab.', nsec3],
      [ORIGINS.signed, {}],
      [ORIGINS.bogus, {}],
    ] as const) {
      const zone = await signZone(inside(), origin, buildSampleZone({ origin, nameservers }), signing);
      served.push(servedZone(zone));
      const ds = origin === ORIGINS.signed ? [] : origin === ORIGINS.bogus ? zone.ds.map(changeDsDigest) : zone.ds;
      delegations.push({ zone: origin, nameservers, ds });
    }
    served.push({ origin: ORIGINS.unsigned, text: buildUnsignedZone(ORIGINS.secure, nameservers) });
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    const { hintFile, anchors } = await publishRoot(namespace, delegations);
    for (const [index, validation] of (IS_STAND_IN ? MODES.slice(0, 1) : MODES).entries()) {
      const listen = [RESOLVER_IPV4[index] ?? VALIDATING];
      await startResolver(namespace, validation, { hintFile, listen, anchors: { '.': anchors }, validation });
    }
  });

  afterAll(() => namespace?.close());

  /** Asks for the address of `www` and compares all of the reply that the bits have a say in. */
  async function checkCell(resolver: string, query: Query, kind: Kind, want: Cell): Promise<DigReply> {
    const qname = `www.${ORIGINS[kind]}`;
    const address = kind === 'unsigned' ? '192.0.2.9' : '192.0.2.1';
    const reply = await dig(inside(), { address: resolver }, [...QUERIES[query], qname, 'A']);
    const answer = want.status === 'SERVFAIL' ? [] : [`${qname} A ${address}`];
    compareReply(reply, { status: want.status, ad: want.ad, answer });
    expect(reply.answerSignatures, reply.text).toEqual(want.signed ? ['A'] : []);
    expect(reply.flags.includes('ra'), reply.text).toBe(true);
    expect(reply.flags.includes('aa'), reply.text).toBe(false);
    return reply;
  }

  const copiesCd = (query: Query): boolean => query.includes('CD');

  describe('mode validate', () => {
    const cells = listQueries(VALIDATE).flatMap(([query, row]) =>
      (Object.keys(ORIGINS) as Kind[]).map((kind) => ({ query, kind, want: row[kind] })),
    );

    it.each(cells)('answers a query with $query for $kind data', async ({ query, kind, want }) => {
      const reply = await checkCell(VALIDATING, query, kind, want);
      expect(reply.flags.includes('cd'), reply.text).toBe(copiesCd(query));
      if (IS_STAND_IN) return;
      // RFC 8914 2: extended errors travel in the OPT record.
      const hasEdns = !query.endsWith('EDNS');
      // With CD too: who gets the data all the same is told what is wrong with them.
      if (kind !== 'bogus' || !hasEdns) expect(reply.extendedErrors, reply.text).toEqual([]);
      else {
        expect(reply.extendedErrors[0]?.code, reply.text).toBe(9);
        expect(reply.extendedErrors[0]?.text, reply.text).toContain('bogus.lab');
      }
    });

    // The same again the other way round: what one query left in the cache must not change the next one's reply.
    it.each(cells.toReversed())('answers again a query with $query for $kind data', async ({ query, kind, want }) => {
      await checkCell(VALIDATING, query, kind, want);
    });

    const denials = [
      ['a missing name under NSEC', 'missing.secure.lab.', 'NXDOMAIN', 'NSEC'],
      ['a missing type under NSEC', 'mail.secure.lab.', 'NOERROR', 'NSEC'],
      ['a missing name under NSEC3', 'missing.nsec3.lab.', 'NXDOMAIN', 'NSEC3'],
      ['a missing type under NSEC3', 'mail.nsec3.lab.', 'NOERROR', 'NSEC3'],
    ] as const;
    it.each(denials)('proves %s with DO only (RFC 4035 3.2.1)', async (_, qname, status, proof) => {
      for (const [query, row] of listQueries(VALIDATE)) {
        const reply = await dig(inside(), { address: VALIDATING }, [...QUERIES[query], qname, 'AAAA']);
        compareReply(reply, { status, ad: row.secure.ad, answer: [] });
        const types = reply.authority.map((record) => record.split(' ')[1]);
        expect(types.includes('SOA'), reply.text).toBe(true);
        expect(types.includes(proof), reply.text).toBe(row.secure.signed);
        expect(types.includes('RRSIG'), reply.text).toBe(row.secure.signed);
      }
    });

    it.each(['NSEC', 'RRSIG', 'DNSKEY'])('gives %s records without DO when asked by type', async (qtype) => {
      const reply = await dig(inside(), { address: VALIDATING }, ['+nodnssec', 'secure.lab.', qtype]);
      expect(reply.status, reply.text).toBe('NOERROR');
      if (qtype === 'RRSIG') expect(reply.answerSignatures, reply.text).not.toEqual([]);
      else expect(new Set(reply.answer.map((record) => record.split(' ')[1])), reply.text).toEqual(new Set([qtype]));
    });

    it('gives the question back in its own case (RFC 4343 4.1)', async () => {
      const reply = await dig(inside(), { address: VALIDATING }, ['wWw.SECURE.lab.', 'A']);
      expect(reply.text).toMatch(/^;wWw\.SECURE\.lab\.\s+IN\s+A$/m);
      expect(reply.text).toMatch(/^wWw\.SECURE\.lab\.\s/m);
    });
  });

  if (IS_STAND_IN) return;
  describe.each(MODES.filter((mode) => mode !== 'validate'))('mode %s', (mode) => {
    const resolver = RESOLVER_IPV4[MODES.indexOf(mode)] ?? VALIDATING;

    it.each(listQueries(OTHER_MODES[mode]))('answers a query with %s', async (query, [secure, bogus]) => {
      for (const [kind, want] of [
        ['secure', secure],
        ['bogus', bogus],
        ['signed', { ...secure, ad: false }],
      ] as const) {
        const reply = await checkCell(resolver, query, kind, want);
        expect(reply.flags.includes('cd'), reply.text).toBe(copiesCd(query) && mode !== 'off');
      }
    });
  });
});
