// Trust anchors while the program runs: commands, ends of negative anchors, the anchor file read again.
import { Region } from '../cache/region.ts';
import { dsText } from '../config/ds-text.ts';
import { expiryText } from '../config/duration.ts';
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { ResolverChange } from '../resolver/options.ts';
import type { Log } from '../telemetry/log.ts';
import { compareNames, type DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import type { DSData } from '../wire/rdata-dnssec.ts';
import {
  type AnchorAuthor,
  AnchorBook,
  type AnchorDifference,
  type AnchorEdit,
  anchorDifference,
} from './anchor-book.ts';
import { type CheckZone, NegativeAnchorWatch, type WatchedNegative } from './negative-anchor-watch.ts';
import { StartError } from './start-error.ts';
import { anchorFileNotice, readAnchorBase } from './trust-anchors.ts';

const HOUR_MS = 3_600_000;

export interface AnchorControlParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Puts anchors in force and forgets what was judged by the old ones; gives the number of entries that went. */
  readonly change: (change: ResolverChange, region: Region) => number;
  /** Asks whether a zone would validate. */
  readonly checkZone: CheckZone;
}

/** New anchors that wait to be put in force together with other changes. */
export interface PreparedAnchors extends AnchorDifference {
  readonly anchors: TrustAnchors;
  /** Lines about what is lost, for the log and the operator. */
  readonly lost: readonly string[];
  /** To be called once they are in force. */
  commit(): void;
}

export class AnchorControl {
  /** Those in force; who holds them sees every change. */
  readonly anchors: TrustAnchors;
  private config: Pick<Config, 'dnssec' | 'kedge'>;
  private readonly book: AnchorBook;
  private readonly parts: AnchorControlParts;
  private readonly watch: NegativeAnchorWatch;
  private refreshTimer: Timer | undefined;

  /** Throws a `StartError`. */
  constructor(config: Pick<Config, 'dnssec' | 'kedge'>, parts: AnchorControlParts) {
    this.config = config;
    this.parts = parts;
    this.book = new AnchorBook(readAnchorBase(config));
    this.anchors = this.book.inForce(parts.clock.wallSeconds());
    const { log, clock, timers, checkZone } = parts;
    this.watch = new NegativeAnchorWatch({ log, clock, timers, checkZone, onEnd: (zone) => this.end(zone) });
  }

  /** Begins to watch the ends of negative anchors, and to read the file again from time to time. */
  start(): void {
    this.scheduleRefresh();
    this.watchNegatives();
    this.giveNotice();
  }

  /** Adds DS records to the anchor of a zone. */
  add(zone: DomainName, records: readonly DSData[], by: AnchorAuthor = 'command'): void {
    this.edit(
      records.map((ds) => ({ kind: 'add', zone, ds, by })),
      zone,
    );
    const texts = records.map(dsText);
    this.parts.log.always('info', 'trust anchor added', { zone: nameText(zone), ds: texts });
  }

  /** Removes all anchors of exactly this name; true when there were any. */
  clear(zone: DomainName): boolean {
    const had = this.anchors.anchorAt(zone) !== undefined;
    if (!had) return false;
    this.edit([{ kind: 'clear', zone }], zone);
    this.parts.log.always('info', 'trust anchor removed', { zone: nameText(zone) });
    return true;
  }

  addNegative(zone: DomainName, reason: string, by: AnchorAuthor = 'command'): void {
    this.edit([{ kind: 'add-negative', zone, reason, by }], zone);
    this.parts.log.always('info', 'negative trust anchor added', { zone: nameText(zone), reason: reason || undefined });
  }

  /** True when there was one. */
  clearNegative(zone: DomainName): boolean {
    const had = this.anchors.negatives().some((anchor) => anchor.zone.equals(zone));
    if (!had) return false;
    this.edit([{ kind: 'clear-negative', zone }], zone);
    this.parts.log.always('info', 'negative trust anchor removed', { zone: nameText(zone) });
    return true;
  }

  clearNegatives(): void {
    for (const { zone } of this.anchors.negatives()) this.clearNegative(zone);
  }

  /** By name, the root first. */
  negatives(): readonly WatchedNegative[] {
    return this.watched().sort((a, b) => compareNames(a.zone, b.zone));
  }

  /** Whether the last check found that a negative anchor is no longer needed. */
  isUnneeded(zone: DomainName): boolean {
    return this.watch.isUnneeded(zone);
  }

  /** Who set the anchor of a name at run time; undefined for one that is from the configuration alone. */
  authorOf(zone: DomainName, kind: 'positive' | 'negative'): AnchorAuthor | undefined {
    return this.book.authorOf(zone, kind);
  }

  /** Whether the anchor file holds anchors of this name. */
  isInFile(zone: DomainName): boolean {
    return this.book.isInFile(zone);
  }

  /** The anchors of another configuration, without those set by commands. Throws a `StartError`, and then nothing changes. */
  prepare(config: Pick<Config, 'dnssec' | 'kedge'>): PreparedAnchors {
    const base = readAnchorBase(config);
    const anchors = new AnchorBook(base).inForce(this.parts.clock.wallSeconds());
    return {
      anchors,
      ...anchorDifference(this.anchors, anchors),
      lost: this.book.lostEdits(this.anchors, anchors),
      commit: () => {
        this.config = config;
        this.book.replaceBase(base);
        this.book.dropEdits();
        this.scheduleRefresh();
        this.watchNegatives();
        this.giveNotice();
      },
    };
  }

  private edit(edits: readonly AnchorEdit[], zone: DomainName): void {
    for (const edit of edits) this.book.add(edit);
    this.putInForce(Region.below(zone));
  }

  private putInForce(region: Region): number {
    const anchors = this.book.inForce(this.parts.clock.wallSeconds());
    const count = this.parts.change({ anchors }, region);
    this.watchNegatives();
    return count;
  }

  /** A negative anchor's time is over. */
  private end(zone: DomainName): void {
    const wiped = this.putInForce(Region.below(zone));
    this.parts.log.always('info', 'a negative trust anchor has ended: the zone is validated again', {
      zone: nameText(zone),
      wiped,
    });
  }

  private watched(): WatchedNegative[] {
    return this.anchors.negatives().map(({ zone, reason }) => {
      const expiresAt = this.book.endOf(zone);
      return expiresAt === undefined ? { zone, reason } : { zone, reason, expiresAt };
    });
  }

  private watchNegatives(): void {
    this.watch.set(this.watched());
  }

  /** `dnssec.trustanchorfile_interval`: the file may change while the program runs, as with a package's root.key. */
  private scheduleRefresh(): void {
    this.refreshTimer?.cancel();
    this.refreshTimer = undefined;
    const { trustanchorfile, trustanchorfile_interval } = this.config.dnssec;
    if (trustanchorfile === '' || trustanchorfile_interval === 0) return;
    const { timers, clock } = this.parts;
    const atMs = clock.monotonicMs() + trustanchorfile_interval * HOUR_MS;
    this.refreshTimer = timers.at(atMs, () => {
      this.refresh();
      this.scheduleRefresh();
    });
  }

  /** Reads the anchor file again. With an error the anchors stay as they are. */
  refresh(): void {
    const { log, clock } = this.parts;
    try {
      this.book.replaceBase(readAnchorBase(this.config));
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      log.error('the trust anchors stay as they are', { why: error.message });
      return;
    }
    const { zones, lines } = anchorDifference(this.anchors, this.book.inForce(clock.wallSeconds()));
    if (zones.length === 0) return;
    this.putInForce(Region.below(...zones));
    for (const line of lines) log.always('info', line, { file: this.config.dnssec.trustanchorfile });
  }

  private giveNotice(): void {
    const notice = anchorFileNotice(this.config);
    if (notice !== undefined) this.parts.log.info(notice, { file: this.config.dnssec.trustanchorfile });
    this.watch.warnOfLongLives((zone, expiresAt) =>
      this.parts.log.warn('a negative trust anchor lasts longer than the week that RFC 7646 advises', {
        zone: nameText(zone),
        ends: expiryText(expiresAt),
      }),
    );
  }
}
