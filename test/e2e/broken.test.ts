/**
 * Zones signed by ldns-signzone and then broken, each in one way: what must be bogus, what must be insecure, and what
 * must stay secure.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4 } from './support/addresses.ts';
import { checkAnswer, checkUnvalidated } from './support/check-answers.ts';
import { expectDelv, expectDrill } from './support/check-validators.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import {
  changeDsDigest,
  changeDsField,
  changeRecords,
  corruptSignatures,
  dsOf,
  type PresignedZone,
  renumberAlgorithm,
  type SigningOptions,
  signZone,
  stripRecords,
  stripSignatures,
} from './support/presigned-zone.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { startResolver } from './support/resolver.ts';
import {
  buildSampleZone,
  buildUnsignedZone,
  type Delegation,
  type Expectation,
  nameIn,
  type Question,
} from './support/sample-zone.ts';

const RESOLVER = RESOLVER_IPV4[0];

/** Extended DNS Errors (RFC 8914 section 4). */
const EDE = {
  unsupportedDnskeyAlgorithm: 1,
  unsupportedDsDigestType: 2,
  bogus: 6,
  expired: 7,
  notYetValid: 8,
  dnskeyMissing: 9,
  rrsigsMissing: 10,
  nsecMissing: 12,
  unsupportedNsec3Iterations: 27,
} as const;

/** The questions that the tables below ask, by a short name. */
const ASKED = {
  address: ['www', 'A'],
  'other address': ['mail', 'A'],
  nodata: ['www', 'TXT'],
  nxdomain: ['missing', 'A'],
  wildcard: ['any.wild', 'A'],
  alias: ['alias', 'A'],
  'below DNAME': ['www.dname', 'A'],
  'unsigned child': ['www.unsigned', 'A'],
} as const;

type Asked = keyof typeof ASKED;

/** What the records are, whatever their security. */
function unvalidated(origin: string, asked: Asked): Expectation {
  const record = (label: string, type: string, rdata: string): string => `${nameIn(origin, label)} ${type} ${rdata}`;
  const www = record('www', 'A', '192.0.2.1');
  const answers: Record<Asked, readonly string[]> = {
    address: [www],
    'other address': [record('mail', 'A', '192.0.2.25')],
    nodata: [],
    nxdomain: [],
    wildcard: [record('any.wild', 'A', '192.0.2.7')],
    alias: [record('alias', 'CNAME', nameIn(origin, 'www')), www],
    'below DNAME': [
      record('dname', 'DNAME', nameIn(origin, 'tree')),
      record('www.dname', 'CNAME', nameIn(origin, 'www.tree')),
      record('www.tree', 'A', '192.0.2.8'),
    ],
    'unsigned child': [record('www.unsigned', 'A', '192.0.2.9')],
  };
  return { status: asked === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR', answer: answers[asked] };
}

interface BrokenZone {
  name: string;
  label: string;
  signing?: SigningOptions;
  /** Breaks the signed zone. */
  alter?(zone: PresignedZone): PresignedZone;
  /** The DS records that the parent gets; those of the (altered) zone where absent. */
  ds?(zone: PresignedZone): readonly string[];
  /** Verdict and allowed extended errors for each question. */
  want: Partial<Record<Asked, 'secure' | readonly ['bogus' | 'insecure', ...number[]]>>;
  /** Other records than the sample zone's, for `+cd`. */
  records?: Partial<Record<Asked, readonly string[]>>;
}

const NSEC3: SigningOptions = { nsec3: { iterations: 0, salt: '', optOut: false } };
const everything = <Verdict>(verdict: Verdict): Partial<Record<Asked, Verdict>> => ({
  address: verdict,
  nodata: verdict,
  nxdomain: verdict,
  wildcard: verdict,
  alias: verdict,
});
const www = (zone: PresignedZone): string => nameIn(zone.origin, 'www');

const BROKEN_ZONES: readonly BrokenZone[] = [
  {
    name: 'expired signatures (RFC 4035 5.3.1)',
    label: 'expired',
    signing: { inception: '20200101000000', expiration: '20200201000000' },
    want: everything(['bogus', EDE.expired] as const),
  },
  {
    name: 'signatures not valid yet (RFC 4035 5.3.1)',
    label: 'not-yet-valid',
    signing: { inception: '20450101000000', expiration: '20450201000000' },
    want: everything(['bogus', EDE.notYetValid] as const),
  },
  {
    name: 'a DS with a wrong digest',
    label: 'wrong-digest',
    ds: ({ ds }) => ds.map(changeDsDigest),
    want: everything(['bogus', EDE.dnskeyMissing, EDE.bogus] as const),
  },
  {
    name: 'a DS with a wrong key tag',
    label: 'wrong-tag',
    ds: ({ ds }) => ds.map((rdata) => changeDsField(rdata, 0, (Number.parseInt(rdata, 10) + 1) % 65536)),
    want: everything(['bogus', EDE.dnskeyMissing] as const),
  },
  {
    name: 'a DS with another algorithm than the key has',
    label: 'ds-algorithm',
    ds: ({ ds }) => ds.map((rdata) => changeDsField(rdata, 1, 8)),
    want: everything(['bogus', EDE.dnskeyMissing] as const),
  },
  {
    name: 'no DS',
    label: 'no-ds',
    ds: () => [],
    want: everything(['insecure'] as const),
  },
  {
    name: 'two DS, one of them wrong',
    label: 'two-ds',
    ds: ({ ds }) => [...ds.map(changeDsDigest), ...ds],
    want: everything('secure' as const),
  },
  {
    name: 'a DS with SHA-384 (RFC 6605)',
    label: 'sha384-ds',
    ds: ({ origin, lines }) => dsOf(origin, lines, 4),
    want: everything('secure' as const),
  },
  {
    name: 'the DNSKEY set without signatures',
    label: 'no-dnskey-rrsig',
    alter: (zone) => stripSignatures(zone, 'DNSKEY'),
    want: everything(['bogus', EDE.rrsigsMissing, EDE.dnskeyMissing] as const),
  },
  {
    name: 'the DNSKEY set with corrupted signatures',
    label: 'bad-dnskey-rrsig',
    alter: (zone) => corruptSignatures(zone, 'DNSKEY'),
    want: everything(['bogus', EDE.bogus, EDE.dnskeyMissing] as const),
  },
  {
    name: 'no DNSKEY set',
    label: 'no-dnskey',
    alter: (zone) => stripRecords(zone, 'DNSKEY'),
    want: everything(['bogus', EDE.dnskeyMissing, EDE.rrsigsMissing] as const),
  },
  {
    name: 'an address without signature',
    label: 'no-rrsig',
    alter: (zone) => stripSignatures(zone, 'A', www(zone)),
    want: {
      address: ['bogus', EDE.rrsigsMissing],
      alias: ['bogus', EDE.rrsigsMissing],
      'other address': 'secure',
      nodata: 'secure',
      nxdomain: 'secure',
    },
  },
  {
    name: 'an address with a corrupted signature',
    label: 'bad-rrsig',
    alter: (zone) => corruptSignatures(zone, 'A', www(zone)),
    want: { address: ['bogus', EDE.bogus], alias: ['bogus', EDE.bogus], 'other address': 'secure' },
  },
  {
    name: 'an address changed after signing',
    label: 'changed',
    alter: (zone) => changeRecords(zone, www(zone), 'A', '192.0.2.1', '192.0.2.66'),
    want: { address: ['bogus', EDE.bogus], alias: ['bogus', EDE.bogus], 'other address': 'secure' },
    records: {
      address: ['www.changed.lab. A 192.0.2.66'],
      alias: ['alias.changed.lab. CNAME www.changed.lab.', 'www.changed.lab. A 192.0.2.66'],
    },
  },
  {
    name: 'a CNAME without signature',
    label: 'no-cname-rrsig',
    alter: (zone) => stripSignatures(zone, 'CNAME', nameIn(zone.origin, 'alias')),
    want: { alias: ['bogus', EDE.rrsigsMissing], address: 'secure' },
  },
  {
    name: 'a DNAME without signature',
    label: 'no-dname-rrsig',
    alter: (zone) => stripSignatures(zone, 'DNAME'),
    want: { 'below DNAME': ['bogus', EDE.rrsigsMissing], address: 'secure' },
  },
  {
    name: 'no NSEC records',
    label: 'no-nsec',
    alter: (zone) => stripRecords(zone, 'NSEC'),
    want: {
      nodata: ['bogus', EDE.nsecMissing],
      nxdomain: ['bogus', EDE.nsecMissing],
      wildcard: ['bogus', EDE.nsecMissing],
      'unsigned child': ['bogus', EDE.nsecMissing],
      address: 'secure',
    },
  },
  {
    name: 'NSEC records without signatures',
    label: 'no-nsec-rrsig',
    alter: (zone) => stripSignatures(zone, 'NSEC'),
    want: {
      nodata: ['bogus', EDE.nsecMissing, EDE.rrsigsMissing],
      nxdomain: ['bogus', EDE.nsecMissing, EDE.rrsigsMissing],
      wildcard: ['bogus', EDE.nsecMissing, EDE.rrsigsMissing],
      'unsigned child': ['bogus', EDE.nsecMissing, EDE.rrsigsMissing],
      address: 'secure',
    },
  },
  {
    name: 'NSEC records with corrupted signatures',
    label: 'bad-nsec-rrsig',
    alter: (zone) => corruptSignatures(zone, 'NSEC'),
    want: {
      nodata: ['bogus', EDE.bogus, EDE.nsecMissing],
      nxdomain: ['bogus', EDE.bogus, EDE.nsecMissing],
      wildcard: ['bogus', EDE.bogus, EDE.nsecMissing],
      'unsigned child': ['bogus', EDE.bogus, EDE.nsecMissing],
      address: 'secure',
    },
  },
  {
    name: 'NSEC3 records with corrupted signatures',
    label: 'bad-nsec3-rrsig',
    signing: NSEC3,
    alter: (zone) => corruptSignatures(zone, 'NSEC3'),
    want: {
      nodata: ['bogus', EDE.bogus, EDE.nsecMissing],
      nxdomain: ['bogus', EDE.bogus, EDE.nsecMissing],
      wildcard: ['bogus', EDE.bogus, EDE.nsecMissing],
      'unsigned child': ['bogus', EDE.bogus, EDE.nsecMissing],
      address: 'secure',
    },
  },
  {
    name: 'an unsupported algorithm (RFC 4035 5.2)',
    label: 'unknown-algorithm',
    alter: (zone) => renumberAlgorithm(zone, 200),
    want: everything(['insecure', EDE.unsupportedDnskeyAlgorithm] as const),
  },
  {
    name: 'an unsupported digest type (RFC 4035 5.2)',
    label: 'unknown-digest',
    ds: ({ ds }) => ds.map((rdata) => changeDsField(rdata, 2, 200)),
    want: everything(['insecure', EDE.unsupportedDsDigestType] as const),
  },
  {
    name: 'an unsupported and a supported algorithm in the DS set',
    label: 'mixed-ds',
    ds: ({ ds }) => [...ds.map((rdata) => changeDsField(rdata, 1, 200)), ...ds],
    want: everything('secure' as const),
  },
  {
    name: 'NSEC3 with 2500 iterations (RFC 9276 3.2)',
    label: 'iterations',
    signing: { nsec3: { iterations: 2500, salt: '', optOut: false } },
    want: {
      nodata: ['insecure', EDE.unsupportedNsec3Iterations],
      nxdomain: ['insecure', EDE.unsupportedNsec3Iterations],
      wildcard: ['insecure', EDE.unsupportedNsec3Iterations],
      'unsigned child': ['insecure'],
    },
  },
];

const CASES = BROKEN_ZONES.flatMap((zone) => {
  const origin = `${zone.label}.lab.`;
  return (Object.keys(zone.want) as Asked[]).map((asked) => {
    const verdict = zone.want[asked] ?? 'secure';
    const [security, ...ede] = verdict === 'secure' ? (['secure'] as const) : verdict;
    const [label, qtype] = ASKED[asked];
    const given: Expectation = { ...unvalidated(origin, asked) };
    const changed = zone.records?.[asked];
    const unchecked = changed === undefined ? given : { ...given, answer: changed };
    const want: Expectation =
      security === 'bogus' ? { status: 'SERVFAIL', ad: false, answer: [] } : { ...given, ad: security === 'secure' };
    const question: Question = {
      name: zone.name,
      qname: nameIn(origin, label),
      qtype,
      want: ede.length === 0 ? want : { ...want, ede },
    };
    return { name: zone.name, asked, security, question, unchecked };
  });
});

describeWithPrograms('broken zones', [], () => {
  let namespace: Namespace | undefined;
  let root: PublishedRoot;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('broken');
    const nameservers = [ADDRESSES.nsd];
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    for (const { label, signing, alter, ds } of BROKEN_ZONES) {
      const origin = `${label}.lab.`;
      const sound = await signZone(namespace, origin, buildSampleZone({ origin, nameservers }), signing);
      const zone = alter?.(sound) ?? sound;
      served.push(servedZone(zone), {
        origin: `unsigned.${origin}`,
        text: buildUnsignedZone(origin, nameservers),
      });
      delegations.push({ zone: origin, nameservers, ds: ds?.(zone) ?? zone.ds });
    }
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    root = await publishRoot(namespace, delegations);
    await startResolver(namespace, 'resolver', {
      hintFile: root.hintFile,
      listen: [RESOLVER],
      anchors: { '.': root.anchors },
    });
  });

  afterAll(() => namespace?.close());

  it.each(CASES)('$name: $asked is $security', async ({ question: { qname, qtype, want }, unchecked }) => {
    await checkAnswer(inside(), RESOLVER, [qname, qtype], want);
    await checkUnvalidated(inside(), RESOLVER, [qname, qtype], unchecked);
    // What a client with CD has brought into the cache must not reach one without.
    await checkAnswer(inside(), RESOLVER, [qname, qtype], want);
  });

  describe('other validators behind the resolver', () => {
    const addresses = CASES.filter(({ asked }) => asked === 'address');

    it.each(addresses)('delv finds $name: $asked $security', async ({ question }) => {
      await expectDelv(inside(), RESOLVER, root, question);
    });

    it.each(addresses)('drill finds $name: $asked $security', async ({ question }) => {
      await expectDrill(inside(), RESOLVER, root, question);
    });
  });
});
