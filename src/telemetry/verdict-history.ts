// How zones were judged, and each time that this has changed. Fed by what the chain of trust decides about zones, which
// happens once in a zone's TTL and not for each query.
import { failureOf, failureText, insecureReasons, type Verdict } from '../dnssec/verdict.ts';
import { causeOfVerdict } from '../explain/cause.ts';
import { type CauseCode, causeRow } from '../explain/causes.ts';
import type { DomainName } from '../wire/name.ts';
import { Ring } from './ring.ts';

const MAX_ENTRIES = 1000;
/** Zones whose last state is remembered; one that is forgotten starts anew. */
const MAX_ZONES = 10_000;

/** A zone as the chain of trust has judged it. */
export type DecidedZone = Exclude<Verdict, { status: 'indeterminate' }> & { readonly zone: DomainName };
export type ZoneState = DecidedZone['status'];

export interface HistoryEntry {
  /** Unix seconds. */
  readonly atSeconds: number;
  readonly from: ZoneState | 'unknown';
  readonly decided: DecidedZone;
}

export class VerdictHistory {
  private readonly states = new Map<string, ZoneState>();
  private readonly changes = new Ring<HistoryEntry>(MAX_ENTRIES);

  /**
   * Takes down a change. That a zone is met for the first time is one if it is bogus, or if it has an anchor of its own:
   * of all others there would be too many.
   */
  note(decided: DecidedZone, nowSeconds: number): void {
    const { key } = decided.zone;
    const before = this.states.get(key);
    if (before === decided.status) return;
    if (before === undefined && this.states.size >= MAX_ZONES) this.forgetOldest();
    this.states.set(key, decided.status);
    if (before === undefined && decided.status !== 'bogus' && !isAnchored(decided)) return;
    this.changes.add({ atSeconds: nowSeconds, from: before ?? 'unknown', decided: withoutKeys(decided) });
  }

  newestFirst(): Generator<HistoryEntry> {
    return this.changes.newestFirst();
  }

  private forgetOldest(): void {
    for (const key of this.states.keys()) {
      this.states.delete(key);
      return;
    }
  }
}

/** A secure zone comes with its keys, ready for use: a thousand of them would be much memory. */
function withoutKeys(decided: DecidedZone): DecidedZone {
  const { zone } = decided;
  return decided.status === 'secure' ? { status: 'secure', zone, chain: decided.chain } : decided;
}

/** Whether the chain begins at the zone itself. */
function isAnchored({ chain, zone }: DecidedZone): boolean {
  const start = chain?.previous;
  return start !== undefined && start.previous === undefined && 'zone' in start.link && start.link.zone.equals(zone);
}

/** What was found, in words, and for a bogus zone its code in the table of causes. */
export function changeWords({ decided }: HistoryEntry): { readonly text: string; readonly cause?: CauseCode } {
  switch (decided.status) {
    case 'secure': {
      const link = decided.chain.link;
      if (link.kind !== 'dnskey') return { text: 'the chain of trust holds' };
      return { text: `the chain of trust holds: key ${link.signature.keyTag} signs the DNSKEY set` };
    }
    case 'insecure':
      return { text: insecureReasons[decided.reason].text };
    case 'bogus': {
      const cause = causeOfVerdict(decided);
      const link = failureOf(decided);
      const text = link === undefined ? 'the chain of trust is broken' : failureText(link);
      return cause === undefined ? { text } : { text: link === undefined ? causeRow(cause).text : text, cause };
    }
    default:
      return decided satisfies never;
  }
}
