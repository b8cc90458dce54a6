// tsc writes plain files; the entry point of the `kedge` command must be executable.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli.js', import.meta.url), 0o755);
