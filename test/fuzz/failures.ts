// What a run found: each failure with the octets that caused it, where they are known.

/** More are counted, but not described. */
const MAX_DESCRIBED = 20;

export class Failures {
  count = 0;
  readonly lines: string[] = [];

  add(what: string, octets?: Uint8Array): void {
    this.count++;
    if (this.lines.length >= MAX_DESCRIBED) return;
    this.lines.push(octets === undefined ? what : `${what}\n  ${Buffer.from(octets).toString('hex')}`);
  }

  /** Runs `work`; what it throws is a failure. */
  guard(what: string, octets: Uint8Array, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.add(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, octets);
    }
  }
}

/** Counts by kind, in the order first seen. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(kind: string, by = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + by);
  }

  get(kind: string): number {
    return this.counts.get(kind) ?? 0;
  }

  /** `NOERROR 10, SERVFAIL 2`. */
  text(): string {
    return [...this.counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  }
}

/** What one part of the run did. */
export interface PartResult {
  readonly name: string;
  readonly packets: number;
  readonly seconds: number;
  readonly outcomes: string;
}
