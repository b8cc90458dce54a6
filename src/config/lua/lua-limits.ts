// What one run of a Lua file may cost: instructions, time, memory. Ends a run that a slip of the pen made endless.

/** Longest string that a file may build or read, octets. */
export const MAX_STRING_OCTETS = 16 * 1024 * 1024;
/** Virtual machine instructions between two looks at the limits. */
export const INSTRUCTIONS_PER_CHECK = 100;

const DEFAULT_INSTRUCTIONS = 50_000_000;
/** Wall-clock time of one run. */
const MAX_RUN_MS = 5000;
/** Growth of the process during one run. */
const MAX_MEMORY_OCTETS = 256 * 1024 * 1024;
/** Memory is looked at after so much was written into strings, or so many checks: the look is slow. */
const OCTETS_PER_MEMORY_CHECK = 32 * 1024 * 1024;
const CHECKS_PER_MEMORY_CHECK = 1000;
/** Strings made between two looks at the clock. */
const STRINGS_PER_CHECK = 256;

/** A limit was passed; the message says which. */
export class LuaLimitError extends Error {
  override readonly name = 'LuaLimitError';
}

/** The account of one run. Once a limit is passed, every further check throws, so that `pcall` cannot go on. */
export class LuaLimits {
  private readonly maxInstructions: number;
  private readonly endsAtMs: number;
  private readonly memoryAtStart: number;
  private instructions = 0;
  private checks = 0;
  private strings = 0;
  private octetsUntilMemoryCheck = OCTETS_PER_MEMORY_CHECK;
  /** Why the run must end, once a limit is passed. */
  passed: string | undefined;

  constructor(maxInstructions = DEFAULT_INSTRUCTIONS) {
    this.maxInstructions = maxInstructions;
    this.endsAtMs = performance.now() + MAX_RUN_MS;
    this.memoryAtStart = memoryInUse();
  }

  /** Accounts for work done. */
  spend(instructions: number): void {
    if (this.passed !== undefined) throw new LuaLimitError(this.passed);
    this.instructions += instructions;
    if (this.instructions > this.maxInstructions) {
      this.stop(`the file runs too long: more than ${this.maxInstructions} instructions; is there an endless loop?`);
    }
    if (performance.now() > this.endsAtMs) {
      this.stop(`the file runs too long: more than ${MAX_RUN_MS / 1000} seconds; is there an endless loop?`);
    }
    if (++this.checks % CHECKS_PER_MEMORY_CHECK === 0) this.checkMemory();
  }

  /** Accounts for a string that the machine makes. */
  spendString(octets: number): void {
    if (octets > MAX_STRING_OCTETS) throw new LuaLimitError(tooLongText(octets));
    if (++this.strings % STRINGS_PER_CHECK === 0 && this.passed === undefined) this.spend(1);
    this.octetsUntilMemoryCheck -= octets;
    if (this.octetsUntilMemoryCheck > 0) return;
    this.octetsUntilMemoryCheck = OCTETS_PER_MEMORY_CHECK;
    this.checkMemory();
  }

  private checkMemory(): void {
    if (memoryInUse() - this.memoryAtStart <= MAX_MEMORY_OCTETS) return;
    this.stop(`the file needs too much memory: more than ${MAX_MEMORY_OCTETS / 1024 / 1024} MiB`);
  }

  private stop(reason: string): never {
    this.passed = reason;
    throw new LuaLimitError(reason);
  }
}

/** Why a string may not be made. */
export function tooLongText(octets: number): string {
  return `a string of ${octets} octets is too long; at most ${MAX_STRING_OCTETS} are allowed`;
}

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
