/** A wake-up that was asked for. */
export interface Timer {
  /** Forgets the wake-up; harmless when it has happened. */
  cancel(): void;
}

/** Wake-ups at instants of the monotonic clock. The driver decides how they come about. */
export interface Timers {
  /** Calls `wake` once, not before `atMs` (monotonic), and never from within this call. */
  at(atMs: number, wake: () => void): Timer;
  /**
   * For the middle of long work: clients whose answers are at hand get them now. Nothing else happens, so that whoever
   * calls finds everything as it was.
   */
  breathe?(): void;
}
