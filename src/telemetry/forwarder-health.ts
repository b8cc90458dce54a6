// How the configured forwarders behave: what was asked of each, and what came of it. Other servers are not watched, so that
// the work for a query that goes elsewhere is one look into a small map.
import type { Ask, Outcome } from '../ports/exchange.ts';

/** Failures in a row from which a forwarder counts as failing. */
const FAILING_AFTER = 2;

export interface ForwarderRecord {
  readonly queries: number;
  readonly timeouts: number;
  /** Attempts without a usable reply since the last one that had it. */
  readonly failuresInRow: number;
  /** Unix seconds; undefined before the first reply. */
  readonly lastReplySeconds: number | undefined;
  /** How the last attempt ended, where it did not end well; `tls-failed` comes with a reason. */
  readonly trouble: string | undefined;
}

type MutableRecord = { -readonly [K in keyof ForwarderRecord]: ForwarderRecord[K] };

export class ForwarderHealth {
  private records = new Map<string, MutableRecord>();

  /** Watches these servers, by key, and no others; those that were watched before keep what is known of them. */
  watch(keys: Iterable<string>): void {
    const { records } = this;
    this.records = new Map(Array.from(keys, (key) => [key, records.get(key) ?? newRecord()]));
  }

  note({ server }: Pick<Ask, 'server'>, outcome: Outcome, wallSeconds: () => number): void {
    if (this.records.size === 0) return;
    const record = this.records.get(server.key);
    if (record === undefined || outcome.kind === 'no-socket') return;
    record.queries++;
    switch (outcome.kind) {
      case 'reply':
      case 'truncated':
        record.failuresInRow = 0;
        record.lastReplySeconds = wallSeconds();
        record.trouble = undefined;
        return;
      case 'timeout':
        record.timeouts++;
        break;
      case 'malformed':
      case 'spoof-suspected':
      case 'connection-refused':
      case 'unreachable':
      case 'tls-failed':
        break;
      default:
        outcome satisfies never;
    }
    record.failuresInRow++;
    record.trouble = outcome.kind === 'tls-failed' ? `TLS: ${outcome.reason}` : troubles[outcome.kind];
  }

  /** Undefined for a server that is not watched. */
  of(key: string): ForwarderRecord | undefined {
    return this.records.get(key);
  }
}

const troubles = {
  timeout: 'it did not answer in time',
  malformed: 'its reply could not be read',
  'spoof-suspected': 'its replies did not fit the question',
  'connection-refused': 'nothing listens there',
  unreachable: 'the network is unreachable',
} as const;

function newRecord(): MutableRecord {
  return { queries: 0, timeouts: 0, failuresInRow: 0, lastReplySeconds: undefined, trouble: undefined };
}

/** Unknown while nothing has been asked, or too little has gone wrong to say. */
export function forwarderState(record: ForwarderRecord | undefined): 'ok' | 'failing' | 'unknown' {
  if (record === undefined || record.queries === 0) return 'unknown';
  if (record.failuresInRow >= FAILING_AFTER) return 'failing';
  return record.failuresInRow === 0 || record.lastReplySeconds !== undefined ? 'ok' : 'unknown';
}
