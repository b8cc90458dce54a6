// A converted configuration means what the original meant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convertedText } from '../../src/config/convert.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';

const rows = [
  { text: 'kedge: {sha1: validate}\n', want: 150 },
  { text: 'dnssec: {nsec3_max_iterations: 50}\nkedge: {sha1: validate}\n', want: 50 },
  { text: 'dnssec: {nsec3_max_iterations: 20}\nkedge: {sha1: validate}\n', want: 20 },
];

test.each(rows)('$text keeps its iterations when it is converted', ({ text, want }) => {
  const directory = mkdtempSync(join(tmpdir(), 'kedge-'));
  try {
    const file = join(directory, 'recursor.yml');
    writeFileSync(file, text);
    const loaded = loadConfig(file);
    if (!loaded.result.ok) throw new Error(JSON.stringify(loaded.result));
    expect(loaded.draft.dnssec.nsec3_max_iterations).toBe(want);
    const converted = parseConfig(convertedText(loaded, loaded.result.config), file);
    expect(converted.ok && converted.config.dnssec.nsec3_max_iterations).toBe(want);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
