#!/usr/bin/env node
// Where the built program begins: from the cache of V8's code that the build has made for this Node.js, or as modules.
import { cachedScript, runScript } from './code-cache.ts';

/** Where the two forms of the program lie; put in by scripts/build.mjs. */
declare const PROGRAM_SCRIPT: string;
declare const PROGRAM_MODULES: string;

const location = new URL(PROGRAM_SCRIPT, import.meta.url);
const script = cachedScript(location);
if (script === undefined) await import(PROGRAM_MODULES);
else runScript(script, location);
