// SHA-1 (FIPS 180-4 6.1) for the short inputs of NSEC3 and DS: calling OpenSSL for one block costs five times as much.

/** Octets of a SHA-1 digest. */
export const SHA1_OCTETS = 20;
const DIGEST_WORDS = 5;
const BLOCK_OCTETS = 64;
const BLOCK_WORDS = 16;
/** What padding adds at least: one octet and the length in bits. */
const PADDING_OCTETS = 9;

/** A block's sixteen words, and the 64 that are made of them. */
const schedule = new Int32Array(80);
const state = new Int32Array(DIGEST_WORDS);
const padded = new Uint8Array(2 * BLOCK_OCTETS);

/** The digest of `input`, as new octets. */
export function sha1(input: Uint8Array): Uint8Array {
  hashIntoState(input, input.length);
  const digest = new Uint8Array(SHA1_OCTETS);
  writeState(digest);
  return digest;
}

/**
 * The iterated hash of NSEC3 (RFC 5155 5): the digest of the first `length` octets of `input`, then `iterations` times
 * the digest of the last digest and `salt`.
 */
export function iteratedSha1(input: Uint8Array, length: number, salt: Uint8Array, iterations: number): Uint8Array {
  hashIntoState(input, length);
  const digest = new Uint8Array(SHA1_OCTETS);
  if (SHA1_OCTETS + salt.length + PADDING_OCTETS <= BLOCK_OCTETS) {
    rehashInOneBlock(salt, iterations);
    writeState(digest);
    return digest;
  }
  const salted = new Uint8Array(SHA1_OCTETS + salt.length);
  salted.set(salt, SHA1_OCTETS);
  for (let left = iterations; left > 0; left--) {
    writeState(salted);
    hashIntoState(salted, salted.length);
  }
  writeState(digest);
  return digest;
}

/** Hashes the state with a salt again and again; all words but the digest's stay the same. */
function rehashInOneBlock(salt: Uint8Array, iterations: number): void {
  padded.fill(0, 0, BLOCK_OCTETS);
  padded.set(salt, SHA1_OCTETS);
  padEnd(SHA1_OCTETS + salt.length, BLOCK_OCTETS, SHA1_OCTETS + salt.length);
  loadBlock(padded, 0);
  for (let left = iterations; left > 0; left--) {
    schedule.set(state);
    resetState();
    compress();
  }
}

function hashIntoState(input: Uint8Array, length: number): void {
  resetState();
  let offset = 0;
  for (; offset + BLOCK_OCTETS <= length; offset += BLOCK_OCTETS) {
    loadBlock(input, offset);
    compress();
  }
  const rest = length - offset;
  const end = rest + PADDING_OCTETS <= BLOCK_OCTETS ? BLOCK_OCTETS : 2 * BLOCK_OCTETS;
  padded.fill(0);
  padded.set(input.subarray(offset, length));
  padEnd(rest, end, length);
  for (let start = 0; start < end; start += BLOCK_OCTETS) {
    loadBlock(padded, start);
    compress();
  }
}

/** The padding of FIPS 180-4 5.1.1 in `padded`: a one bit after `used` octets, and the length in bits before `end`. */
function padEnd(used: number, end: number, length: number): void {
  padded[used] = 0x80;
  // Eight octets in all; inputs here are far below 2^29 octets, so that four are enough.
  const bits = length * 8;
  padded[end - 4] = bits >>> 24;
  padded[end - 3] = bits >>> 16;
  padded[end - 2] = bits >>> 8;
  padded[end - 1] = bits;
}

function resetState(): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
}

function writeState(output: Uint8Array): void {
  for (let index = 0; index < DIGEST_WORDS; index++) {
    const word = state[index] ?? 0;
    output[index * 4] = word >>> 24;
    output[index * 4 + 1] = word >>> 16;
    output[index * 4 + 2] = word >>> 8;
    output[index * 4 + 3] = word;
  }
}

function loadBlock(octets: Uint8Array, offset: number): void {
  for (let index = 0; index < BLOCK_WORDS; index++) {
    const at = offset + index * 4;
    schedule[index] =
      ((octets[at] ?? 0) << 24) | ((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0);
  }
}

/** One round of the compression function: the schedule's first sixteen words into the state (FIPS 180-4 6.1.2). */
function compress(): void {
  const w = schedule;
  for (let index = BLOCK_WORDS; index < 80; index++) {
    const mixed = (w[index - 3] ?? 0) ^ (w[index - 8] ?? 0) ^ (w[index - 14] ?? 0) ^ (w[index - 16] ?? 0);
    w[index] = (mixed << 1) | (mixed >>> 31);
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  for (let index = 0; index < 20; index++) {
    const next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + (w[index] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 20; index < 40; index++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w[index] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 40; index < 60; index++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + 0x8f1bbcdc + (w[index] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 60; index < 80; index++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + (w[index] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
}
