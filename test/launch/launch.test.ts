// Which form of the built program runs: the script with the cache that the build has made, or the modules. Here the
// modules are put in place by others, which say so.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { withSourcePlaces } from '../../src/daemon/source-places.ts';
import { sealed } from '../../src/launch/code-cache.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/program');
const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [script = ''] = readdirSync(built).filter((file) => /^whole-\w+\.js$/.test(file));
const [cache = ''] = readdirSync(built).filter((file) => file.endsWith('.cache'));
const folder = mkdtempSync(join(tmpdir(), 'kedge-launch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Copy {
  readonly program: string;
  readonly script: string;
  readonly cache: string;
}

/** The switch had another name in its first years. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

let copies = 0;
function copied(change: (copy: Copy) => void = () => {}): Copy {
  const place = join(folder, String(++copies));
  const copy = {
    program: join(place, 'dist/cli.js'),
    script: join(place, 'dist/program', script),
    cache: join(place, 'dist/program', cache),
  };
  mkdirSync(join(place, 'dist/program'), { recursive: true });
  for (const file of ['package.json', 'dist/cli.js', `dist/program/${script}`, `dist/program/${cache}`]) {
    cpSync(join(root, file), join(place, file));
  }
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  writeFileSync(join(place, 'dist/program/kedge.js'), "console.log('modules');");
  change(copy);
  return copy;
}

/** What the program prints when it is asked for its version, without switches that the test itself runs with. */
function version({ program }: Copy, nodeOptions: readonly string[] = []): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return execFileSync(process.execPath, [...nodeOptions, program, '--version'], { encoding: 'utf8', env }).trim();
}

/** The octets of a file, changed. */
function rewrite(file: string, change: (octets: Buffer) => Uint8Array): void {
  writeFileSync(file, change(readFileSync(file)));
}

describe('the build', () => {
  test('makes one script and one cache, which V8 takes', () => {
    expect([script !== '', cache.startsWith(`${script}.${process.version}-${process.arch}-`)]).toEqual([true, true]);
    expect(version(copied())).toBe(manifest.version);
  });

  test('keeps the script in ASCII, as it is read', () => {
    expect(readFileSync(join(built, script)).every((octet) => octet < 0x80)).toBe(true);
  });
});

describe('the modules run', () => {
  const rows: readonly { name: string; change?: (copy: Copy) => void; nodeOptions?: readonly string[] }[] = [
    { name: 'without a cache', change: ({ cache: file }) => rmSync(file) },
    { name: 'without the script', change: ({ script: file }) => rmSync(file) },
    { name: 'beside an empty cache', change: ({ cache: file }) => rewrite(file, () => Buffer.alloc(0)) },
    {
      name: 'beside a cache that was cut off',
      change: ({ cache: file }) => rewrite(file, (octets) => octets.subarray(0, octets.length - 1000)),
    },
    {
      name: "beside a cache of another V8's",
      change: ({ cache: file }) => rewrite(file, (octets) => sealed(octets.subarray(0, -32).fill(0xa5, 4, 8))),
    },
    {
      name: 'beside a cache with one damaged octet',
      change: ({ cache: file }) =>
        rewrite(file, (octets) => octets.fill((octets[700_000] ?? 0) ^ 0xff, 700_000, 700_001)),
    },
    {
      name: 'beside a cache whose end was not written',
      change: ({ cache: file }) => rewrite(file, (octets) => octets.fill(0, octets.length - 8192)),
    },
    {
      name: 'beside a cache of another script',
      change: ({ script: file }) => rewrite(file, (octets) => Buffer.concat([octets, Buffer.from('\n')])),
    },
    { name: 'with switches of V8 that the cache does not fit', nodeOptions: ['--no-lazy'] },
    {
      name: 'where Node.js may not look at itself',
      nodeOptions: ['--no-warnings', PERMISSION, `--allow-fs-read=${folder}/*`],
    },
  ];
  for (const { name, change, nodeOptions } of rows) {
    test(name, () => {
      expect(version(copied(change), nodeOptions)).toBe('modules');
    });
  }
});

test('the script has a map: stacks show places in the sources', () => {
  const text = readFileSync(join(built, script), 'latin1');
  const before = text.slice(0, text.indexOf('function programVersion(')).split('\n');
  const place = `${pathToFileURL(join(built, script)).href}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
  expect(withSourcePlaces(`at programVersion (${place})`)).toMatch(
    /^at programVersion \(src\/daemon\/version\.ts:\d+:\d+\)$/,
  );
});
