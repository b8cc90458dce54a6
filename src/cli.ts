// The program: the command that its arguments name.
import { commandLine, main } from './cli/main.ts';

/** A handle that somebody forgot must not keep a finished command alive. */
const LINGER_MS = 1000;

void main(commandLine(process.argv)).then((exitCode) => {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});
