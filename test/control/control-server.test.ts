// The control socket: its file, its answers, and clients that mean ill.
import { existsSync, linkSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ControlServer, type ControlServerOptions } from '../../src/control/control-server.ts';
import { MAX_REQUEST_OCTETS } from '../../src/control/frames.ts';
import { fakeTarget } from './support/fake-target.ts';

const directory = mkdtempSync(join(tmpdir(), 'kedge-control-'));
let number = 0;
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function newPath(): string {
  return join(directory, `socket-${++number}`);
}

async function open(options: Partial<ControlServerOptions> = {}): Promise<ControlServer> {
  const server = await ControlServer.open({ path: newPath(), target: fakeTarget(), ...options });
  cleanups.push(() => server.close());
  return server;
}

interface Peer {
  readonly socket: Socket;
  text(): string;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<string>;
}

function dial(path: string): Peer {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  return { socket, text: () => text, closed: new Promise((resolve) => socket.once('close', () => resolve(text))) };
}

function ask(path: string, octets: string | Uint8Array): Promise<string> {
  const peer = dial(path);
  peer.socket.write(octets);
  return peer.closed;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const PING = '{"out":"pong main\\npong worker\\n"}\n{"exit":0}\n';
const NO_REQUEST = '{"out":"this is no request of kedge ctl\\n"}\n{"exit":1}\n';

describe('the socket file', () => {
  test('is for owner and group, or as it is asked for', async () => {
    expect(statSync((await open()).path).mode & 0o777).toBe(0o660);
    expect(statSync((await open({ mode: 0o600 })).path).mode & 0o777).toBe(0o600);
  });

  test('goes with the server', async () => {
    const server = await open();
    server.close();
    await until(() => !existsSync(server.path));
  });

  test('what a dead process has left is replaced', async () => {
    const path = newPath();
    // Node.js removes the file when it closes a server; a process that is killed does not.
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once('listening', resolve));
    const held = `${path}.held`;
    linkSync(path, held);
    dead.close();
    await until(() => !existsSync(path));
    expect(lstatSync(held).isSocket()).toBe(true);
    const server = await open({ path: held });
    expect(await ask(server.path, '{"args":["ping"]}\n')).toBe(PING);
  });

  const refusals: readonly { name: string; make: () => Promise<string>; message: RegExp }[] = [
    {
      name: 'one behind which somebody listens',
      make: async () => (await open()).path,
      message: /another program answers on the control socket/,
    },
    {
      name: 'a file that is no socket',
      make: async () => {
        const path = newPath();
        writeFileSync(path, 'keep me');
        return path;
      },
      message: /is there and is no socket/,
    },
    {
      name: 'a path that is too long',
      make: async () => join(directory, 'x'.repeat(120)),
      message: /longer than 107 octets/,
    },
    {
      name: 'a file in place of the directory',
      make: async () => {
        const path = newPath();
        writeFileSync(path, '');
        return join(path, 'socket');
      },
      message: /cannot be made: .*/,
    },
    {
      name: 'a directory that is not there',
      make: async () => join(directory, 'nowhere', 'socket'),
      message: /cannot be made: .*/,
    },
  ];
  for (const { name, make, message } of refusals) {
    test(`refused: ${name}`, async () => {
      const path = await make();
      await expect(open({ path })).rejects.toMatchObject({
        name: 'ControlSocketError',
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(/./),
      });
    });
  }
});

describe('answers', () => {
  const requests: readonly { name: string; sent: string; want: string }[] = [
    { name: 'a command', sent: '{"args":["ping"]}\n', want: PING },
    {
      name: 'text for a file, then the answer',
      sent: '{"args":["dump-cache","F"]}\n',
      want: '{"file":"; first\\nsecond\\n"}\n{"out":"dumped 1 records\\n"}\n{"exit":0}\n',
    },
    {
      name: 'failure',
      sent: '{"args":["nonsense"]}\n',
      want: '{"out":"Unknown command \'nonsense\', try \'help\'\\n"}\n{"exit":1}\n',
    },
    { name: 'no answer text', sent: '{"args":["get"]}\n', want: '{"exit":0}\n' },
    { name: 'no command', sent: '{"args":[]}\n', want: '{"out":"invalid command\\n"}\n{"exit":1}\n' },
    { name: 'no JSON', sent: 'get-all\n', want: NO_REQUEST },
    { name: 'an empty line', sent: '\n', want: NO_REQUEST },
    { name: 'other JSON', sent: '{"args":[1]}\n', want: NO_REQUEST },
    { name: 'deep JSON', sent: `${'['.repeat(30_000)}\n`, want: NO_REQUEST },
    { name: 'a list', sent: '["ping"]\n', want: NO_REQUEST },
    { name: 'null', sent: 'null\n', want: NO_REQUEST },
    { name: 'too much without an end', sent: 'x'.repeat(MAX_REQUEST_OCTETS + 1), want: NO_REQUEST },
    {
      name: 'what follows the request is not read',
      sent: `{"args":["ping"]}\n${'{"args":["quit"]}\n'.repeat(3)}`,
      want: PING,
    },
  ];
  for (const { name, sent, want } of requests) {
    test(name, async () => {
      const target = fakeTarget();
      const server = await open({ target });
      expect(await ask(server.path, sent)).toBe(want);
      expect(target.calls).not.toContain('quit false');
    });
  }

  test('octets that are no UTF-8', async () => {
    const server = await open();
    expect(await ask(server.path, Uint8Array.from([0xff, 0xfe, 0x00, 0x0a]))).toBe(NO_REQUEST);
  });

  test('a request in single octets', async () => {
    const server = await open();
    const peer = dial(server.path);
    for (const character of '{"args":["ping"]}\n') {
      peer.socket.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await peer.closed).toBe(PING);
  });

  test('a client that ends its side first gets its answer', async () => {
    const server = await open();
    const peer = dial(server.path);
    peer.socket.end('{"args":["ping"]}\n');
    expect(await peer.closed).toBe(PING);
  });

  test('quit acts when its answer is on its way', async () => {
    const target = fakeTarget();
    const server = await open({ target });
    expect(await ask(server.path, '{"args":["quit-nicely"]}\n')).toBe('{"out":"bye nicely\\n"}\n{"exit":0}\n');
    expect(target.calls).toEqual(['quit true']);
  });

  test('a fault of a command is told, reported, and no more', async () => {
    const faults: unknown[] = [];
    const target = fakeTarget({
      metrics: () => {
        throw new Error('oops');
      },
    });
    const server = await open({ target, onFault: (error) => faults.push(error) });
    expect(await ask(server.path, '{"args":["get-all"]}\n')).toMatch(/fault of the program.*\n\{"exit":1\}/);
    expect(faults).toHaveLength(1);
    expect(await ask(server.path, '{"args":["ping"]}\n')).toBe(PING);
  });
});

describe('clients that mean ill', () => {
  test('one that sends nothing is given up', async () => {
    const server = await open({ limits: { requestMs: 30 } });
    expect(await dial(server.path).closed).toBe('');
  });

  test('many connections do not keep out others for long', async () => {
    const server = await open({ limits: { requestMs: 100 } });
    const peers = Array.from({ length: 60 }, () => dial(server.path));
    await Promise.all(peers.map(({ closed }) => closed));
    expect(await ask(server.path, '{"args":["ping"]}\n')).toBe(PING);
  });

  /** Endless lines, and how many were taken. */
  function endless(): { target: ReturnType<typeof fakeTarget>; made: () => number; ended: () => boolean } {
    let made = 0;
    let isEnded = false;
    function* lines(): Generator<string> {
      try {
        for (;;) {
          made++;
          yield 'x'.repeat(100);
        }
      } finally {
        isEnded = true;
      }
    }
    const target = fakeTarget({ dump: () => ({ lines: lines(), count: () => made }) });
    return { target, made: () => made, ended: () => isEnded };
  }

  test('a dump waits for a slow reader, and others are served meanwhile', async () => {
    const { target, made, ended } = endless();
    const server = await open({ target });
    const peer = dial(server.path);
    peer.socket.pause();
    peer.socket.write('{"args":["dump-cache","F"]}\n');
    await until(() => made() > 1000);
    expect(await ask(server.path, '{"args":["ping"]}\n')).toBe(PING);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = made();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // What the kernel and our own bound hold, and no more.
    expect(made()).toBe(before);
    expect(before * 100).toBeLessThan(8_000_000);
    peer.socket.destroy();
    await until(ended);
  });

  test('a reader that takes nothing is given up', async () => {
    const { target, ended } = endless();
    const server = await open({ target, limits: { stallMs: 50 } });
    const peer = dial(server.path);
    peer.socket.pause();
    peer.socket.write('{"args":["dump-cache","F"]}\n');
    await until(ended);
  });

  test('a trace ends with its client', async () => {
    const target = fakeTarget();
    const server = await open({ target });
    const peer = dial(server.path);
    peer.socket.write('{"args":["trace-regex",".","-"]}\n');
    await until(() => peer.text().includes('one line'));
    peer.socket.destroy();
    await until(() => target.calls.includes('end of trace'));
  });

  test('a trace ends with the server', async () => {
    const target = fakeTarget();
    const server = await open({ target });
    const peer = dial(server.path);
    peer.socket.write('{"args":["trace-regex",".","-"]}\n');
    await until(() => peer.text().includes('one line'));
    server.close();
    await peer.closed;
    expect(target.calls).toContain('end of trace');
  });
});
