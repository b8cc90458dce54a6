// The anchors in force: those of the configuration and its anchor file, and on top of them what was added and removed
// while the program runs. Reading the configuration again drops the latter; reading the file again does not (POWERDNS 2.4).
import { dsText } from '../config/ds-text.ts';
import { digestOf } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import { type PositiveAnchor, TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import type { DSData } from '../wire/rdata-dnssec.ts';

/** What the configuration says. */
export interface AnchorBase {
  /** The negative ones with end included. */
  readonly anchors: TrustAnchors;
  /** Wall-clock seconds at which negative anchors end, by key of their names; those that stay are not in it. */
  readonly ends: ReadonlyMap<string, number>;
  /** Keys of the names whose anchors the anchor file holds. */
  readonly inFile?: ReadonlySet<string>;
}

/** Who changes anchors at run time: a control command, or somebody over HTTP. */
export type AnchorAuthor = 'command' | 'api';

/** One change at run time. */
export type AnchorEdit =
  | { readonly kind: 'add'; readonly zone: DomainName; readonly ds: DSData; readonly by: AnchorAuthor }
  | { readonly kind: 'clear'; readonly zone: DomainName }
  | {
      readonly kind: 'add-negative';
      readonly zone: DomainName;
      readonly reason: string;
      readonly by: AnchorAuthor;
    }
  | { readonly kind: 'clear-negative'; readonly zone: DomainName };

export class AnchorBook {
  private base: AnchorBase;
  private edits: AnchorEdit[] = [];

  constructor(base: AnchorBase) {
    this.base = base;
  }

  /** The anchors that hold at a time. */
  inForce(nowSeconds: number): TrustAnchors {
    const anchors = new TrustAnchors();
    anchors.replaceWith(this.base.anchors);
    for (const { zone } of this.base.anchors.negatives()) {
      const end = this.base.ends.get(zone.key);
      if (end !== undefined && end <= nowSeconds) anchors.removeNegative(zone);
    }
    for (const edit of this.edits) applyEdit(anchors, edit);
    return anchors;
  }

  /** When a negative anchor ends by itself; undefined for one that stays, or that a command has set. */
  endOf(zone: DomainName): number | undefined {
    if (this.edits.some((edit) => edit.kind === 'add-negative' && edit.zone.equals(zone))) return undefined;
    return this.base.ends.get(zone.key);
  }

  /** Who set the anchor of a name at run time; undefined for one that is from the configuration alone. */
  authorOf(zone: DomainName, kind: 'positive' | 'negative'): AnchorAuthor | undefined {
    const wanted = kind === 'positive' ? 'add' : 'add-negative';
    const edit = this.edits.findLast((candidate) => candidate.kind === wanted && candidate.zone.equals(zone));
    return edit !== undefined && 'by' in edit ? edit.by : undefined;
  }

  /** Whether the anchor file holds anchors of this name. */
  isInFile(zone: DomainName): boolean {
    return this.base.inFile?.has(zone.key) ?? false;
  }

  /** Adds a change; what it overrules is forgotten, so that a command repeated for ever costs no memory. */
  add(edit: AnchorEdit): void {
    this.edits = this.edits.filter((earlier) => !overrules(edit, earlier));
    this.edits.push(edit);
  }

  replaceBase(base: AnchorBase): void {
    this.base = base;
  }

  /** What would be lost of the changes if other anchors took the place of those in force, a line each. */
  lostEdits(before: TrustAnchors, after: TrustAnchors): string[] {
    const isNegative = (anchors: TrustAnchors, zone: DomainName) =>
      anchors.negatives().some((anchor) => anchor.zone.equals(zone));
    return this.edits.flatMap((edit) => {
      const zone = nameTextWithoutDot(edit.zone);
      switch (edit.kind) {
        case 'add': {
          const isKept = anchorTexts(after.anchorAt(edit.zone)).includes(dsText(edit.ds));
          return isKept ? [] : [`trust anchor of ${zone} added at run time is lost: ${dsText(edit.ds)}`];
        }
        case 'clear':
          return before.anchorAt(edit.zone) !== undefined || after.anchorAt(edit.zone) === undefined
            ? []
            : [`the removal of the trust anchor of ${zone} is lost`];
        case 'add-negative':
          return isNegative(after, edit.zone) ? [] : [`negative trust anchor of ${zone} added at run time is lost`];
        case 'clear-negative':
          return isNegative(after, edit.zone) ? [`the removal of the negative trust anchor of ${zone} is lost`] : [];
        default:
          return edit satisfies never;
      }
    });
  }

  dropEdits(): void {
    this.edits = [];
  }
}

function applyEdit(anchors: TrustAnchors, edit: AnchorEdit): void {
  switch (edit.kind) {
    case 'add':
      anchors.addDS(edit.zone, edit.ds);
      return;
    case 'clear':
      anchors.removeAnchor(edit.zone);
      return;
    case 'add-negative':
      anchors.addNegative(edit.zone, edit.reason);
      return;
    case 'clear-negative':
      anchors.removeNegative(edit.zone);
      return;
    default:
      edit satisfies never;
  }
}

function overrules(edit: AnchorEdit, earlier: AnchorEdit): boolean {
  if (!edit.zone.equals(earlier.zone)) return false;
  switch (edit.kind) {
    case 'add':
      return earlier.kind === 'add' && dsText(earlier.ds) === dsText(edit.ds);
    case 'clear':
      return earlier.kind === 'add' || earlier.kind === 'clear';
    case 'add-negative':
    case 'clear-negative':
      return earlier.kind === 'add-negative' || earlier.kind === 'clear-negative';
    default:
      return edit satisfies never;
  }
}

/** What differs between two sets of anchors: the names, and a line for each. */
export interface AnchorDifference {
  readonly zones: readonly DomainName[];
  readonly lines: readonly string[];
}

export function anchorDifference(before: TrustAnchors, after: TrustAnchors): AnchorDifference {
  const zones = new Map<string, DomainName>();
  const lines: string[] = [];
  for (const { zone } of distinct([...before.anchors(), ...after.anchors()])) {
    const had = anchorTexts(before.anchorAt(zone));
    const has = anchorTexts(after.anchorAt(zone));
    const added = has.filter((text) => !had.includes(text));
    const removed = had.filter((text) => !has.includes(text));
    if (added.length === 0 && removed.length === 0) continue;
    zones.set(zone.key, zone);
    const parts = [...added.map((text) => `added ${text}`), ...removed.map((text) => `removed ${text}`)];
    lines.push(`trust anchor of ${nameTextWithoutDot(zone)}: ${parts.join(', ')}`);
  }
  const reasons = new Map(after.negatives().map(({ zone, reason }) => [zone.key, reason]));
  const earlier = new Map(before.negatives().map(({ zone, reason }) => [zone.key, reason]));
  for (const { zone } of distinct([...before.negatives(), ...after.negatives()])) {
    const [had, has] = [earlier.get(zone.key), reasons.get(zone.key)];
    if (had === has) continue;
    zones.set(zone.key, zone);
    const what =
      has === undefined ? 'removed' : had === undefined ? `added, reason '${has}'` : `the reason is now '${has}'`;
    lines.push(`negative trust anchor of ${nameTextWithoutDot(zone)}: ${what}`);
  }
  return { zones: [...zones.values()], lines };
}

function distinct<T extends { readonly zone: DomainName }>(anchors: readonly T[]): T[] {
  return [...new Map(anchors.map((anchor) => [anchor.zone.key, anchor])).values()];
}

const SHA256 = 2;
/** Key tag, algorithm, digest type, digest: in the order in which PowerDNS lists them. */
const byNumbers = new Intl.Collator('en', { numeric: true });

/** The anchors of a name as DS contents, by key tag; a key as the DS (SHA-256) that names it. */
export function anchorTexts(anchor: PositiveAnchor | undefined): string[] {
  if (anchor === undefined) return [];
  const ofKeys = anchor.dnskeys.flatMap((rdata) => {
    const digest = digestOf(SHA256, anchor.zone, rdata);
    const algorithm = rdata[3] ?? 0;
    return digest === undefined ? [] : [dsText({ keyTag: keyTag(rdata), algorithm, digestType: SHA256, digest })];
  });
  return [...new Set([...anchor.ds.map(dsText), ...ofKeys])].sort(byNumbers.compare);
}
