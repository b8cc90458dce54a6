// Who changed what over HTTP: kept for the page, and a line of the log each.
import type { Log } from './log.ts';
import { Ring } from './ring.ts';

const MAX_ENTRIES = 500;
/** Of what was given, and of what came of it. */
const MAX_TEXT = 1100;

/** A change, or the attempt at one. */
export interface AuditedChange {
  /** Unix seconds. */
  readonly atSeconds: number;
  /** Address of who asked for it. */
  readonly client: string;
  /** What was wanted, in a few words: `add trust anchor`. */
  readonly action: string;
  /** In presentation form, or as it was given where it is no name. */
  readonly zone: string | undefined;
  readonly text: string;
  readonly ok: boolean;
  readonly outcome: string;
}

export class AuditTrail {
  private readonly entries = new Ring<AuditedChange>(MAX_ENTRIES);
  private readonly log: Pick<Log, 'always'>;

  constructor(log: Pick<Log, 'always'>) {
    this.log = log;
  }

  add(change: AuditedChange): void {
    const { client, action, ok } = change;
    const [zone, text, outcome] = [change.zone?.slice(0, MAX_TEXT), bounded(change.text), bounded(change.outcome)];
    this.entries.add({ ...change, zone, text, outcome });
    const fields = { client, action, zone, text: text || undefined, outcome };
    this.log.always(ok ? 'info' : 'warn', ok ? 'changed over HTTP' : 'not changed over HTTP', fields);
  }

  newestFirst(): Generator<AuditedChange> {
    return this.entries.newestFirst();
  }
}

function bounded(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}
