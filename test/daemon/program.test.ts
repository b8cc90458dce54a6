// The built program as a process of its own: signals, exit codes, first lines, hostile packets.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { directoryWith, freePort } from './support/daemons.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const quiet = 'recursor: {hint_file: "no"}\nincoming: {listen: [127.0.0.1]}\n';
const files = directoryWith({ 'quiet.yml': quiet, 'bad.yml': 'incoming: {prot: 53}\n' });
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => files.remove());

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly output: () => string;
}

function start(...args: string[]): Run {
  const env = { ...process.env, KEDGE_FATAL_BUGS: '1' };
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, ended, output: () => output };
}

/** Starts a resolver and waits until it listens. */
async function serve(port: number, ...args: string[]): Promise<Run> {
  const run = start('serve', '--config', files.path('quiet.yml'), `--incoming.port=${port}`, ...args);
  const listens = () => run.output().includes('"message":"listening"');
  while (!listens() && run.child.exitCode === null)
    await Promise.race([once(run.child.stderr ?? run.child, 'data'), run.ended]);
  expect(listens(), run.output()).toBe(true);
  return run;
}

async function answers(port: number): Promise<boolean> {
  const question = { name: nameOf('localhost.'), type: RRType.A, class: RRClass.IN };
  const result = await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
  return result.ok && result.message.answer.length === 1;
}

describe.skipIf(!existsSync(program))('the program', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`listens, answers, and ends cleanly within two seconds on ${signal}`, async () => {
      const port = await freePort();
      const run = await serve(port);
      expect(await answers(port)).toBe(true);
      const startedAtMs = performance.now();
      run.child.kill(signal);
      run.child.kill(signal);
      expect(await run.ended).toBe(0);
      expect(performance.now() - startedAtMs).toBeLessThan(2000);
      const lines = run
        .output()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines[0]).toMatchObject({ message: 'kedge starts', config: files.path('quiet.yml') });
      expect(lines).toContainEqual(
        expect.objectContaining({ message: 'trust anchor', zone: '.', keyTags: [20326, 38696] }),
      );
      expect(lines).toContainEqual(expect.objectContaining({ message: 'listening', address: `127.0.0.1:${port}` }));
      expect(lines.at(-1)).toMatchObject({ message: 'kedge ends', signal });
    });
  }

  test('SIGHUP reads the configuration again, SIGUSR1 writes statistics, SIGUSR2 does no harm', async () => {
    const port = await freePort();
    const lua = directoryWith({ 'anchors.lua': '' });
    try {
      const file = lua.path('anchors.lua');
      const run = await serve(port, `--lua-config-file=${file}`, `--socket-dir=${lua.path('.')}`);
      const says = async (text: string) => {
        while (!run.output().includes(text))
          await Promise.race([once(run.child.stderr ?? run.child, 'data'), run.ended]);
      };
      expect(readFileSync(lua.path('pdns_recursor.pid'), 'utf8')).toBe(`${run.child.pid}\n`);
      run.child.kill('SIGUSR1');
      await says('statistics of validation');
      run.child.kill('SIGUSR2');
      writeFileSync(file, 'addNTA("lan", "unsigned")\n');
      run.child.kill('SIGHUP');
      await says("negative trust anchor of lan: added, reason 'unsigned'");
      writeFileSync(file, 'addNTA("lan"\n');
      run.child.kill('SIGHUP');
      await says('Unable to load Lua script from');
      expect(await answers(port)).toBe(true);
      run.child.kill('SIGTERM');
      expect(await run.ended).toBe(0);
      expect(existsSync(lua.path('pdns_recursor.pid'))).toBe(false);
      expect(existsSync(lua.path('pdns_recursor.controlsocket'))).toBe(false);
    } finally {
      lua.remove();
    }
  });

  test('a port in use is one clear line with a remedy, and exit code 1', async () => {
    const port = await freePort();
    await serve(port);
    const second = start('serve', '--config', files.path('quiet.yml'), `--incoming.port=${port}`);
    expect(await second.ended).toBe(1);
    const line = second.output().trim().split('\n').at(-1);
    expect(line).toMatch(
      new RegExp(`^kedge: cannot listen on 127\\.0\\.0\\.1:${port} .*taken by another program\\. See which`),
    );
    expect(await answers(port)).toBe(true);
  });

  const failures: [name: string, args: () => string[], code: number, output: RegExp][] = [
    ['a bad file', () => ['--config', files.path('bad.yml')], 1, /^kedge: .*bad\.yml:1:12: .*did you mean/],
    ['no file', () => ['--config', files.path('none.yml')], 1, /none\.yml/],
    ['a bad setting', () => ['--frob=1'], 2, /unknown setting/],
    [
      'a hint file that is not there',
      () => ['--config', files.path('quiet.yml'), '--hint-file=/nowhere/root.hints', '--local-port=1'],
      1,
      /kedge: cannot read the root hints \/nowhere\/root\.hints: it does not exist\. Correct recursor\.hint_file/,
    ],
  ];
  for (const [name, args, code, output] of failures) {
    test(`${name}: exit code ${code}`, async () => {
      const run = start('serve', ...args());
      expect(await run.ended).toBe(code);
      expect(run.output()).toMatch(output);
    });
  }

  test('nothing that a client sends ends it', async () => {
    const port = await freePort();
    const run = await serve(port);
    const random = new SeededRandom(7);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
    for (let index = 0; index < 2000; index++) {
      const octets = Uint8Array.from({ length: random.below(120) }, () => random.below(256));
      // Every other datagram looks like a query at first sight.
      if (index % 2 === 0 && octets.length > 12) octets.set([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, random.below(3)]);
      await new Promise((resolve) => socket.send(octets, resolve));
    }
    socket.close();
    expect(await answers(port)).toBe(true);
    expect(run.child.exitCode).toBeNull();
    expect(run.output()).not.toContain('fault of the program');
  });
});
