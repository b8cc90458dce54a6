// The linter and the converter on configurations as people have them. What they print is kept in files that can be read:
// test/config/golden/. Every fixture that loads is converted, and the result means the same.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkConfig } from '../../src/cli/commands/check-config.ts';
import { convertConfig } from '../../src/cli/commands/convert-config.ts';
import { ConfigError, findingText } from '../../src/config/config-error.ts';
import type { ConfigResult } from '../../src/config/load.ts';
import { allOptions, type Config, configValues } from '../../src/config/schema.ts';
import { loadConfigAt } from '../../src/config/source.ts';

const fixtures = fileURLToPath(new URL('files', import.meta.url));
const names = readdirSync(fixtures).sort();
const scratch = mkdtempSync(join(tmpdir(), 'kedge-convert-'));
afterAll(() => rmSync(scratch, { recursive: true }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A command's exit code and output, with the fixture's directory as DIR. */
function run(command: (terminal: { out: (text: string) => void; error: (text: string) => void }) => number) {
  let out = '';
  let err = '';
  const code = command({
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));

function resultAt(path: string): ConfigResult {
  const loaded = loadConfigAt(path);
  return loaded instanceof ConfigError ? { ok: false, errors: [loaded], warnings: [] } : loaded.result;
}

/** What the result of a conversion holds itself instead of naming it. */
const inlined = new Set([
  'recursor.config_dir',
  'recursor.forward_zones_file',
  'recursor.ignore_unknown_settings',
  'recursor.include_dir',
  'recursor.lua_config_file',
]);

/** Values as they would be written, without those that a conversion takes in. */
function meaning(config: Config): Record<string, unknown> {
  const values = configValues(config);
  return Object.fromEntries(
    allOptions
      .filter(({ path }) => !inlined.has(path))
      .map(({ path, option }) => {
        const value = values.get(path);
        return [path, value === undefined ? undefined : option.type.toYaml(value)];
      }),
  );
}

/** Converts, loads the result, and compares what both mean. */
function expectSameMeaning(path: string): string {
  const before = resultAt(path);
  if (!before.ok) throw new Error(before.errors.map(findingText).join('\n'));
  const { code, out, err } = run((terminal) => convertConfig(path, undefined, terminal));
  expect([code, err]).toEqual([0, '']);
  const file = join(scratch, 'recursor.yml');
  writeFileSync(file, out);
  const after = resultAt(file);
  expect(after.ok ? [] : after.errors.map(findingText)).toEqual([]);
  if (after.ok) expect(meaning(after.config)).toEqual(meaning(before.config));
  return out;
}

describe('configurations as people have them', () => {
  it('are many', () => expect(names.length).toBeGreaterThanOrEqual(14));

  for (const name of names) {
    const directory = join(fixtures, name);

    it(`check-config ${name}`, async () => {
      const { code, out } = run((terminal) => checkConfig(directory, false, terminal));
      const text = out.replaceAll(directory, 'DIR');
      expect(code).toBe(/^error: /m.test(text) ? 1 : 0);
      await expect(text).toMatchFileSnapshot(golden(`${name}.check.txt`));
    });

    it(`convert-config ${name}`, async () => {
      const result = resultAt(directory);
      if (!result.ok) {
        const { code, out, err } = run((terminal) => convertConfig(directory, undefined, terminal));
        expect([code, out]).toEqual([1, '']);
        expect(err).toContain('kedge: ');
        return;
      }
      const text = expectSameMeaning(directory).replaceAll(directory, 'DIR');
      await expect(text).toMatchFileSnapshot(golden(`${name}.converted.yml`));
    });
  }
});

describe.skipIf(!existsSync('/usr/share/pdns-recursor/lua-config/rootkeys.lua'))('the packaged files of Debian', () => {
  it('load, and convert to the same', () => {
    const result = resultAt('/etc/powerdns/recursor.conf');
    expect(result.ok ? [] : result.errors.map(findingText)).toEqual([]);
    const text = expectSameMeaning('/etc/powerdns/recursor.conf');
    expect(text).toContain('trustanchorfile: /usr/share/dns/root.key');
  });
});
