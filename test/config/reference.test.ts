import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { loadConfigFile, parseConfig } from '../../src/config/load.ts';
import { exampleFile, settingsPage } from '../../src/config/reference.ts';
import { allOptions } from '../../src/config/schema.ts';

function fileOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

describe('generated files', () => {
  for (const { path, text } of [
    { path: 'docs/settings.md', text: settingsPage() },
    { path: 'config/recursor.yml', text: exampleFile() },
  ]) {
    it(`${path} is what scripts/generate-settings.mjs writes`, () =>
      expect(readFileSync(fileOf(path), 'utf8')).toBe(text));
  }

  it('the page has every option', () => {
    const page = settingsPage();
    for (const { path } of allOptions) expect(page).toContain(`### \`${path}\`\n`);
  });
});

describe('the example file', () => {
  it('loads as it is, with all defaults', () => {
    expect(loadConfigFile(fileOf('config/recursor.yml'))).toEqual(parseConfig('', 'recursor.yml'));
  });

  it('holds the defaults: taking the # away changes nothing', () => {
    const lines = exampleFile().split('\n');
    const active = lines.map((line) => line.replace(/^( +)# (\w+: .+)$/, '$1$2')).join('\n');
    expect(active.match(/^ +\w+: /gm)?.length).toBeGreaterThan(200);
    const result = parseConfig(active, '/etc/kedge/recursor.yml');
    expect(result.ok ? [] : result.errors.map(findingText)).toEqual([]);
    expect(result.warnings).toEqual([]);
  });
});

describe('config/start.yml', () => {
  const result = loadConfigFile(fileOf('config/start.yml'));
  it('loads without findings', () => expect(result.ok && result.warnings).toEqual([]));
  it('needs no privileges and finds the files of anchors/', () => {
    const config = result.ok ? result.config : undefined;
    expect(config?.incoming.port).toBe(5335);
    expect(config?.recursor.hint_file).toBe(fileOf('anchors/root.hints'));
    expect(config?.dnssec.trustanchorfile).toBe(fileOf('anchors/root.key'));
  });
});
