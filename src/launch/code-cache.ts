// The whole program as one script, and what V8 made of it when it was built. To read and compile the program anew takes a
// quarter of a start. scripts/compile.mjs makes the cache.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

/**
 * Where the cache of a script lies. The script's name says what is in it; of Node.js the release is not enough, because V8
 * does not check what else may differ: its builtins and tables belong to one executable.
 */
export function codeCacheOf(script: URL): URL {
  const { version, arch, execPath } = process;
  const build = [version, arch, statSync(execPath).size, cachedDataVersionTag()].join('-');
  return new URL(`${script.href}.${build}.cache`);
}

/** The script, with its cache where there is one; undefined when there is none that V8 takes. */
export function readScript(script: URL, cache?: URL): Script | undefined {
  try {
    const cachedData = cache === undefined ? undefined : readFileSync(fileURLToPath(cache));
    // All of it is ASCII (scripts/build.mjs).
    const source = readFileSync(fileURLToPath(script), 'latin1');
    const compiled = new Script(source, { filename: script.href, ...(cachedData && { cachedData }) });
    return compiled.cachedDataRejected === true ? undefined : compiled;
  } catch {
    return undefined;
  }
}

/** Runs a script: a function that takes what a module of the program expects around it. */
export function runScript(script: Script, location: URL): void {
  const program: (require: NodeJS.Require, location: string) => void = script.runInThisContext();
  program(createRequire(location), location.href);
}
