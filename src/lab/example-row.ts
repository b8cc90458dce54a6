// What an example zone is: what is special about it, the question that shows it, and what a validator must answer.
import { RRType } from '../wire/constants.ts';
import { groupIntoRRsets, type ResourceRecord, typeCovered } from '../wire/record.ts';
import { exampleCauses } from './example-causes.ts';
import type { SigningKey } from './keys.ts';
import { signRRset, type Validity } from './signer.ts';
import type { ZoneDescription } from './zone-description.ts';

/** What the answer to the example's question must be. */
export type ExpectedVerdict =
  | { readonly status: 'secure' }
  /** `ede`: the extended error that fits, where there is one. */
  | { readonly status: 'insecure'; readonly ede?: number }
  | { readonly status: 'bogus'; readonly ede: number }
  /** No answer could be had; nothing was judged. */
  | { readonly status: 'failed'; readonly ede: number };

export interface ExampleZone {
  /** First label of the zone, and its name in lists. */
  readonly label: string;
  /** What is special, in one line. */
  readonly text: string;
  /** Name and type to ask for. */
  readonly question: { readonly name: string; readonly type: number };
  readonly expected: ExpectedVerdict;
  /** Code of the cause that a resolver should give; undefined where nothing needs one. */
  readonly cause: string | undefined;
  readonly description: ZoneDescription;
  /** Zones that it needs beside itself. */
  readonly others: readonly ZoneDescription[];
}

/** An example without its place in the tree. */
export interface ExampleRow {
  readonly label: string;
  readonly text: string;
  /** Owner below the apex; default `@`, the apex itself. */
  readonly owner?: string;
  readonly type?: number;
  readonly expected: ExpectedVerdict;
  /** As its description, names of name servers and of `others` relative to the parent. */
  readonly zone: Omit<ZoneDescription, 'name' | 'records'> & { readonly records?: string };
  readonly others?: readonly ZoneDescription[];
}

const DAY_SECONDS = 86_400;

export const secure = { status: 'secure' } as const;
export const insecure = { status: 'insecure' } as const;

/** The records of every example that needs no others. */
export const exampleRecords = `
@          A    192.0.2.80
www        A    192.0.2.80
www        AAAA 2001:db8::80
alias      CNAME www
*.wild     A    192.0.2.81
a.b.ent    A    192.0.2.82
old        DNAME new
host.new   A    192.0.2.83
`;

/** Examples as zones below `parent` (absolute). */
export function placedBelow(parent: string, rows: readonly ExampleRow[]): ExampleZone[] {
  const suffix = parent === '.' ? '.' : `.${parent}`;
  const placed = (description: ZoneDescription): ZoneDescription => ({
    records: exampleRecords,
    ...description,
    name: `${description.name}${suffix}`,
    ...(description.nameServers && { nameServers: description.nameServers.map((host) => `${host}${suffix}`) }),
  });
  return rows.map((row) => {
    const description = placed({ name: row.label, ...row.zone });
    const owner = row.owner ?? '@';
    return {
      label: row.label,
      text: row.text,
      question: { name: owner === '@' ? description.name : `${owner}.${description.name}`, type: row.type ?? RRType.A },
      expected: row.expected,
      cause: exampleCauses.get(row.label),
      description,
      others: (row.others ?? []).map(placed),
    };
  });
}

/** A row whose zone is bogus. */
export function row(label: string, text: string, ede: number, zone: ExampleRow['zone']): ExampleRow {
  return { label, text, expected: { status: 'bogus', ede }, zone };
}

/** From and to, in days around an instant in Unix seconds. */
export function span(nowSeconds: number, fromDays: number, toDays: number): Validity {
  return {
    inceptionSeconds: nowSeconds + fromDays * DAY_SECONDS,
    expirationSeconds: nowSeconds + toDays * DAY_SECONDS,
  };
}

export type Tamper = (signed: readonly ResourceRecord[]) => readonly ResourceRecord[];

export function without(isDropped: (record: ResourceRecord) => boolean): Tamper {
  return (signed) => signed.filter((record) => !isDropped(record));
}

export function isDnssecRecord({ type }: ResourceRecord): boolean {
  return type === RRType.RRSIG || type === RRType.NSEC || type === RRType.DNSKEY;
}

export function changeAddress(record: ResourceRecord): ResourceRecord {
  if (record.type !== RRType.A) return record;
  const rdata = record.rdata.slice();
  rdata[3] = (rdata[3] ?? 0) ^ 0x01;
  return { ...record, rdata };
}

/** Signs each address anew in the name of its owner's parent: below the apex of a zone that is no zone. */
export function signAsParent(
  signed: readonly ResourceRecord[],
  key: SigningKey,
  validity: Validity,
): readonly ResourceRecord[] {
  const kept = signed.filter(({ type, rdata }) => type !== RRType.RRSIG || typeCovered(rdata) !== RRType.A);
  const added = groupIntoRRsets(kept)
    .filter(({ type }) => type === RRType.A)
    .map((rrset) => ({
      name: rrset.name,
      type: RRType.RRSIG,
      class: rrset.class,
      ttl: rrset.ttl,
      rdata: signRRset(rrset, rrset.name.parent(), key, validity),
    }));
  return [...kept, ...added];
}
