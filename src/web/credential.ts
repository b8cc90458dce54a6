// A key or password that clients have to show. Only a hash of it is kept; comparing takes the same time for all that are
// wrong, and is done in the thread pool.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { MAX_HASHES_AT_ONCE } from './limits.ts';

/** Cost of the hash of a key that was configured in plain text. */
const PLAIN_LOG_COST = 14;
const PLAIN_BLOCK_SIZE = 8;
const PLAIN_PARALLELISM = 1;
const SALT_OCTETS = 16;
const KEY_OCTETS = 32;
/** Longer ones are wrong without a look: no header can carry them. */
const MAX_TEXT_LENGTH = 4096;

/** What scrypt made of a key, and with which cost. */
export interface ScryptHash {
  /** Binary logarithm of the cost. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

/** `busy`: too many are being looked at; ask again. */
export type Verdict = 'right' | 'wrong' | 'busy';

let running = 0;

export class Credential {
  private hash: ScryptHash | Promise<ScryptHash> | undefined;
  private plain: string | undefined;
  /** SHA-256 of the text that was found right, so that only the first request of a client costs a hash. */
  private known: Uint8Array | undefined;
  /** By SHA-256 of the text. */
  private readonly asked = new Map<string, Promise<Verdict>>();

  /** `configured`: plain text, or its hash. */
  constructor(configured: string | ScryptHash) {
    if (typeof configured === 'string') this.plain = configured;
    else this.hash = configured;
  }

  async check(text: string): Promise<Verdict> {
    if (text.length === 0 || text.length > MAX_TEXT_LENGTH) return 'wrong';
    const digest = createHash('sha256').update(text).digest();
    if (this.known !== undefined && timingSafeEqual(this.known, digest)) return 'right';
    // A browser shows the same one in many requests at once.
    const key = digest.toString('latin1');
    const asked = this.asked.get(key);
    if (asked !== undefined) return await asked;
    if (running >= MAX_HASHES_AT_ONCE) return 'busy';
    running++;
    const verdict = this.compare(text, digest).finally(() => {
      running--;
      this.asked.delete(key);
    });
    this.asked.set(key, verdict);
    return await verdict;
  }

  private async compare(text: string, digest: Uint8Array): Promise<Verdict> {
    const hash = await this.hashed();
    if (hash === undefined || !timingSafeEqual(await scryptOf(text, hash), hash.key)) return 'wrong';
    this.known = digest;
    return 'right';
  }

  private async hashed(): Promise<ScryptHash | undefined> {
    const { plain } = this;
    if (plain !== undefined) {
      // Whoever comes next waits for the same hash, and the plain text is gone.
      this.plain = undefined;
      this.hash = hashOf(plain);
    }
    return await this.hash;
  }
}

async function hashOf(text: string): Promise<ScryptHash> {
  const cost = { logCost: PLAIN_LOG_COST, blockSize: PLAIN_BLOCK_SIZE, parallelism: PLAIN_PARALLELISM };
  const unkeyed = { ...cost, salt: randomBytes(SALT_OCTETS), key: new Uint8Array(KEY_OCTETS) };
  return { ...unkeyed, key: await scryptOf(text, unkeyed) };
}

function scryptOf(text: string, { logCost, blockSize, parallelism, salt, key }: ScryptHash): Promise<Uint8Array> {
  const cost = 2 ** logCost;
  const options = { N: cost, r: blockSize, p: parallelism, maxmem: 128 * cost * blockSize * 2 + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, key.length, options, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });
}
