// The built program: an anchor is imported while the resolver runs, and the next answer has AD.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { directoryWith, freePort } from '../daemon/support/daemons.ts';
import { ksk, serveZone, signedZone } from './anchor-zones.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const children: ChildProcess[] = [];
const cleanups: (() => void)[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  for (const clean of cleanups.splice(0)) clean();
});

/** A resolver that listens, and what it has written to its log. */
async function serve(...args: string[]): Promise<{ readonly child: ChildProcess; readonly log: () => string }> {
  const env = { ...process.env, KEDGE_FATAL_BUGS: '1' };
  const child = spawn(process.execPath, [program, 'serve', ...args], { stdio: ['ignore', 'ignore', 'pipe'], env });
  children.push(child);
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  const ended = once(child, 'exit');
  while (!log.includes('"message":"listening"') && child.exitCode === null) {
    await Promise.race([once(child.stderr ?? child, 'data'), ended]);
  }
  expect(child.exitCode, log).toBeNull();
  return { child, log: () => log };
}

interface Ran {
  readonly code: number;
  readonly out: string;
}

function kedge(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { timeout: 20_000 }, (error, out, errors) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out: out + errors });
    });
    child.stdin?.end();
  });
}

async function flagsOf(port: number, name: string): Promise<{ status: string; flags: string[] }> {
  const { out } = await kedge('query', name, 'A', `@127.0.0.1:${port}`, '--json');
  return JSON.parse(out);
}

describe.skipIf(!existsSync(program))('the program', () => {
  test('anchor import, reload, AD; then nothing to do; anchor list agrees', async () => {
    const zone = await serveZone(signedZone());
    const port = await freePort();
    const files = directoryWith({ 'recursor.lua': '-- anchors\n' });
    cleanups.push(files.remove);
    const text = [
      'hint-file=no',
      'local-address=127.0.0.1',
      `local-port=${port}`,
      `socket-dir=${files.path('.')}`,
      `lua-config-file=${files.path('recursor.lua')}`,
      `forward-zones=home.arpa=127.0.0.1:${zone.port}`,
      '',
    ].join('\n');
    const config = directoryWith({ 'recursor.conf': text });
    cleanups.push(config.remove);
    const directory = config.path('.');
    const { log } = await serve('--config-dir', directory);
    expect((await flagsOf(port, 'host.home.arpa')).flags).not.toContain('ad');

    const imported = await kedge('anchor', 'import', 'home.arpa', '--yes', '--config', directory);
    expect(imported.out, log()).toContain('AD is set');
    expect(imported.code, imported.out).toBe(0);
    expect(readFileSync(files.path('recursor.lua'), 'utf8')).toMatch(/^-- anchors\naddTA\("home\.arpa", "\d+ 13 2 /);
    expect(await flagsOf(port, 'host.home.arpa')).toMatchObject({
      status: 'NOERROR',
      flags: expect.arrayContaining(['ad']),
    });

    const again = await kedge('anchor', 'import', 'home.arpa', '--config', directory);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do') });
    const listed = await kedge('anchor', 'list', '--config-dir', directory);
    expect(listed.out).toContain(`from ${files.path('recursor.lua')}:2\n    key ${ksk.keyTag} is there and signs`);
  });

  test('a forwarder without DNSSEC and a wrong anchor are named at the start', async () => {
    const zone = await serveZone(signedZone(), {
      rewrite: (content) => ({ ...content, answer: content.answer.map((rrset) => ({ ...rrset, signatures: [] })) }),
    });
    const settings = ['--hint-file=no', '--local-address=127.0.0.1', `--local-port=${await freePort()}`];
    const files = directoryWith({});
    cleanups.push(files.remove);
    const { log } = await serve(
      ...settings,
      `--forward-zones=home.arpa=127.0.0.1:${zone.port}`,
      `--socket-dir=${files.path('.')}`,
    );
    await expect.poll(log, { timeout: 5000 }).toContain('a forwarder drops signatures');
  });

  test.runIf(process.getuid?.() === 0)('gives up root behind the sockets, and still asks and answers', async () => {
    const zone = await serveZone(signedZone());
    const port = await freePort();
    const files = directoryWith({});
    cleanups.push(files.remove);
    const { child, log } = await serve(
      '--hint-file=no',
      '--local-address=127.0.0.1',
      `--local-port=${port}`,
      `--socket-dir=${files.path('.')}`,
      `--forward-zones=home.arpa=127.0.0.1:${zone.port}`,
      '--dnssec=off',
      '--setuid=daemon',
    );
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const [uid, gid] = ['Uid', 'Gid'].map((key) => new RegExp(`^${key}:\\s+(.*)$`, 'm').exec(status)?.[1]);
    expect(uid, log()).toMatch(/^([1-9]\d*)\s\1\s\1\s\1$/);
    expect(gid).toMatch(/^([1-9]\d*)\s\1\s\1\s\1$/);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(await flagsOf(port, 'host.home.arpa')).toMatchObject({ status: 'NOERROR' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a user that does not exist stops the start', async () => {
    const ran = await kedge(
      'serve',
      '--hint-file=no',
      '--local-address=127.0.0.1',
      `--local-port=${await freePort()}`,
      '--setuid=nobody-here',
    );
    expect(ran).toMatchObject({
      code: 1,
      out: expect.stringContaining("kedge: recursor.setuid: there is no user 'nobody-here'"),
    });
  });
});
