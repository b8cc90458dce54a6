// Names of name servers for which no address is to be had: after some failures in a row they are left alone for a while
// (`outgoing.non_resolving_ns_max_fails`, `non_resolving_ns_throttle_time`).
import { LRUCache } from 'lru-cache';
import { DomainName } from '../wire/name.ts';

/** Names remembered. */
const MAX_NAMES = 10_000;

export interface NonResolvingOptions {
  /** Failures in a row from which a name is left alone; 0: never. */
  readonly maxFails: number;
  /** Seconds. */
  readonly throttleSeconds: number;
}

export const DEFAULT_NON_RESOLVING: NonResolvingOptions = { maxFails: 5, throttleSeconds: 60 };

export interface NonResolvingName {
  readonly name: DomainName;
  readonly fails: number;
  /** Seconds for which it is still left alone; 0 when it is not. */
  readonly throttledSeconds: number;
}

interface Failures {
  fails: number;
  /** Cache seconds. */
  until: number;
}

export class NonResolvingNames {
  private readonly options: NonResolvingOptions;
  /** Bounded by the sum of sizes: for `max` it takes all of its room at once. */
  private readonly names = new LRUCache<string, Failures>({ maxSize: MAX_NAMES, sizeCalculation: () => 1 });

  constructor(options: NonResolvingOptions = DEFAULT_NON_RESOLVING) {
    this.options = options;
  }

  record(name: DomainName, resolved: boolean, now: number): void {
    if (resolved || this.options.maxFails === 0) {
      this.names.delete(name.key);
      return;
    }
    const failures = this.names.get(name.key) ?? { fails: 0, until: 0 };
    failures.fails++;
    if (failures.fails >= this.options.maxFails) failures.until = now + this.options.throttleSeconds;
    this.names.set(name.key, failures);
  }

  isThrottled(name: DomainName, now: number): boolean {
    const failures = this.names.get(name.key);
    return failures !== undefined && failures.until > now;
  }

  clear(): void {
    this.names.clear();
  }

  *known(now: number): Generator<NonResolvingName> {
    for (const [key, { fails, until }] of [...this.names.entries()]) {
      yield { name: DomainName.fromKey(key), fails, throttledSeconds: Math.max(0, until - now) };
    }
  }
}
