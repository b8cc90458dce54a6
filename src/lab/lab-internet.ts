// The private Internet of `kedge lab`: a signed root, lab. with sound zones below good.lab., insecure ones below
// insecure.lab. and broken ones below bad.lab., and zones of a home that only a forwarder knows, below private.
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import {
  type ExampleRow,
  type ExampleZone,
  type ExpectedVerdict,
  placedBelow,
  row,
  secure,
  span,
} from './example-row.ts';
import { bogusRows, insecureRows, soundRows } from './example-zones.ts';
import { failingRows } from './failing-zones.ts';
import { buildHierarchy, type Hierarchy, type HierarchyZone } from './hierarchy.ts';
import { privateZones, SPLIT_LABEL } from './private-zones.ts';
import { rareRows } from './rare-zones.ts';
import { emptyContent } from './reply-content.ts';
import { subtleRows } from './subtle-zones.ts';
import type { ZoneDescription } from './zone-description.ts';
import { type ServerBehaviour, ZoneSet } from './zone-set.ts';

export type LabGroup = 'good' | 'insecure' | 'bad' | 'private' | 'own';

/** A zone to try, and what a validating resolver must say. */
export interface LabZone extends Pick<ExampleZone, 'label' | 'text' | 'question' | 'expected' | 'cause'> {
  readonly group: LabGroup;
  /** Apex, absolute. */
  readonly name: string;
  /** RCODE of the reply to the question. */
  readonly rcode: number;
}

/** Zones that are asked at given servers, whatever the tree says. */
export interface LabForward {
  readonly zone: string;
  readonly address: string;
}

export interface LabInternet {
  readonly hierarchy: Hierarchy;
  readonly zones: readonly LabZone[];
  /** What the server at each address is authoritative for, those of forwarded zones included. */
  readonly servers: ReadonlyMap<string, ZoneSet>;
  /** Addresses where zones say that a server is, and none is. */
  readonly absent: ReadonlySet<string>;
  /** Every zone in one place, for resolvers that cannot be told a port with a delegation. */
  readonly everything: ZoneSet;
  readonly forwards: readonly LabForward[];
  /** Trust anchors: DS records in master-file text by zone, the root's among them. */
  readonly anchors: ReadonlyMap<string, readonly string[]>;
  /** Reasons of the negative trust anchors by zone. */
  readonly negativeAnchors: ReadonlyMap<string, string>;
}

export interface LabOptions {
  /** Unix seconds around which signatures hold. */
  readonly nowSeconds: number;
  /** Zones of the user's own, to be signed and served below `lab.`. */
  readonly ownZones?: readonly ZoneDescription[];
}

/** Address of the server with a number from 1: all of them loopback addresses that nobody else uses. */
export function labAddress(index: number): string {
  return `127.18.${index >> 8}.${index & 0xff}`;
}

/** First label of names that do not exist. */
const MISSING = 'nope';
const NEGATIVE_REASON = 'the lab shows what a negative trust anchor does';
/** Small, so that the lab is there at once. */
const RSA_BITS = 1280;
/** Number of the first server behind a forwarder, beyond those of the tree. */
const PRIVATE_ADDRESSES = 0x1000;

/** Builds and signs everything. Takes about half a second, most of it for RSA keys. */
export function buildLab({ nowSeconds, ownZones = [] }: LabOptions): LabInternet {
  const good: ExampleRow[] = [];
  const plain: ExampleRow[] = [negativeRow(nowSeconds)];
  const bad: ExampleRow[] = [];
  const rows = [
    ...soundRows(),
    ...insecureRows(),
    ...bogusRows(nowSeconds),
    ...subtleRows(nowSeconds),
    ...rareRows(),
    ...failingRows(),
    row(SPLIT_LABEL, 'signed, and forwarded to a server that has it unsigned', EdeCode.RRSIGS_MISSING, {}),
  ];
  for (const example of rows) groupFor(example.expected, { good, plain, bad }).push(example);
  const groups = [
    { group: 'good', parent: 'good.lab.', examples: placedBelow('good.lab.', good) },
    { group: 'insecure', parent: 'insecure.lab.', examples: placedBelow('insecure.lab.', plain) },
    { group: 'bad', parent: 'bad.lab.', examples: placedBelow('bad.lab.', bad) },
  ] as const;
  const described = groups.flatMap(({ parent, examples }) => [
    { name: parent },
    ...examples.flatMap(({ description, others }) => [{ rsaBits: RSA_BITS, ...description }, ...others]),
  ]);
  const hierarchy = buildHierarchy({
    nowSeconds,
    zones: [{ name: '.' }, { name: 'lab.' }, ...described, ...ownZones],
    addressOf: labAddress,
  });
  const home = privateZones(nowSeconds, (index) => labAddress(PRIVATE_ADDRESSES + index));
  const { servers, everything, absent } = distributed([...hierarchy.zones, ...home.zones], home.split);
  const zones = [
    ...groups.flatMap(({ group, examples }) => examples.map((example) => labZone(group, example))),
    ...home.examples.map((example) => labZone('private', example)),
    ...ownZones.map(ownZone),
  ];
  return {
    hierarchy,
    zones,
    servers,
    absent,
    everything,
    forwards: [...home.zones, ...home.split].map(({ description, addresses: [address = ''] }) => ({
      zone: description.name,
      address,
    })),
    anchors: new Map([['.', hierarchy.trustAnchors], ...home.anchors]),
    negativeAnchors: new Map([
      ['negative-anchor.insecure.lab.', NEGATIVE_REASON],
      ['negative-anchor.private.', NEGATIVE_REASON],
    ]),
  };
}

function groupFor<T>({ status }: ExpectedVerdict, groups: { good: T; plain: T; bad: T }): T {
  if (status === 'secure') return groups.good;
  return status === 'insecure' ? groups.plain : groups.bad;
}

function labZone(group: LabGroup, { label, text, question, expected, cause, description }: ExampleZone): LabZone {
  const rcode = rcodeOf(question.name, expected);
  // RFC 9824 5.1: who does not ask for DNSSEC is told what it means.
  const isCompact = isMissing(question.name) && rcode === Rcode.NOERROR;
  const told = isCompact ? `${text}; without +dnssec NXDOMAIN` : text;
  return { group, label, text: told, question, expected, cause, name: description.name, rcode };
}

function isMissing(name: string): boolean {
  return name.startsWith(`${MISSING}.`);
}

/** Compact denial says NOERROR of names that do not exist (RFC 9824 2). */
function rcodeOf(name: string, { status }: ExpectedVerdict): number {
  if (status === 'bogus' || status === 'failed') return Rcode.SERVFAIL;
  return isMissing(name) && !name.includes('compact') ? Rcode.NXDOMAIN : Rcode.NOERROR;
}

function ownZone({ name }: ZoneDescription): LabZone {
  return {
    group: 'own',
    label: name,
    name,
    text: 'your own zone',
    question: { name, type: RRType.SOA },
    expected: secure,
    cause: undefined,
    rcode: Rcode.NOERROR,
  };
}

/** Broken, and let through on purpose (RFC 7646). */
function negativeRow(nowSeconds: number): ExampleRow {
  return {
    label: 'negative-anchor',
    text: 'signatures expired, and a negative trust anchor is set',
    expected: { status: 'insecure', ede: EdeCode.NEGATIVE_TRUST_ANCHOR },
    zone: { validity: span(nowSeconds, -30, -1) },
  };
}

/** `split`: zones that only their own server has, since another version of them is everywhere else. */
function distributed(
  zones: readonly HierarchyZone[],
  split: readonly HierarchyZone[],
): Pick<LabInternet, 'everything' | 'servers' | 'absent'> {
  const servers = new Map<string, ZoneSet>();
  const absent = new Set<string>();
  const everything = new ZoneSet();
  for (const { zone, description } of zones) everything.add(zone, withoutSilence(description.server));
  for (const { zone, addresses, description } of [...zones, ...split]) {
    for (const address of addresses) {
      if (description.server?.isAbsent === true) {
        absent.add(address);
        continue;
      }
      const set = servers.get(address) ?? new ZoneSet();
      set.add(zone, description.server);
      servers.set(address, set);
    }
  }
  return { servers, absent, everything };
}

/** One server that keeps silent about one zone would count as dead for all: it says SERVFAIL instead. */
function withoutSilence(server: ServerBehaviour | undefined): ServerBehaviour | undefined {
  const { drops, isAbsent, ...rest } = server ?? {};
  if (drops === undefined && isAbsent !== true) return server;
  const rewrite: ServerBehaviour['rewrite'] = (content, question) =>
    isAbsent === true || drops?.(question)
      ? emptyContent(Rcode.SERVFAIL)
      : (rest.rewrite?.(content, question) ?? content);
  return { ...rest, rewrite };
}
