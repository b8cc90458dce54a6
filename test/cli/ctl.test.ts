// `kedge ctl` against a real control socket around a fake target.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutControls } from '../../src/cli/control/callers-file.ts';
import { parseControlOptions } from '../../src/cli/control/control-options.ts';
import { hashOf, hashPassword } from '../../src/cli/control/hash-password.ts';
import { commandLine, main } from '../../src/cli/main.ts';
import { helpText } from '../../src/control/commands.ts';
import { ControlServer } from '../../src/control/control-server.ts';
import { controlSocketPath } from '../../src/control/socket-path.ts';
import { fakeTarget } from '../control/support/fake-target.ts';

const directory = mkdtempSync(join(tmpdir(), 'kedge-ctl-'));
const target = fakeTarget();
const servers: ControlServer[] = [];
beforeAll(async () => {
  const open = (path: string) => ControlServer.open({ path, target });
  servers.push(await open(controlSocketPath(directory, '')), await open(controlSocketPath(directory, 'lan')));
  writeFileSync(join(directory, 'recursor.conf'), `socket-dir=${directory}\nlua-config-file=/nowhere/x.lua\n`);
  writeFileSync(join(directory, 'recursor-lan.yml'), `recursor:\n  socket_dir: ${directory}\n`);
  writeFileSync(join(directory, 'bad.yml'), 'incoming:\n  port: many\n');
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(['ctl', ...args], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const place = `--socket-dir=${directory}`;

describe('answers', () => {
  const rows: { args: string[]; code: number; out?: string; err?: string | RegExp }[] = [
    { args: ['ping'], code: 0, out: 'pong main\npong worker\n' },
    { args: ['get', 'questions', 'x'], code: 0, out: '12\nUNKNOWN\n' },
    { args: ['get questions'], code: 0, out: '12\n' },
    { args: ['clear-ta', '.'], code: 1, err: 'Refusing to remove root Trust Anchor, no Anchors removed\n' },
    { args: ['clear-nta', '*'], code: 0, out: 'Cleared all Negative Trust Anchors.\n' },
    {
      args: ['add-nta', 'x.example', 'two words', 'more'],
      code: 0,
      out: "Added Negative Trust Anchor for x.example with reason 'two words more'\n",
    },
    { args: ['nonsense'], code: 1, err: "Unknown command 'nonsense', try 'help'\n" },
    { args: ['dump-cache', '-'], code: 0, out: '; first\nsecond\ndumped 1 records\n' },
    { args: ['dump-cache'], code: 1, err: 'Fatal: Command needs a file argument\n' },
    { args: ['trace-regex', 'x'], code: 1, err: 'Fatal: Command needs two arguments\n' },
    { args: ['trace-regex'], code: 0, out: 'unset\n' },
  ];
  for (const { args, code, out, err } of rows) {
    test(args.join(' '), async () => {
      const result = await run(place, ...args);
      expect(result.code).toBe(code);
      expect(result.out).toBe(out ?? '');
      if (err !== undefined) expect(result.err).toEqual(err instanceof RegExp ? expect.stringMatching(err) : err);
    });
  }
});

describe('files are the caller’s', () => {
  test('made, and not for others', async () => {
    const path = join(directory, 'dump');
    expect(await run(place, 'dump-nsspeeds', path)).toEqual({
      code: 0,
      out: 'dump-nsspeeds: dumped 1 records\n',
      err: '',
    });
    expect(readFileSync(path, 'utf8')).toBe('; first\nsecond\n');
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  test('never overwritten', async () => {
    const path = join(directory, 'kept');
    writeFileSync(path, 'mine');
    expect(await run(place, 'dump-cache', path)).toEqual({
      code: 1,
      out: '',
      err: 'Fatal: Error opening dump file for writing: File exists\n',
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test('a command that fails leaves no empty file', async () => {
    const path = join(directory, 'unwritten');
    expect((await run(place, 'dump-rpz', 'zone', path)).code).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});

describe('which socket', () => {
  const rows: { args: string[]; code: number; err?: RegExp }[] = [
    { args: [place], code: 0 },
    { args: ['--socket-dir', directory, '--config-name', 'lan'], code: 0 },
    { args: [`--config=${directory}/recursor.conf`], code: 0 },
    { args: [`--config-dir=${directory}`], code: 0 },
    { args: [`--config-dir=${directory}`, '--config-name=lan'], code: 0 },
    {
      args: [place, '--config-name=none'],
      code: 1,
      err: /^Fatal: Unable to connect to remote '.*\/pdns_recursor-none\.controlsocket': No such file or directory\n$/,
    },
    {
      args: [place, '--socket-pid=7'],
      code: 1,
      err: /remote '.*\/pdns_recursor\.7\.controlsocket': No such file/,
    },
    {
      args: [`--config=${directory}/bad.yml`],
      code: 1,
      err: /^Fatal: Unable to read the configuration: .*bad\.yml:2:9/,
    },
    { args: [`--config-dir=${directory}/nowhere`], code: 1, err: /^Fatal: Unable to read the configuration: / },
  ];
  for (const { args, code, err } of rows) {
    test(args.map((arg) => arg.replace(directory, 'DIR')).join(' '), async () => {
      const result = await run(...args, 'version');
      expect(result.code).toBe(code);
      if (err === undefined) expect(result.out).toBe('kedge 1.2.3\n');
      else expect(result.err).toMatch(err);
    });
  }
});

describe('what answers is no kedge', () => {
  const rows: { name: string; said: string; close: boolean; err: RegExp }[] = [
    { name: 'other text', said: 'HTTP/1.1 400\n', close: false, err: /does not speak the protocol of kedge/ },
    { name: 'nothing, and closes', said: '', close: true, err: /closed the connection without an answer/ },
    { name: 'half an answer', said: '{"out":"x"}\n', close: true, err: /closed the connection without an answer/ },
    { name: 'nothing', said: '', close: false, err: /Timeout waiting for the answer of '.*' \(0\.2 s\)/ },
  ];
  for (const { name, said, close, err } of rows) {
    test(name, async () => {
      const other = mkdtempSync(join(directory, 'other-'));
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          socket.write(said);
          if (close) socket.end();
        });
      });
      await new Promise<void>((resolve) => server.listen(controlSocketPath(other, ''), resolve));
      const result = await run(`--socket-dir=${other}`, '--timeout=0.2', 'ping');
      server.close();
      expect(result.code).toBe(1);
      expect(result.err).toMatch(err);
    });
  }
});

describe('wrong usage: exit code 99', () => {
  const rows: { args: string[]; err: RegExp }[] = [
    { args: [], err: /^Usage: kedge ctl/ },
    { args: ['--frob', 'ping'], err: /unknown option '--frob'/ },
    { args: ['--socket-dir'], err: /needs a value/ },
    { args: ['--timeout=soon', 'ping'], err: /'soon' is no number of seconds/ },
    { args: ['--socket-pid=../x', 'ping'], err: /no process ID/ },
  ];
  for (const { args, err } of rows) {
    test(args.join(' ') || 'nothing', async () => {
      const result = await run(...args);
      expect(result.code).toBe(99);
      expect(result.err).toMatch(err);
    });
  }
});

describe('without the program', () => {
  test('help', async () => {
    expect(await run('--socket-dir=/nowhere', 'HELP')).toEqual({ code: 0, out: `${helpText()}\n`, err: '' });
  });

  test('--help and --version', async () => {
    expect((await run('--help')).out).toMatch(/^Usage: kedge ctl/);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('show-yaml needs to know what', async () => {
    expect((await run('show-yaml')).code).toBe(1);
    const { code, out } = await run('show-yaml', join(directory, 'recursor-lan.yml'));
    expect(code).toBe(0);
    expect(out).toContain('socket_dir');
  });

  test('hash-password', async () => {
    let out = '';
    const keep = (text: string): void => {
      out += text;
    };
    const terminal = { out: keep, error: keep };
    expect(await hashPassword(undefined, terminal, async () => 'secret')).toBe(0);
    expect(out).toMatch(/^\$scrypt\$ln=10,p=1,r=8\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=\n$/);
    for (const factor of ['0', '1', '1000', 'x', '99999999999']) {
      expect(await hashPassword(factor, terminal, async () => 'secret'), factor).toBe(1);
    }
    expect(await hashPassword('2048', terminal, async () => '')).toBe(1);
  });

  test('a hash is that of scrypt (RFC 7914 12: N 1024, r 8, but p 1)', () => {
    const salt = new TextEncoder().encode('NaCl');
    const text = hashOf('password', 1024, salt);
    expect(text).toBe(hashOf('password', 1024, salt));
    expect(text.startsWith('$scrypt$ln=10,p=1,r=8$TmFDbA==$')).toBe(true);
    expect(text).not.toBe(hashOf('Password', 1024, salt));
  });
});

test('control characters never reach the terminal', () => {
  expect(withoutControls('a\tb\n\u001b[2Jc\u009bd\u0000é\r')).toBe('a\tb\n\\u001b[2Jc\\u009bd\\u0000é\\u000d');
});

describe('the command line', () => {
  test('the program called as rec_control is the control tool', () => {
    expect(commandLine(['/usr/bin/node', '/usr/local/bin/rec_control', 'ping'])).toEqual(['ctl', 'ping']);
    expect(commandLine(['/usr/bin/node', '/usr/local/bin/kedge', 'query', 'x'])).toEqual(['query', 'x']);
    expect(commandLine(['/usr/bin/node', '/app/dist/cli.js'])).toEqual([]);
  });

  test('options end at the command', () => {
    expect(parseControlOptions(['--timeout', '7', 'get', '--x'])).toMatchObject({
      timeoutMs: 7000,
      words: ['get', '--x'],
    });
    expect(parseControlOptions(['--', '-x'])).toMatchObject({ words: ['-x'] });
  });
});
