// docs/lab.md speaks of zones and scenes that exist.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { causeCodes } from '../../src/explain/causes.ts';
import { buildLab } from '../../src/lab/lab-internet.ts';
import { sceneNames } from '../../src/lab/scenes.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const text = readFileSync(new URL('../../docs/lab.md', import.meta.url), 'utf8');
const { zones } = buildLab({ nowSeconds: 1_767_225_600 });
/** Names that the course mentions besides zones to try. */
const otherNames = ['good.lab', 'insecure.lab', 'bad.lab', 'home.lab'];

test('the course names only zones of the lab', () => {
  const mentioned = [...text.matchAll(/[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:lab|private)\b/g)].map(([name]) => name);
  expect(mentioned.length).toBeGreaterThan(50);
  const apexes = zones.map(({ name }) => nameOf(name));
  const unknown = mentioned.filter((name) => !apexes.some((apex) => nameOf(name).isSubdomainOf(apex)));
  expect(unknown.filter((name) => !otherNames.includes(name))).toEqual([]);
});

test('the course says why a cause has no zone', () => {
  const section = text.split('### Causes without a zone')[1]?.split('\n## ')[0] ?? '';
  const explained = causeCodes.filter((code) => section.includes(`\`${code}\``));
  const shown = new Set(zones.map(({ cause }) => cause));
  expect(explained).toEqual(causeCodes.filter((code) => !shown.has(code)));
});

test('the course tells of every scene', () => {
  for (const name of sceneNames) expect(text).toContain(`\`${name}\``);
});
