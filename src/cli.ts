#!/usr/bin/env node
import { main } from './cli/main.ts';

/** A handle that somebody forgot must not keep a finished command alive. */
const LINGER_MS = 1000;

process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), LINGER_MS).unref();
