// What is handed out: the packed tarball, installed as a person would, and the systemd unit.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const directory = mkdtempSync(join(tmpdir(), 'kedge-package-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the packed tarball', () => {
  const prefix = join(directory, 'prefix');
  const kedge = join(prefix, 'bin/kedge');
  const env = { ...process.env, npm_config_cache: join(directory, 'cache'), npm_config_update_notifier: 'false' };
  let files: readonly string[] = [];
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    const packed = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: root, env });
    const [entry]: { filename: string; files: { path: string }[] }[] = JSON.parse(packed.stdout);
    files = entry?.files.map(({ path }) => path) ?? [];
    const tarball = join(directory, entry?.filename ?? '');
    const options = ['--global', '--prefix', prefix, '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, tarball], { cwd: directory, env });
  });
  afterAll(() => child?.kill('SIGKILL'));

  test('holds what runs and what explains it, no tests and no sources', () => {
    const needed = [
      'dist/cli.js',
      'dist/program/kedge.js',
      'dist/program/client-thread-entry.js',
      'dist/program/LICENSES.txt',
      'package.json',
      'README.md',
      'LICENSE',
      'anchors/root.hints',
      'config/kedge.service',
    ];
    expect(needed.filter((path) => !files.includes(path))).toEqual([]);
    const folders = new Set(files.map((path) => path.split('/')[0]));
    expect([...folders].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'anchors', 'config', 'dist', 'docs', 'package.json'].sort(),
    );
    expect(files.filter((path) => /\.ts$|\.test\./.test(path))).toEqual([]);
    // The modules behind the program are for scripts and tests.
    const inDist = new Set(files.filter((path) => path.startsWith('dist/')).map((path) => path.split('/')[1]));
    expect([...inDist].sort()).toEqual(['cli.js', 'program', 'web']);
    // Made for the Node.js of this machine.
    expect(files.filter((path) => path.startsWith('dist/program/whole-'))).toEqual([]);
    // But for the pages, what lies in dist/web belongs to those modules.
    expect(files.filter((path) => /^dist\/web\/[^/]+$/.test(path))).toEqual([]);
  });

  test('kedge --version', async () => {
    expect((await run(kedge, ['--version'])).stdout).toBe(`${manifest.version}\n`);
  });

  test('kedge serve answers for localhost, and ends when told to', async () => {
    const port = await freePort();
    const settings = [
      '--local-address=127.0.0.1',
      `--local-port=${port}`,
      '--hint-file=no',
      `--socket-dir=${directory}`,
    ];
    child = spawn(kedge, ['serve', ...settings], { stdio: ['ignore', 'ignore', 'pipe'], env });
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += chunk;
    });
    const ended = once(child, 'close');
    while (!log.includes('"message":"listening"') && child.exitCode === null) {
      await Promise.race([once(child.stderr ?? child, 'data'), ended]);
    }
    const { stdout } = await run(kedge, ['query', 'localhost', 'A', `@127.0.0.1:${port}`, '+short']);
    expect(stdout, log).toBe('127.0.0.1\n');
    child.kill('SIGTERM');
    expect(await ended, log).toEqual([0, null]);
  });
});

describe.skipIf(!has('systemd-analyze'))('the systemd unit', () => {
  const unit = join(directory, 'kedge.service');
  beforeAll(() => {
    // The program is not installed where the unit expects it.
    const text = readFileSync(join(root, 'config/kedge.service'), 'utf8');
    writeFileSync(unit, text.replace('/usr/local/bin/kedge', process.execPath));
  });

  test('is understood without a complaint', async () => {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
    expect(stdout + stderr).toBe('');
  });

  test('leaves little of the machine within reach', async () => {
    // From 0 (best) to 100: below 30 the tool says OK.
    const options = ['security', '--no-pager', '--offline=true', '--threshold=30', unit];
    const { stdout } = await run('systemd-analyze', options);
    expect(stdout).toMatch(/Overall exposure level for kedge\.service: [0-2]\.[0-9]/);
  });
});
