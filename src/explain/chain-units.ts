// A chain of trust as people read it: zone by zone from the anchor down, then the data, the denial or what broke. The
// drawing and the list beside it are both made from these units. Pure.
import type { ExplainedLink, ExplainedPart, Explanation } from './explanation.ts';

/** One box of the drawing, one entry of the list. */
export interface ChainUnit {
  /** Of its place in the explanation: `part1-unit0`. */
  readonly id: string;
  /**
   * - `zone`: DS or anchor, and the keys that it leads to.
   * - `data`, `denial`: the end of a chain that holds.
   * - `insecure`: where protection ends.
   * - `failure`: the link that broke.
   * - `above`: what an earlier part has shown already.
   * - `unchained`: a part without any chain.
   */
  readonly kind: 'zone' | 'data' | 'denial' | 'insecure' | 'failure' | 'above' | 'unchained';
  readonly state: ExplainedLink['state'];
  /** The zone or the name, in full. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly words: string;
  readonly anchor?: ExplainedLink;
  readonly ds?: ExplainedLink;
  readonly dnskey?: ExplainedLink;
  /** Of any kind but a sound zone: what is shown. */
  readonly link?: ExplainedLink;
  /** Of `above`: the zones, from the anchor down. */
  readonly zones?: readonly string[];
}

export interface ChainColumn {
  readonly part: ExplainedPart;
  readonly units: readonly ChainUnit[];
}

/** The units of each part. */
export function chainColumns({ parts }: Pick<Explanation, 'parts'>): ChainColumn[] {
  const columns: ChainColumn[] = [];
  let above: readonly ChainUnit[] = [];
  parts.forEach((part, index) => {
    const units = unitsOf(part, `part${index}`);
    columns.push({ part, units: withoutRepeated(units, above) });
    above = units;
  });
  return columns;
}

/** Whether it tells of something broken, and not of what merely could not be had. */
export function isBroken({ state, kind }: ChainUnit): boolean {
  return state === 'broken' && kind === 'failure';
}

interface OpenZone {
  zone: string;
  anchor?: ExplainedLink;
  ds?: ExplainedLink;
  dnskey?: ExplainedLink;
}

function unitsOf(part: ExplainedPart, prefix: string): ChainUnit[] {
  const units: ChainUnit[] = [];
  let open: OpenZone | undefined;
  const add = (unit: Omit<ChainUnit, 'id'>): void => {
    units.push({ id: `${prefix}-unit${units.length}`, ...unit });
  };
  const close = (): void => {
    if (open === undefined) return;
    const { zone, ...links } = open;
    add({ kind: 'zone', state: 'secure', name: zone, words: zoneWords(links), ...links });
    open = undefined;
  };
  for (const link of part.links) {
    if (link.kind === 'anchor' || link.kind === 'ds') {
      close();
      open = { zone: link.zone, ...(link.kind === 'anchor' ? { anchor: link } : { ds: link }) };
    } else if (link.kind === 'dnskey') {
      if (open?.zone !== link.zone) close();
      open = { ...open, zone: link.zone, dnskey: link };
    } else if (link.kind === 'failure' && link.type === 'DNSKEY' && open?.zone === link.zone) {
      // The keys that a DS or an anchor leads to, and which do not hold: one box, not two.
      const { zone: _zone, ...links } = open;
      open = undefined;
      add({ ...leafUnit(link), ...links });
    } else {
      close();
      add(leafUnit(link));
    }
  }
  close();
  if (units.length === 0) add(unchainedUnit(part));
  return units;
}

function zoneWords({ anchor, dnskey }: Omit<OpenZone, 'zone'>): string {
  if (dnskey === undefined) return anchor === undefined ? 'signed zone' : 'trust anchor';
  return anchor === undefined ? 'zone, its keys hold' : 'zone with a trust anchor, its keys hold';
}

function leafUnit(link: ExplainedLink): Omit<ChainUnit, 'id'> {
  const { state, zone, name = zone, type = '', why = '' } = link;
  const owner = `${name} ${type}`.trimEnd();
  switch (link.kind) {
    case 'rrset':
      return { kind: 'data', state, name: owner, words: 'data, the signature holds', link };
    case 'denial':
      return { kind: 'denial', state, name: owner, words: 'proved not to exist', link };
    case 'failure':
      return { kind: 'failure', state, name: owner, words: why === '' ? 'broken' : why, link };
    case 'negative-anchor':
      return { kind: 'insecure', state, name: zone, words: 'not validated: negative trust anchor', link };
    default:
      return { kind: 'insecure', state, name: zone, words: 'not protected from here on', link };
  }
}

function unchainedUnit({ name, type, what, status }: ExplainedPart): Omit<ChainUnit, 'id'> {
  const state = what === 'nothing' || status === 'bogus' ? 'broken' : 'insecure';
  return { kind: 'unchained', state, name: `${name} ${type}`, words: unchainedWords(what, status) };
}

function unchainedWords(what: ExplainedPart['what'], status: ExplainedPart['status']): string {
  if (what === 'local') return 'answered from local data, which nobody signs';
  if (what === 'nothing') return 'no answer was obtained';
  return status === 'indeterminate' ? 'not validated: no trust anchor covers it' : 'not validated';
}

/** The zones that the part before has shown become one unit. */
function withoutRepeated(units: readonly ChainUnit[], above: readonly ChainUnit[]): readonly ChainUnit[] {
  let count = 0;
  while (count < units.length && isSameUnit(units[count], above[count])) count++;
  const last = units[count - 1];
  if (count < 2 || last === undefined) return units;
  const zones = units.slice(0, count).map(({ name }) => name);
  const { dnskey } = last;
  const repeated: ChainUnit = {
    id: last.id,
    kind: 'above',
    state: last.state,
    name: last.name,
    words: 'the same chain as in the part before',
    zones,
    ...(dnskey !== undefined && { dnskey }),
  };
  return [repeated, ...units.slice(count)];
}

function isSameUnit(left: ChainUnit | undefined, right: ChainUnit | undefined): boolean {
  if (left === undefined || right === undefined || left.kind !== 'zone') return false;
  return JSON.stringify({ ...left, id: '' }) === JSON.stringify({ ...right, id: '' });
}
