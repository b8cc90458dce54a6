// Faults for the table test of causes: each injects one thing into the simulated Internet and asks one question.
import { digestOf } from '../../src/dnssec/ds-digest.ts';
import { keyTag } from '../../src/dnssec/key-tag.ts';
import { causeOfResolution } from '../../src/explain/cause.ts';
import { buildHierarchy, type HierarchyOptions } from '../../src/lab/hierarchy.ts';
import { KSK_FLAGS, makeKey, publishAs, type SigningKey } from '../../src/lab/keys.ts';
import { composeReply, type ReplyContent } from '../../src/lab/reply-content.ts';
import { dsRecords } from '../../src/lab/signer.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { DnskeyFlag, hasType, parseDS, parseNSEC3 } from '../../src/wire/rdata-dnssec.ts';
import type { RRset } from '../../src/wire/record.ts';
import { always, authority, lying, silent, slow } from '../support/server-behaviours.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

export interface Fault {
  readonly cause: string;
  readonly text: string;
  /** Sets the fault up and gives what came of the question. */
  readonly run: () => Resolution;
}

const DAY = 86_400;
const FORWARDER = '198.18.9.1';
const records = 'www A 192.0.2.1\n*.wild A 192.0.2.2\na.b.ent A 192.0.2.3\n';

function simulate(
  zones: readonly ZoneDescription[],
  question: string,
  prepare: (simulation: SimulatedResolver) => void = () => {},
  options: Partial<SimulationOptions> & { readonly nowSeconds?: number } = {},
): Resolution {
  const built: HierarchyOptions = { zones, nowSeconds: options.nowSeconds ?? DEFAULT_WALL_SECONDS };
  const simulation = new SimulatedResolver({ hierarchy: buildHierarchy(built), ...options });
  prepare(simulation);
  return simulation.ask(question).resolution;
}

/** A zone of its own with an anchor that `anchor` makes of its DS. */
function anchored(
  zone: Partial<ZoneDescription>,
  change: (ds: Uint8Array) => Uint8Array = (ds) => ds,
  prepare: (simulation: SimulatedResolver) => void = () => {},
): Resolution {
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const plain = buildHierarchy({ zones: [{ name: 'inner.', records, keys: [key] }], nowSeconds: DEFAULT_WALL_SECONDS });
  const { signed } = plain.zone('inner.');
  const [ds] = signed === undefined ? [] : dsRecords(signed, 300);
  const zones = [{ name: 'inner.', records, keys: [key], ...zone }];
  return simulate(zones, 'www.inner. A', (simulation) => {
    const anchor = ds === undefined ? undefined : parseDS(change(ds.rdata));
    if (anchor !== undefined) simulation.anchors.addDS(nameOf('inner.'), anchor);
    prepare(simulation);
  });
}

function withByte(rdata: Uint8Array, index: number, change: (octet: number) => number): Uint8Array {
  const changed = rdata.slice();
  changed[index] = change(changed[index] ?? 0);
  return changed;
}

function withRequest(change: Partial<ResolverOptions['request']>): Pick<SimulationOptions, 'change'> {
  return { change: (options) => ({ ...options, request: { ...options.request, ...change } }) };
}

function isAbout(name: string, question: { readonly name: { toLowerCase(): { readonly key: string } } }): boolean {
  return question.name.toLowerCase().key === nameOf(name).key;
}

/** The RRset of a served zone, with its signatures. */
function setOf(simulation: SimulatedResolver, zone: string, name: string, type: number): RRset {
  const rrset = simulation.hierarchy.zone(zone).zone.rrset(nameOf(name), type);
  if (rrset === undefined) throw new Error(`${zone} has no ${name} ${type}`);
  return rrset;
}

/** A lie of the servers of a zone about one name. */
function lie(
  zone: string,
  name: string,
  content: (simulation: SimulatedResolver, honest: ReplyContent) => Partial<ReplyContent>,
): (simulation: SimulatedResolver) => void {
  return (simulation) => {
    simulation.rewrite(zone, (honest, question) =>
      isAbout(name, question) ? { ...honest, ...content(simulation, honest) } : honest,
    );
  };
}

const test: ZoneDescription = { name: 'test.', records };
const nsec3: ZoneDescription = { name: 'test.', records, denial: { kind: 'nsec3' } };

function unsignedForward(zone: string): Partial<SimulationOptions> {
  return { forwardZones: [{ zone, addresses: [FORWARDER] }] };
}

/** The forwarder is the server of a zone of another Internet, which may leave signatures out. */
function insideForwarder(zones: readonly ZoneDescription[], strips = false): (simulation: SimulatedResolver) => void {
  const inside = buildHierarchy({ zones, nowSeconds: DEFAULT_WALL_SECONDS });
  const name = zones[0]?.name ?? '.';
  const served = inside.servers.get(inside.zone(name).addresses[0] ?? '');
  if (served === undefined) throw new Error(`nobody serves ${name}`);
  const responder = authority(served, strips ? { rewrite: withoutSignatures } : {});
  return (simulation) => simulation.network.addServer(FORWARDER, responder);
}

function withoutSignatures(content: ReplyContent): ReplyContent {
  const strip = (rrsets: readonly RRset[]): RRset[] => rrsets.map((rrset) => ({ ...rrset, signatures: [] }));
  return { ...content, answer: strip(content.answer), authority: strip(content.authority) };
}

const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
const other = makeKey({ algorithm: 13, flags: KSK_FLAGS });
const deepName = `${Array.from({ length: 60 }, () => 'd').join('.')}.test.`;

export const faults: readonly Fault[] = [
  {
    cause: 'clock-behind',
    text: 'the root is signed from the future on',
    run: () => simulate([test], 'www.test. A', undefined, { nowSeconds: DEFAULT_WALL_SECONDS + 90 * DAY }),
  },
  {
    cause: 'clock-ahead',
    text: 'the root was signed long ago',
    run: () => simulate([test], 'www.test. A', undefined, { nowSeconds: DEFAULT_WALL_SECONDS - 90 * DAY }),
  },
  {
    cause: 'dname-invalid',
    text: 'a DNAME at a wildcard',
    run: () => simulate([{ name: 'test.', records: '*.w DNAME elsewhere.test.' }], 'a.w.test. DNAME'),
  },
  {
    cause: 'anchor-no-key',
    text: 'an anchor of another key tag',
    run: () => anchored({}, (ds) => withByte(ds, 1, (octet) => octet ^ 1)),
  },
  {
    cause: 'anchor-algorithm-mismatch',
    text: 'an anchor of another algorithm',
    run: () => anchored({}, (ds) => withByte(ds, 2, () => 15)),
  },
  {
    cause: 'anchor-digest-mismatch',
    text: 'an anchor with another digest',
    run: () => anchored({}, (ds) => withByte(ds, 8, (octet) => octet ^ 1)),
  },
  {
    cause: 'anchor-zone-unsigned',
    text: 'an anchor, and no key in the zone',
    run: () => anchored({ isSigned: false }),
  },
  {
    cause: 'anchor-key-not-signing',
    text: 'the key of the anchor is published and does not sign',
    run: () => anchoredAt([key], { keys: [other], publishedKeys: [key, other] }),
  },
  {
    cause: 'anchor-key-revoked',
    text: 'the key of the anchor is revoked',
    run: () => {
      const revoked = publishAs(key, { flags: KSK_FLAGS | DnskeyFlag.REVOKE });
      return anchoredAt([revoked], { keys: [revoked] });
    },
  },
  {
    cause: 'ds-withheld',
    text: 'the parent leaves the DS out and shows the NSEC that lists it',
    run: () =>
      simulate([test, { name: 'child.test.', records }], 'www.child.test. A', (simulation) => {
        const proof = setOf(simulation, 'test.', 'child.test.', RRType.NSEC);
        simulation.rewrite('test.', (honest, { name, type }) => {
          if (!nameText(name.toLowerCase()).endsWith('child.test.')) return honest;
          const authorities = honest.authority.filter((rrset) => rrset.type !== RRType.DS);
          if (type !== RRType.DS) return { ...honest, authority: [...authorities, proof] };
          return { ...honest, answer: [], authority: [setOf(simulation, 'test.', 'test.', RRType.SOA), proof] };
        });
      }),
  },
  {
    cause: 'ds-unexpected',
    text: 'a DS set that was expanded from a wildcard',
    run: () => {
      const ds = `* DS 1 13 2 ${'00'.repeat(32)}`;
      const zones = [
        { name: 'test.', records: ds },
        { name: 'child.test.', records },
      ];
      return simulate(zones, 'www.child.test. A', (simulation) => {
        const [address = ''] = simulation.addressesOf('test.');
        const question = { name: nameOf('other.test.'), type: RRType.DS, class: RRClass.IN };
        const expanded = composeReply(simulation.zonesAt(address), question, true);
        simulation.rewrite('test.', (honest, { name, type }) => {
          if (!nameText(name.toLowerCase()).endsWith('child.test.')) return honest;
          const authorities = honest.authority.filter((rrset) => rrset.type !== RRType.DS);
          if (type !== RRType.DS) return { ...honest, authority: authorities };
          return { ...expanded, answer: expanded.answer.map((rrset) => ({ ...rrset, name: nameOf('child.test.') })) };
        });
      });
    },
  },
  {
    cause: 'denial-unusable',
    text: 'NSEC3 records of an unknown hash algorithm',
    run: () =>
      simulate(
        [
          {
            ...nsec3,
            faults: {
              alter: (all) =>
                all.map((record) =>
                  record.type === RRType.NSEC3 ? { ...record, rdata: withByte(record.rdata, 0, () => 200) } : record,
                ),
            },
          },
        ],
        'nope.test. A',
      ),
  },
  {
    cause: 'denial-name-exists',
    text: 'NXDOMAIN with the NSEC of that very name',
    run: () =>
      simulate(
        [test],
        'www.test. A',
        lie('test.', 'www.test.', (simulation) => ({
          rcode: Rcode.NXDOMAIN,
          answer: [],
          authority: [
            setOf(simulation, 'test.', 'test.', RRType.SOA),
            setOf(simulation, 'test.', 'www.test.', RRType.NSEC),
          ],
        })),
      ),
  },
  {
    cause: 'denial-type-exists',
    text: 'no data, with an NSEC that lists the type',
    run: () =>
      simulate(
        [test],
        'www.test. A',
        lie('test.', 'www.test.', (simulation) => ({
          answer: [],
          authority: [
            setOf(simulation, 'test.', 'test.', RRType.SOA),
            setOf(simulation, 'test.', 'www.test.', RRType.NSEC),
          ],
        })),
      ),
  },
  {
    cause: 'denial-wrong-side',
    text: "the child's server denies with the parent's NSEC",
    run: () =>
      simulate(
        [test, { name: 'child.test.', records }],
        'child.test. TXT',
        lie('child.test.', 'child.test.', (simulation, honest) =>
          honest.answer.length > 0 ? {} : { authority: [setOf(simulation, 'test.', 'child.test.', RRType.NSEC)] },
        ),
      ),
  },
  {
    cause: 'nsec3-no-next-closer',
    text: 'NXDOMAIN with the NSEC3 of the apex alone',
    run: () => {
      // The record of the apex covers some names by chance.
      const names = ['nope0', 'nope1', 'nope2', 'nope3', 'nope4', 'nope5', 'nope6', 'nope7'];
      const resolutions = names.map((name) =>
        simulate([nsec3], `${name}.test. A`, (simulation) => {
          simulation.rewrite('test.', (honest) => ({
            ...honest,
            authority: honest.authority.filter((rrset) => rrset.type !== RRType.NSEC3 || isOfApex(rrset)),
          }));
        }),
      );
      const found = resolutions.find((resolution) => causeOfResolution(resolution) === 'nsec3-no-next-closer');
      if (found === undefined) throw new Error('all names are covered');
      return found;
    },
  },
  {
    cause: 'nsec3-no-closest-encloser',
    text: 'NXDOMAIN without the NSEC3 of the apex',
    run: () =>
      simulate([nsec3], 'nope.test. A', (simulation) => {
        simulation.rewrite('test.', (honest) => ({
          ...honest,
          authority: honest.authority.filter((rrset) => rrset.type !== RRType.NSEC3 || !isOfApex(rrset)),
        }));
      }),
  },
  {
    cause: 'wildcard-wrong-proof',
    text: 'a wildcard answer with the NSEC of another name',
    run: () =>
      simulate(
        [test],
        'any.wild.test. A',
        lie('test.', 'any.wild.test.', (simulation) => ({
          authority: [setOf(simulation, 'test.', 'a.b.ent.test.', RRType.NSEC)],
        })),
      ),
  },
  {
    cause: 'chain-too-long',
    text: 'unsigned data far below a signed zone',
    run: () =>
      simulate(
        [{ name: 'test.', records: `${deepName} A 192.0.2.1` }],
        `${deepName} A`,
        (simulation) => {
          simulation.rewrite('test.', (honest, { type }) => (type === RRType.A ? withoutSignatures(honest) : honest));
        },
        { change: withoutWorkLimits, latencyMs: 1 },
      ),
  },
  {
    cause: 'forward-denied-by-parent',
    text: 'a forward zone that the root denies',
    run: () =>
      simulate(
        [test],
        'www.home. A',
        insideForwarder([{ name: 'home.', records, isSigned: false }]),
        unsignedForward('home.'),
      ),
  },
  {
    cause: 'forward-denied-by-parent',
    text: 'a signed forward zone that the root denies',
    run: () => simulate([test], 'www.home. A', insideForwarder([{ name: 'home.', records }]), unsignedForward('home.')),
  },
  {
    cause: 'forward-zone-unsigned',
    text: 'split DNS: signed outside, unsigned inside',
    run: () =>
      simulate(
        [test],
        'www.test. A',
        insideForwarder([{ name: 'test.', records, isSigned: false }]),
        unsignedForward('test.'),
      ),
  },
  {
    cause: 'forwarder-strips-rrsigs',
    text: 'everything goes to a forwarder that drops signatures',
    run: () =>
      simulate(
        [test],
        'www.test. A',
        (simulation) => {
          const [address = ''] = simulation.addressesOf('.');
          simulation.network.addServer(
            FORWARDER,
            authority(simulation.zonesAt(address), { rewrite: withoutSignatures }),
          );
        },
        unsignedForward('.'),
      ),
  },
  {
    cause: 'forwarder-silent',
    text: 'a dead forwarder',
    run: () =>
      simulate([test], 'www.home. A', ({ network }) => network.addServer(FORWARDER, silent), unsignedForward('home.')),
  },
  {
    cause: 'forwarder-refuses',
    text: 'a forwarder that refuses',
    run: () =>
      simulate(
        [test],
        'www.home. A',
        ({ network }) => network.addServer(FORWARDER, always(Rcode.REFUSED)),
        unsignedForward('home.'),
      ),
  },
  {
    cause: 'forwarder-fails',
    text: 'a forwarder that fails',
    run: () =>
      simulate(
        [test],
        'www.home. A',
        ({ network }) => network.addServer(FORWARDER, always(Rcode.SERVFAIL)),
        unsignedForward('home.'),
      ),
  },
  {
    cause: 'forwarder-tls',
    text: 'a forwarder with a wrong certificate',
    run: () =>
      simulate(
        [test],
        'www.home. A',
        ({ network }) => network.addServer(`${FORWARDER}#853`, silent, { tlsFails: 'the certificate has expired' }),
        { forwardZones: [{ zone: 'home.', addresses: [FORWARDER], tls: true }] },
      ),
  },
  {
    cause: 'servers-unreachable',
    text: 'nothing listens',
    run: () =>
      simulate([test], 'www.test. A', (simulation) => {
        for (const address of simulation.addressesOf('test.')) {
          simulation.network.addServer(address, silent, { refuses: 'both' });
        }
      }),
  },
  {
    cause: 'servers-error',
    text: 'NOTIMP',
    run: () => simulate([test], 'www.test. A', (simulation) => simulation.serve('test.', always(Rcode.NOTIMP))),
  },
  {
    cause: 'reply-unusable',
    text: 'replies cut in the middle',
    run: () =>
      simulate([test], 'www.test. A', (simulation) =>
        simulation.serve(
          'test.',
          lying(simulation.honest('test.'), (reply) => reply.slice(0, reply.length - 3)),
        ),
      ),
  },
  {
    cause: 'servers-loop',
    text: 'two zones whose servers lie in each other',
    run: () =>
      simulate(
        [
          test,
          { name: 'a.test.', records, nameServers: ['ns.b.test.'] },
          { name: 'b.test.', records, nameServers: ['ns.a.test.'] },
        ],
        'www.a.test. A',
      ),
  },
  {
    cause: 'too-many-referrals',
    text: 'zone below zone',
    run: () =>
      simulate([test, { name: 'a.test.' }, { name: 'b.a.test.', records }], 'www.b.a.test. A', undefined, {
        change: (options) => ({
          ...options,
          iteration: { ...options.iteration, limits: { ...options.iteration.limits, maxReferrals: 1 } },
        }),
      }),
  },
  {
    cause: 'too-many-aliases',
    text: 'alias behind alias',
    run: () => {
      const chain = Array.from({ length: 20 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n');
      return simulate([{ name: 'test.', records: `${chain}\nc20 A 192.0.2.1` }], 'c0.test. A');
    },
  },
  {
    cause: 'alias-loop',
    text: 'two aliases in a circle',
    run: () => simulate([{ name: 'test.', records: 'a CNAME b\nb CNAME a' }], 'a.test. A'),
  },
  {
    cause: 'packet-limit',
    text: 'two packets and no more',
    run: () => simulate([test], 'www.test. A', undefined, withRequest({ maxUpstream: 2 })),
  },
  {
    cause: 'deadline',
    text: 'slow servers',
    run: () =>
      simulate(
        [test],
        'www.test. A',
        (simulation) => simulation.serve('test.', slow(simulation.honest('test.'), 300)),
        withRequest({ clientDeadlineMs: 100 }),
      ),
  },
  {
    cause: 'overload',
    text: 'more clients wait than may',
    run: () => {
      const hierarchy = buildHierarchy({ zones: [test], nowSeconds: DEFAULT_WALL_SECONDS });
      const simulation = new SimulatedResolver({ hierarchy, ...withRequest({ maxWaiters: 1 }) });
      const all = simulation.askAll(['www.test. A', 'www.test. A', 'www.test. A']);
      const refused = all.find(({ rcode }) => rcode === Rcode.SERVFAIL);
      if (refused === undefined) throw new Error('nobody was refused');
      return refused;
    },
  },
  {
    cause: 'not-cached',
    text: 'RD is clear',
    run: () => new SimulatedResolver({ zones: [test] }).ask('www.test. A', { recursionDesired: false }).resolution,
  },
  {
    cause: 'internal-error',
    text: 'a fault of the program',
    run: () => {
      const simulation = new SimulatedResolver({
        zones: [{ name: 'test.', records: 'a CNAME www' }],
        localTargets: () => {
          throw new Error('boom');
        },
      });
      let found: Resolution | undefined;
      simulation.start('a.test. A', {}, (resolution) => {
        found = resolution;
      });
      simulation.clock.runUntil(() => found !== undefined, 'a.test. A');
      if (found === undefined) throw new Error('no answer');
      return found;
    },
  },
  {
    cause: 'opt-out-misuse',
    text: "a name of the zone's own in an opt-out span",
    run: () => simulate([{ name: 'test.', records, denial: { kind: 'nsec3', optOut: true } }], 'nope.test. A'),
  },
  {
    cause: 'negative-trust-anchor',
    text: 'a negative anchor',
    run: () => simulate([test], 'www.test. A', undefined, { negative: ['test.'] }),
  },
  {
    cause: 'anchor-stripped',
    text: 'an anchored zone without signatures, where that is let through',
    run: () => {
      const change = (options: ResolverOptions): ResolverOptions => ({
        ...options,
        validation: { ...options.validation, hardenStripped: false },
      });
      const zones = [{ name: 'inner.', records, isSigned: false }];
      return simulate(
        zones,
        'www.inner. A',
        ({ anchors }) => {
          anchors.addDS(nameOf('inner.'), { keyTag: 1, algorithm: 13, digestType: 2, digest: new Uint8Array(32) });
        },
        { change },
      );
    },
  },
  { cause: 'unsigned-type', text: 'signatures asked for', run: () => simulate([test], 'www.test. RRSIG') },
  {
    cause: 'local-data',
    text: 'an alias into local data',
    run: () =>
      simulate([{ name: 'test.', records: 'a CNAME b.local.' }], 'a.test. A', undefined, {
        localTargets: ({ name }) =>
          nameText(name) === 'b.local.'
            ? { kind: 'answer', resolution: { ...emptyResolution, rcode: Rcode.NOERROR } }
            : undefined,
      }),
  },
  {
    cause: 'no-anchor',
    text: 'no anchor at all',
    run: () => simulate([test], 'www.test. A', undefined, { anchorRoot: false }),
  },
];

const emptyResolution: Resolution = {
  rcode: Rcode.NOERROR,
  answer: [],
  authority: [],
  verdict: undefined,
  authentic: false,
  errors: [],
  shareable: false,
};

function isOfApex({ rdatas }: RRset): boolean {
  const data = rdatas[0] === undefined ? undefined : parseNSEC3(rdatas[0]);
  return data !== undefined && hasType(data.types, RRType.SOA);
}

/** As `anchored`, with the anchor made from given keys. */
function anchoredAt(keys: readonly SigningKey[], zone: Partial<ZoneDescription>): Resolution {
  return simulate([{ name: 'inner.', records, ...zone }], 'www.inner. A', ({ anchors }) => {
    for (const { dnskey } of keys) {
      const digest = digestOf(2, nameOf('inner.'), dnskey);
      if (digest === undefined) throw new Error('no digest');
      anchors.addDS(nameOf('inner.'), { keyTag: keyTag(dnskey), algorithm: 13, digestType: 2, digest });
    }
  });
}

function withoutWorkLimits(options: ResolverOptions): ResolverOptions {
  const limits = {
    ...options.validation.limits,
    maxVerificationsPerQuery: 10_000,
    maxVerificationsPerMessage: 10_000,
  };
  return {
    ...options,
    request: { ...options.request, maxUpstream: 10_000, maxOctets: 1e9, maxCpuMs: 1e9 },
    validation: { ...options.validation, limits },
  };
}
