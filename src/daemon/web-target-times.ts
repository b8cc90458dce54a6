// Times and texts as the HTTP API has them.

/** ISO 8601, UTC, without fractions: `2026-11-22T21:40:00Z`. */
export function isoTime(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

export function roundedTo(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** What was made within the last `lifeMs` milliseconds, or else made anew: for what many look at and is dear to make. */
export class Kept<T> {
  private readonly nowMs: () => number;
  private readonly lifeMs: number;
  private readonly make: () => T;
  private present: { readonly value: T; readonly madeAtMs: number } | undefined;

  constructor(lifeMs: number, nowMs: () => number, make: () => T) {
    this.lifeMs = lifeMs;
    this.nowMs = nowMs;
    this.make = make;
  }

  get(): T {
    const nowMs = this.nowMs();
    if (this.present === undefined || nowMs - this.present.madeAtMs >= this.lifeMs) {
      this.present = { value: this.make(), madeAtMs: nowMs };
    }
    return this.present.value;
  }

  /** What it shows has changed. */
  forget(): void {
    this.present = undefined;
  }
}
