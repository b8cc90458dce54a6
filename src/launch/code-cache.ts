// The whole program as one script, and what V8 made of it when it was built. To read and compile the program anew takes a
// quarter of a start. scripts/compile.mjs makes the cache.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

/** SHA-256, behind the cache: V8 runs what is damaged, and dies of it. */
const HASH_OCTETS = 32;

/**
 * Where the cache of a script lies. The script's name says what is in it; of Node.js the release is not enough, because V8
 * does not check what else may differ: its builtins and tables belong to one executable. Throws where that cannot be looked
 * at.
 */
export function codeCacheOf(script: URL): URL {
  const { version, arch, execPath } = process;
  const build = [version, arch, statSync(execPath).size, cachedDataVersionTag()].join('-');
  return new URL(`${script.href}.${build}.cache`);
}

/** What a file holds that has a cache in it. */
export function sealed(cache: Uint8Array): Uint8Array {
  return Buffer.concat([cache, hashOf(cache)]);
}

function unsealed(file: Buffer): Buffer | undefined {
  const end = file.length - HASH_OCTETS;
  const cache = file.subarray(0, Math.max(end, 0));
  return file.subarray(cache.length).equals(hashOf(cache)) ? cache : undefined;
}

function hashOf(octets: Uint8Array): Buffer {
  return createHash('sha256').update(octets).digest();
}

/** The script, compiled from its cache; undefined where there is none that is whole and fits. */
export function cachedScript(script: URL): Script | undefined {
  try {
    const cachedData = unsealed(readFileSync(codeCacheOf(script)));
    if (cachedData === undefined) return undefined;
    const compiled = new Script(sourceOf(script), { filename: script.href, cachedData });
    return compiled.cachedDataRejected === true ? undefined : compiled;
  } catch {
    // Nothing of this is needed for a start.
    return undefined;
  }
}

/** The text of a script; all of it is ASCII (scripts/build.mjs). */
export function sourceOf(script: URL): string {
  return readFileSync(fileURLToPath(script), 'latin1');
}

/** Runs a script: a function that takes what a module of the program expects around it. */
export function runScript(script: Script, location: URL): void {
  const program: (require: NodeJS.Require, location: string) => void = script.runInThisContext();
  program(createRequire(location), location.href);
}
