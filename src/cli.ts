#!/usr/bin/env node
import { commandLine, main } from './cli/main.ts';

/** A handle that somebody forgot must not keep a finished command alive. */
const LINGER_MS = 1000;

process.exitCode = await main(commandLine(process.argv));
setTimeout(() => process.exit(), LINGER_MS).unref();
