// The root hints: the file that the configuration names, or the one that is shipped (RFC 9609).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/schema.ts';
import { RRType } from '../wire/constants.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { parseZoneText } from '../wire/zone-text.ts';
import { fileProblem, StartError } from './start-error.ts';

/** Larger than any list of root servers by orders of magnitude. */
const MAX_HINT_RECORDS = 1000;

export interface RootHints {
  /** NS, A and AAAA records; empty when the configuration wants none. */
  readonly records: readonly ResourceRecord[];
  /** Where they are from, for the log. */
  readonly source: string;
}

/** Reads the hints; throws a `StartError` that names file and line. */
export function readRootHints({ recursor }: Pick<Config, 'recursor'>): RootHints {
  const { hint_file } = recursor;
  if (hint_file === 'no' || hint_file === 'no-refresh') return { records: [], source: 'none (recursor.hint_file)' };
  const isShipped = hint_file === '';
  const file = isShipped ? fileURLToPath(new URL('../../anchors/root.hints', import.meta.url)) : hint_file;
  const records = hintRecords(readHintFile(file), file);
  return { records, source: isShipped ? 'built-in' : file };
}

function readHintFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(
      `cannot read the root hints ${file}: ${fileProblem(error)}`,
      'Correct recursor.hint_file, or remove it to use the built-in hints.',
      { cause: error },
    );
  }
}

function hintRecords(text: string, file: string): ResourceRecord[] {
  const { records, errors } = parseZoneText(text, { file, defaultTtl: 3_600_000 });
  const [error] = errors;
  if (error !== undefined) throw new StartError(`the root hints are no zone file: ${error.message}`);
  const hints = records.filter(({ type }) => type === RRType.NS || type === RRType.A || type === RRType.AAAA);
  const servers = hints.filter(({ type, name }) => type === RRType.NS && name.isRoot);
  const addresses = hints.filter(({ type }) => type !== RRType.NS);
  if (servers.length === 0 || addresses.length === 0 || hints.length > MAX_HINT_RECORDS) {
    throw new StartError(
      `the root hints ${file} hold ${servers.length} name servers of the root and ${addresses.length} addresses`,
      'At least one of each is needed; remove recursor.hint_file to use the built-in hints.',
    );
  }
  return hints;
}
