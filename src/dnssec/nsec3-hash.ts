// The one function that computes NSEC3 hashes (RFC 5155 5): it charges the budget before it works, and remembers.
import type { DomainName } from '../wire/name.ts';
import { MAX_NAME_OCTETS } from '../wire/name.ts';
import { latin1 } from '../wire/record.ts';
import type { MessageWork } from './budget.ts';
import { iteratedSha1 } from './sha1.ts';

/** A salt's length is one octet (RFC 5155 3.1.4). */
const MAX_SALT_OCTETS = 255;

const scratch = new Uint8Array(MAX_NAME_OCTETS + MAX_SALT_OCTETS);

/** Hashes for the records of one message: each (name, salt, iterations) is computed, and charged, once. */
export class Nsec3Hasher {
  readonly #work: MessageWork;
  readonly #known = new Map<string, Uint8Array>();

  constructor(work: MessageWork) {
    this.#work = work;
  }

  /** The 20-octet hash of a name; undefined when the budget is used up, and then for good. */
  hash(name: DomainName, salt: Uint8Array, iterations: number): Uint8Array | undefined {
    const key = `${iterations}/${latin1(salt)}/${name.key}`;
    let hash = this.#known.get(key);
    if (hash === undefined) {
      if (this.#work.exhausted || !this.#work.chargeHash(iterations, salt.length)) return undefined;
      hash = nsec3Hash(name, salt, iterations);
      this.#known.set(key, hash);
    }
    return hash;
  }
}

/**
 * The hash of a name that lies from `start` to `end` in octets, in lower case; charged like any other, and not remembered.
 * Undefined when the budget is used up.
 */
export function nsec3HashOfOctets(
  work: MessageWork,
  octets: Uint8Array,
  start: number,
  end: number,
  salt: Uint8Array,
  iterations: number,
): Uint8Array | undefined {
  if (work.exhausted || !work.chargeHash(iterations, salt.length)) return undefined;
  for (let at = start; at < end; at++) scratch[at - start] = octets[at] ?? 0;
  return hashOfScratch(end - start, salt, iterations);
}

/** The hash without a budget, for those who sign; validation uses `Nsec3Hasher`. */
export function nsec3Hash(name: DomainName, salt: Uint8Array, iterations: number): Uint8Array {
  const { key } = name;
  // The key is the name in lower case, one character an octet: its canonical form.
  for (let index = 0; index < key.length; index++) scratch[index] = key.charCodeAt(index);
  return hashOfScratch(key.length, salt, iterations);
}

/** The hash of the name in the first octets of the scratch area (RFC 5155 5). */
function hashOfScratch(octets: number, salt: Uint8Array, iterations: number): Uint8Array {
  scratch.set(salt, octets);
  return iteratedSha1(scratch, octets + salt.length, salt, iterations);
}
