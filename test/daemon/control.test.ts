// The daemon's control socket, from the tool's command line to the daemon and back.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import { main } from '../../src/cli/main.ts';
import { openControlSocket, socketRights } from '../../src/daemon/control-socket.ts';
import { makeResolver } from '../../src/daemon/make-resolver.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { fakeTarget } from '../control/support/fake-target.ts';
import { resolutionOf } from '../server/support/queries.ts';
import {
  configOf,
  directoryWith,
  keptLog,
  loopbackConfig,
  type Resolve,
  type RunningDaemon,
  startDaemon,
} from './support/daemons.ts';

const files = directoryWith({});
const running: RunningDaemon[] = [];
afterEach(() => {
  for (const { daemon } of running.splice(0)) daemon.stop();
});
afterAll(() => files.remove());

let number = 0;
function newDirectory(): string {
  const directory = files.path(`s${++number}`);
  mkdirSync(directory);
  return directory;
}

async function start(directory: string, more = ''): Promise<RunningDaemon & { quits: () => number }> {
  let quits = 0;
  const config = loopbackConfig(`recursor: {hint_file: "no", socket_dir: ${directory}${more}}`);
  const onQuit = (): void => {
    quits++;
  };
  const started = await startDaemon(config, undefined, { makeResolver, opensControl: true, onQuit });
  running.push(started);
  return { ...started, quits: () => quits };
}

async function ctl(directory: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(['ctl', `--socket-dir=${directory}`, ...args], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const DIGEST = '4a3b'.repeat(16);
const ROOT = `.\n\t\t20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d
\t\t38696 8 2 683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16\n`;

describe('a running daemon', () => {
  test('lists, adds and clears anchors (POWERDNS 9.13)', async () => {
    const directory = newDirectory();
    await start(directory);
    const steps: readonly [args: string[], code: number, text: string][] = [
      [['get-tas'], 0, `Configured Trust Anchors:\n${ROOT}`],
      [
        ['add-ta', 'home.arpa', '12345', '13', '2', DIGEST.toUpperCase()],
        0,
        `Added Trust Anchor for home.arpa with data 12345 13 2 ${DIGEST.toUpperCase()} \n`,
      ],
      [['get-tas'], 0, `Configured Trust Anchors:\n${ROOT}home.arpa\n\t\t12345 13 2 ${DIGEST}\n`],
      [['clear-ta', '.'], 1, 'Refusing to remove root Trust Anchor, no Anchors removed\n'],
      [['clear-ta', 'home.arpa'], 0, 'Removed Trust Anchor(s) for home.arpa\n'],
      [['get-tas'], 0, `Configured Trust Anchors:\n${ROOT}`],
      [['add-nta', 'february.local', 'why'], 0, "Added Negative Trust Anchor for february.local with reason 'why'\n"],
      [['get-ntas'], 0, 'Configured Negative Trust Anchors:\nfebruary.local\twhy\n'],
      [['clear-nta', '*'], 0, 'Cleared all Negative Trust Anchors.\n'],
      [['get-ntas'], 0, 'Configured Negative Trust Anchors:\n'],
      [['wipe-cache', 'home.arpa$'], 0, 'wiped 0 records, 0 negative records, 0 packets\n'],
    ];
    for (const [args, code, text] of steps) {
      const result = await ctl(directory, ...args);
      expect(result.code, args.join(' ')).toBe(code);
      const said = code === 0 ? result.out : result.err;
      expect(said, args.join(' ')).toBe(text);
    }
  });

  test('counts, ranks and names what clients ask', async () => {
    const directory = newDirectory();
    const { port } = await start(directory);
    const question = { name: nameOf('localhost'), type: RRType.AAAA, class: RRClass.IN };
    await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
    expect((await ctl(directory, 'get', 'questions', 'auth-zone-queries', 'uptime')).out).toMatch(/^1\n1\n\d\n$/);
    expect((await ctl(directory, 'top-queries')).out).toBe(
      'Over last 1 entries:\n100.00%\tlocalhost|AAAA\n\n0.00%\trest\n',
    );
    expect((await ctl(directory, 'top-remotes')).out).toContain('100.00%\t127.0.0.1\n');
    expect((await ctl(directory, 'get-qtypelist')).out).toBe('AAAA\t1\n');
    const all = (await ctl(directory, 'get-all')).out.split('\n').filter((line) => line !== '');
    expect(all).toEqual([...all].sort((a, b) => (a.slice(0, a.indexOf('\t')) < b.slice(0, b.indexOf('\t')) ? -1 : 1)));
    expect(all).toContain('questions\t1');
    expect(all.find((line) => line.startsWith('real-memory-usage\t'))).toMatch(/\t\d{7,}$/);
  });

  for (const driver of ['auto', 'dgram']) {
    test(`traces queries whose reply is kept, with ${driver}`, async () => {
      const directory = newDirectory();
      const config = loopbackConfig(
        `recursor: {hint_file: "no", socket_dir: ${directory}}\nkedge: {driver: ${driver}}`,
      );
      let resolutions = 0;
      const resolve: Resolve = (_request, done) => {
        resolutions++;
        done(resolutionOf());
      };
      const started = await startDaemon(config, resolve, { opensControl: true });
      running.push(started);
      const question = { name: nameOf('www.example'), type: RRType.A, class: RRClass.IN };
      const ask = () => askServer(question, { address: '127.0.0.1', port: started.port }, defaultQueryOptions);
      for (let time = 0; time < 3; time++) await ask();
      expect(resolutions).toBe(1);
      const tracing = ctl(directory, 'trace-regex', 'example', '-');
      await new Promise((done) => setTimeout(done, 100));
      for (let time = 0; time < 3; time++) await ask();
      expect(resolutions).toBe(4);
      expect((await ctl(directory, 'trace-regex')).out).toBe('unset\n');
      await tracing;
      for (let time = 0; time < 3; time++) await ask();
      expect(resolutions).toBe(4);
    });
  }

  test('traces a query into the caller’s file', async () => {
    const directory = newDirectory();
    const { port } = await start(directory);
    const tracing = ctl(directory, 'trace-regex', '^www\\.EXAMPLE\\.$', '-');
    // The trace begins some time after the command.
    let question = { name: nameOf('www.example'), type: RRType.A, class: RRClass.IN };
    let isOver = false;
    void tracing.then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
    question = { ...question, name: nameOf('other.example') };
    await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
    expect(isOver).toBe(false);
    expect((await ctl(directory, 'trace-regex')).out).toBe('unset\n');
    const { out } = await tracing;
    expect(out).toContain('www.example. A');
    expect(out).not.toContain('other.example');
    expect(out.endsWith('ok\n')).toBe(true);
  });

  for (const command of ['quit', 'quit-nicely', 'stop']) {
    test(`ends with ${command}, and its socket with it`, async () => {
      const directory = newDirectory();
      const { quits } = await start(directory);
      expect((await ctl(directory, command)).out).toBe(command === 'quit' ? 'bye\n' : 'bye nicely\n');
      while (quits() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      while (existsSync(join(directory, 'pdns_recursor.controlsocket'))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(quits()).toBe(1);
    });
  }

  test('has its socket where and how the configuration says', async () => {
    const directory = newDirectory();
    await start(directory, ', config_name: lan, socket_mode: "0600"');
    expect(statSync(join(directory, 'pdns_recursor-lan.controlsocket')).mode & 0o777).toBe(0o600);
    expect((await ctl(directory, '--config-name=lan', 'ping')).out).toBe('pong main\n');
  });
});

describe('a control socket that cannot be had', () => {
  test('stops the program where the configuration names the place', async () => {
    const directory = newDirectory();
    await start(directory);
    await expect(start(directory)).rejects.toThrow(/another program answers on the control socket/);
    const file = files.path('file');
    writeFileSync(file, '');
    await expect(start(file)).rejects.toBeInstanceOf(StartError);
  });

  test('is a warning where it is the default place', async () => {
    const taken = newDirectory();
    const { RUNTIME_DIRECTORY: before } = process.env;
    process.env['RUNTIME_DIRECTORY'] = taken;
    try {
      const { log, lines } = keptLog();
      const { recursor } = configOf();
      const first = await openControlSocket(recursor, fakeTarget(), log);
      expect(first?.path).toBe(join(taken, 'pdns_recursor.controlsocket'));
      expect(await openControlSocket(recursor, fakeTarget(), log)).toBeUndefined();
      expect(lines.at(-1)).toMatch(/^warn +there is no control socket/);
      first?.close();
    } finally {
      if (before === undefined) delete process.env['RUNTIME_DIRECTORY'];
      else process.env['RUNTIME_DIRECTORY'] = before;
    }
  });

  const wrong: readonly [settings: string, message: RegExp][] = [
    ['socket_mode: "0888"', /recursor\.socket_mode: '0888' is no octal mode/],
    ['socket_owner: no-such-user', /recursor\.socket_owner: there is no user 'no-such-user'/],
    ['socket_group: no-such-group', /recursor\.socket_group: there is no group 'no-such-group'/],
  ];
  for (const [settings, message] of wrong) {
    test(settings, () => {
      expect(() => socketRights(configOf(`recursor: {${settings}}`).recursor)).toThrow(message);
    });
  }

  test('belongs to the user that the program becomes', () => {
    const { recursor } = configOf('recursor: {setuid: "12", setgid: "34", socket_mode: "660"}');
    expect(socketRights(recursor)).toEqual({ mode: 0o660, owner: 12, group: 34 });
  });
});
