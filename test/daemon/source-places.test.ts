import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { withSourcePlaces } from '../../src/daemon/source-places.ts';

const folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles a file whose function throws in its third line; gives the stack. */
function stackOfBundle(withMap: boolean): string {
  const source = join(folder, 'broken.ts');
  const file = join(folder, withMap ? 'with-map.js' : 'without-map.js');
  writeFileSync(source, "export function broken(): never {\n  // why\n  throw new Error('here');\n}\n");
  buildSync({ entryPoints: [source], outfile: file, format: 'esm', minify: true, sourcemap: withMap });
  return `Error: here\n    at broken (${pathToFileURL(file).href}:1:${1 + 'export function o(){'.length})`;
}

describe('a stack', () => {
  test('shows places in the sources where there is a map', () => {
    expect(withSourcePlaces(stackOfBundle(true))).toMatch(/at broken \(broken\.ts:3:\d+\)$/);
  });

  test('of a program that was moved shows them, too', () => {
    const stack = stackOfBundle(true).replace(folder, `${folder}/before`);
    expect(withSourcePlaces(stack)).toBe(stack);
    const moved = stack.replace(/with-map\.js/, 'moved.js');
    renameSync(join(folder, 'with-map.js.map'), join(folder, 'moved.js.map'));
    expect(withSourcePlaces(moved, pathToFileURL(join(folder, 'program.js')).href)).toMatch(
      /at broken \(broken\.ts:3:\d+\)$/,
    );
  });

  test.each([
    ['of a file without a map', () => stackOfBundle(false)],
    ['of Node itself', () => 'Error: x\n    at Socket.emit (node:events:524:28)'],
    ['of a file that is gone', () => 'Error: x\n    at f (file:///nowhere/gone.js:1:2)'],
    ['of a place that is no URL', () => 'Error: x\n    at f (file://%%%/a.js:1:2)'],
    ['without places', () => 'Error: x'],
  ])('%s stays as it is', (_name, make) => {
    const stack = make();
    expect(withSourcePlaces(stack)).toBe(stack);
  });
});
