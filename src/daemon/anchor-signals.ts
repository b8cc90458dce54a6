// Tells the servers of anchored zones which keys are trusted here (RFC 8145 5), once a day: those who roll the keys of
// such a zone, the root first of all, see so how many resolvers know the new one.
import { keyTag } from '../dnssec/key-tag.ts';
import type { PositiveAnchor, TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Timers } from '../ports/timers.ts';
import { RRType } from '../wire/constants.ts';
import { DomainName, MAX_NAME_OCTETS } from '../wire/name.ts';

const EVERY_MS = 24 * 3_600_000;
/** The first is sent so long after the start, and up to as much later: not by programs that run for a moment. */
const FIRST_AFTER_MS = 5 * 60_000;
/** Zones told in one go. */
const MAX_ZONES = 100;
/** Key tags that one label has room for: `_ta`, and five octets for each. */
const MAX_TAGS = 12;

export interface AnchorSignalsParts {
  readonly anchors: Pick<TrustAnchors, 'anchors' | 'closest'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly random: Random;
  /** Asks a question anew, whatever is known, and waits for nothing. */
  readonly ask: (name: DomainName, type: number) => void;
}

export class AnchorSignals {
  private readonly parts: AnchorSignalsParts;

  constructor(parts: AnchorSignalsParts) {
    this.parts = parts;
  }

  start(): void {
    this.schedule(FIRST_AFTER_MS + this.parts.random.below(FIRST_AFTER_MS));
  }

  private schedule(afterMs: number): void {
    const { clock, timers } = this.parts;
    timers.at(clock.monotonicMs() + afterMs, () => {
      this.send();
      this.schedule(EVERY_MS);
    });
  }

  /** One question for each anchor that is in force: one behind a negative anchor is not (RFC 7646 3). */
  private send(): void {
    const { anchors, ask } = this.parts;
    const inForce = anchors.anchors().filter(({ zone }) => anchors.closest(zone)?.kind === 'anchor');
    for (const anchor of inForce.slice(0, MAX_ZONES)) {
      const name = signalName(anchor);
      if (name !== undefined) ask(name, RRType.NULL);
    }
  }
}

/** `_ta-4f66-9728.`: the key tags of an anchor, ascending, in front of its zone (RFC 8145 5.1). */
export function signalName({ zone, ds, dnskeys }: PositiveAnchor): DomainName | undefined {
  const tags = new Set([...ds.map((entry) => entry.keyTag), ...dnskeys.map((rdata) => keyTag(rdata))]);
  if (tags.size === 0) return undefined;
  const ascending = [...tags].sort((left, right) => left - right).slice(0, MAX_TAGS);
  const label = ['_ta', ...ascending.map((tag) => tag.toString(16).padStart(4, '0'))].join('-');
  const octets = new TextEncoder().encode(label);
  if (1 + octets.length + zone.octets.length > MAX_NAME_OCTETS) return undefined;
  return DomainName.fromOctets(Uint8Array.from([octets.length, ...octets, ...zone.octets]));
}
