// A large configuration loads in less than a second: nothing in it is quadratic. What is measured is processor time, and
// the bound is generous, so that a busy machine does not fail it. KEDGE_TIMES=1 prints the figures.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lintConfig } from '../../src/config/lint.ts';
import { loadConfig } from '../../src/config/load.ts';

const directory = mkdtempSync(join(tmpdir(), 'kedge-large-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ZONES = 10_000;
const ANCHORS = 1_000;
const BOUND_MS = 3_000;

const zoneName = (index: number) => `z${index}.home.arpa`;
const zones = Array.from({ length: ZONES }, (_, index) => zoneName(index));
const ds = (index: number) => `${index} 13 2 ${index.toString(16).padStart(64, '0')}`;
const anchors = Array.from({ length: ANCHORS }, (_, index) => index);

function fileWith(name: string, lines: readonly string[]): string {
  const file = join(directory, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

const lua = fileWith(
  'anchors.lua',
  anchors.map((index) => `addTA("${zoneName(index)}", "${ds(index)}")`),
);
const manyOfOne = fileWith(
  'one.lua',
  anchors.map((index) => `addTA("home.arpa", "${ds(index)}")`),
);
const forwards = fileWith(
  'forwards',
  zones.map((zone) => `${zone}=127.0.0.1:5300, 127.0.0.2:5300`),
);

/** Processor time of this process so far, milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const cases: readonly { name: string; file: string; anchorSets: number }[] = [
  {
    name: 'YAML',
    file: fileWith('recursor.yml', [
      'dnssec:',
      '  trustanchors:',
      ...anchors.map((index) => `    - {name: ${zoneName(index)}, dsrecords: [${ds(index)}]}`),
      'recursor:',
      '  forward_zones:',
      ...zones.map((zone) => `    - {zone: ${zone}, forwarders: ['127.0.0.1:5300', '127.0.0.2:5300']}`),
    ]),
    anchorSets: ANCHORS,
  },
  {
    name: 'one line a zone, with +=, and Lua',
    file: fileWith('lines.conf', [
      `lua-config-file=${lua}`,
      'forward-zones=',
      ...zones.map((zone) => `forward-zones+=${zone}=127.0.0.1:5300;127.0.0.2:5300`),
    ]),
    anchorSets: ANCHORS,
  },
  {
    name: 'one continued line, and Lua',
    file: fileWith('continued.conf', [
      `lua-config-file=${lua}`,
      'forward-zones=\\',
      ...zones.map((zone) => `  ${zone}=127.0.0.1:5300;127.0.0.2:5300, \\`),
    ]),
    anchorSets: ANCHORS,
  },
  {
    name: 'a forward-zones file, and all anchors of one name',
    file: fileWith('file.conf', [`lua-config-file=${manyOfOne}`, `forward-zones-file=${forwards}`]),
    anchorSets: 1,
  },
];

describe(`${ZONES} forward zones and ${ANCHORS} anchors`, () => {
  for (const { name, file, anchorSets } of cases) {
    it(name, () => {
      const start = processorMs();
      const loaded = loadConfig(file);
      const loadMs = processorMs() - start;
      lintConfig(loaded);
      const lintMs = processorMs() - start - loadMs;
      if (!loaded.result.ok) throw new Error(loaded.result.errors[0]?.message);
      const { dnssec, recursor } = loaded.result.config;
      expect(recursor.forward_zones).toHaveLength(ZONES);
      expect(dnssec.trustanchors).toHaveLength(anchorSets + 1);
      expect(loadMs).toBeLessThan(BOUND_MS);
      expect(lintMs).toBeLessThan(BOUND_MS);
      if (process.env['KEDGE_TIMES'] === '1')
        console.log(`${name}: load ${loadMs.toFixed()} ms, lint ${lintMs.toFixed()} ms`);
    });
  }
});
