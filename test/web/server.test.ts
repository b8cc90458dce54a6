import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { WebServer } from '../../src/web/server.ts';
import { makeCertificates } from '../support/certificates.ts';
import { fakeKedge } from './support/fake-targets.ts';
import { API_KEY, closeWebServers, keyOf, plainSettings, rawRequest, startWeb } from './support/web-servers.ts';

afterEach(closeWebServers);

const close = 'Connection: close\r\n\r\n';

function statusOf(reply: string): number {
  return Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(reply)?.[1] ?? 0);
}

describe('what a request may be', () => {
  const rows: { name: string; text: string; status: number }[] = [
    { name: 'a page', text: `GET / HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 200 },
    {
      name: 'a page that looks at its address',
      text: `GET /chain?name=a. HTTP/1.1\r\nHost: localhost\r\n${close}`,
      status: 200,
    },
    { name: 'another name', text: `GET / HTTP/1.1\r\nHost: evil.example\r\n${close}`, status: 403 },
    { name: 'no name', text: `GET / HTTP/1.1\r\n${close}`, status: 400 },
    { name: 'two names', text: `GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${close}`, status: 400 },
    {
      name: 'another host in the request line',
      text: `GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n${close}`,
      status: 400,
    },
    {
      name: 'headers of 8 KiB',
      text: `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(9000)}\r\n${close}`,
      status: 431,
    },
    {
      name: '60 headers',
      text: `GET / HTTP/1.1\r\nHost: localhost\r\n${Array.from({ length: 60 }, (_, n) => `x${n}: 1\r\n`).join('')}${close}`,
      status: 431,
    },
    { name: 'a long address', text: `GET /${'a'.repeat(3000)} HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 414 },
    { name: 'an unknown path', text: `GET /nothing HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 404 },
    {
      name: 'a path that cannot be decoded',
      text: `GET /assets/%ff%zz HTTP/1.1\r\nHost: localhost\r\n${close}`,
      status: 400,
    },
    {
      name: 'a method that the path has not',
      text: `PUT /metrics HTTP/1.1\r\nHost: localhost\r\n${close}`,
      status: 405,
    },
    { name: 'a method that nothing has', text: `PATCH / HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 405 },
    { name: 'a method that is none', text: `BREW / HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 400 },
    { name: 'TRACE, which would echo headers', text: `TRACE / HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 405 },
    { name: 'OPTIONS', text: `OPTIONS /metrics HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 204 },
    { name: 'HEAD', text: `HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n${close}`, status: 200 },
    {
      name: 'two lengths',
      text: `PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n${close}`,
      status: 400,
    },
    { name: 'another protocol', text: 'EHLO localhost\r\n\r\n', status: 400 },
  ];
  for (const { name, text, status } of rows) {
    test(`${name}: ${status}`, async () => {
      const { port } = await startWeb();
      expect(statusOf(await rawRequest(port, text))).toBe(status);
    });
  }

  test('no path leads out of the folder of the pages', async () => {
    const { port, url } = await startWeb();
    expect(await (await fetch(`${url}/assets/main.js`)).text()).toBe('export {};');
    const paths = [
      '../package.json',
      '..%2fpackage.json',
      '%2e%2e/%2e%2e/package.json',
      '....//package.json',
      '/etc/passwd',
      'main.js%00.png',
      '..\\package.json',
      '__proto__',
      'constructor',
      '',
    ];
    for (const path of paths) {
      const reply = await rawRequest(port, `GET /assets/${path} HTTP/1.1\r\nHost: localhost\r\n${close}`);
      expect([path, [400, 404].includes(statusOf(reply))]).toEqual([path, true]);
      expect(reply).not.toContain('"name": "kedge"');
    }
  });

  test('HEAD has no body, and says how long it would be', async () => {
    const { port } = await startWeb();
    const reply = await rawRequest(port, `HEAD / HTTP/1.1\r\nHost: localhost\r\n${close}`);
    const [head = '', body] = reply.split('\r\n\r\n');
    expect(body).toBe('');
    expect(head).toMatch(/content-length: [1-9]/i);
  });
});

describe('every reply', () => {
  const rows = [
    '/',
    '/nothing',
    '/api/kedge/overview',
    '/metrics',
    '/assets/main.js',
    '/api/v1/servers/localhost/zones',
  ];
  for (const path of rows) {
    test(`${path} tells browsers what they must not do`, async () => {
      const { url } = await startWeb();
      const { headers } = await fetch(url + path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    });
  }

  test('so does a refusal', async () => {
    const { port } = await startWeb();
    const reply = await rawRequest(port, `GET / HTTP/1.1\r\nHost: evil.example\r\n${close}`);
    expect(reply).toContain("content-security-policy: default-src 'none'");
    expect(reply).toContain('x-content-type-options: nosniff');
    const [, body = ''] = reply.split('\r\n\r\n');
    expect(JSON.parse(body)).toEqual({
      error: 'the Host header names no address of this server',
      remedy: 'Call it by its address, or add the name to kedge.web_hosts.',
    });
  });

  test('only a site that was invited is told so', async () => {
    const { url } = await startWeb({ crossOrigin: 'https://dashboard.example' });
    const { headers } = await fetch(`${url}/metrics`);
    expect(headers.get('access-control-allow-origin')).toBe('https://dashboard.example');
    const preflight = await fetch(`${url}/api/v1/servers/localhost/cache/flush`, {
      method: 'OPTIONS',
      headers: { origin: 'https://dashboard.example' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-API-Key');
  });
});

describe('bodies', () => {
  const path = '/api/kedge/negative-anchors';
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const rows: { name: string; type?: string; body: string; status: number }[] = [
    { name: 'JSON', type: 'application/json', body: '{"zone":"a.example.","reason":"b"}', status: 200 },
    { name: 'no type', body: '{"zone":"a.example.","reason":"b"}', status: 415 },
    {
      name: 'plain text, which any site can send',
      type: 'text/plain',
      body: '{"zone":"a.","reason":"b"}',
      status: 415,
    },
    { name: 'a form', type: 'application/x-www-form-urlencoded', body: 'zone=a.&reason=b', status: 415 },
    { name: 'no JSON', type: 'application/json', body: '{zone', status: 400 },
    { name: 'nothing', type: 'application/json', body: '', status: 400 },
    { name: 'deep JSON', type: 'application/json', body: nested(17), status: 400 },
    { name: 'very deep JSON', type: 'application/json', body: nested(20_000), status: 400 },
    {
      name: '64 KiB and more',
      type: 'application/json',
      body: JSON.stringify({ zone: 'a'.repeat(65_536) }),
      status: 413,
    },
  ];
  for (const { name, type, body, status } of rows) {
    test(`${name}: ${status}`, async () => {
      const { port } = await startWeb({ apiKey: keyOf() });
      const typeLine = type === undefined ? '' : `Content-Type: ${type}\r\n`;
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${API_KEY}\r\n${typeLine}`;
      const reply = await rawRequest(port, `${head}Content-Length: ${body.length}\r\n${close}${body}`);
      expect(statusOf(reply)).toBe(status);
    });
  }

  test('a long one is not read before the key was seen', async () => {
    const { port } = await startWeb({ apiKey: keyOf() });
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n${close}`;
    expect(statusOf(await rawRequest(port, head, 3000))).toBe(401);
  });

  test('depth is counted outside strings', async () => {
    const { url } = await startWeb({ apiKey: keyOf() });
    const body = JSON.stringify({ zone: 'a.example.', reason: '[[[[[[[[[[[[[[[[[[[[[[[[[{{{{{{{{"{{{{{{{{' });
    const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
    expect((await fetch(url + path, { method: 'POST', headers, body })).status).toBe(200);
  });
});

describe('many and slow clients', () => {
  test('headers that do not end are waited for no longer than some seconds', async () => {
    const { port } = await startWeb();
    const startedAt = performance.now();
    const reply = await rawRequest(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 12_000);
    expect(statusOf(reply)).toBe(408);
    expect(performance.now() - startedAt).toBeLessThan(9000);
  });

  test('drops of headers are no life sign', async () => {
    const { port } = await startWeb();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 500);
    const startedAt = performance.now();
    await new Promise((resolve) => socket.on('close', resolve));
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('a body that does not come is waited for no longer than some seconds', async () => {
    const { port } = await startWeb({ apiKey: keyOf() });
    const text = `POST /api/kedge/negative-anchors HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${API_KEY}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    const startedAt = performance.now();
    expect(statusOf(await rawRequest(port, text, 20_000))).toBe(408);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  test('a connection that idles is closed', async () => {
    const { port } = await startWeb();
    const startedAt = performance.now();
    expect(statusOf(await rawRequest(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 15_000))).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  });

  test('the sixty-fifth connection is turned away, and others come in when one ends', async () => {
    const { port } = await startWeb();
    const sockets: Socket[] = [];
    for (let count = 0; count < 64; count++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('connect', resolve));
      sockets.push(socket);
    }
    const get = `GET / HTTP/1.1\r\nHost: localhost\r\n${close}`;
    expect(await rawRequest(port, get, 2000)).toBe('');
    for (const socket of sockets.splice(0, 2)) socket.destroy();
    await expect.poll(async () => statusOf(await rawRequest(port, get, 2000))).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('a source that asks more than a hundred times a second is told to wait', async () => {
    const { url } = await startWeb();
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const some: number[] = [];
        for (let count = 0; count < 30; count++) some.push((await fetch(`${url}/nothing`)).status);
        return some;
      }),
    );
    // Each of the five is kept waiting when the hundred are used up, and finds some more afterwards.
    const refused = statuses.flat().filter((status) => status === 429).length;
    expect(refused).toBeGreaterThanOrEqual(1);
    expect(refused).toBeLessThanOrEqual(10);
  });

  test('one that asks for very long answers is told so sooner', async () => {
    const entry = { at: '2026-01-01T00:00:00Z', client: '192.0.2.1', action: 'x', text: 'x'.repeat(800_000), ok: true };
    const { url } = await startWeb({}, { kedge: fakeKedge({ audit: () => [{ ...entry, outcome: '' }] }) });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await fetch(`${url}/api/kedge/audit`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  test('a client that sends on and on without waiting for answers is cut off, and holds nothing', async () => {
    let asked = 0;
    const audit = () => {
      asked++;
      return [];
    };
    const { port, url } = await startWeb({}, { kedge: fakeKedge({ audit }) });
    await fetch(url);
    const one = 'GET /api/kedge/audit HTTP/1.1\r\nHost: localhost\r\n\r\n';
    expect((await rawRequest(port, one.repeat(90))).match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(2);
    expect(asked).toBeLessThanOrEqual(2);
    const two = await rawRequest(port, `${one}${one.replace('\r\n\r\n', `\r\n${close}`)}`);
    expect(two.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test('whoever holds all connections makes room for others, and only for others', async () => {
    const { port } = await startWeb();
    const open = async (from: string): Promise<Socket> => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    };
    const hoard: Socket[] = [];
    for (let count = 0; count < 64; count++) hoard.push(await open('127.0.0.9'));
    const closed = new Promise((resolve) => hoard[0]?.once('close', resolve));
    const get = `GET / HTTP/1.1\r\nHost: localhost\r\n${close}`;
    expect(statusOf(await rawRequest(port, get, 4000))).toBe(200);
    await closed;
    hoard.push(await open('127.0.0.9'));
    expect(hoard.filter((socket) => socket.destroyed)).toHaveLength(1);
    for (const socket of hoard) socket.destroy();
  });

  test('who may not connect is not answered, also when the list changes', async () => {
    const { port, change, lines } = await startWeb({ allows: () => false });
    const get = `GET / HTTP/1.1\r\nHost: localhost\r\n${close}`;
    expect(await rawRequest(port, get)).toBe('');
    expect(lines.join()).toContain('not in webservice.allow_from');
    change({ allows: () => true });
    expect(statusOf(await rawRequest(port, get))).toBe(200);
  });

  test('routes that could not be loaded once are loaded at the next request', async () => {
    let tries = 0;
    const server = new WebServer({
      settings: () => plainSettings,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      nowMs: () => performance.now(),
      loadRoutes: async () => {
        if (++tries === 1) throw new Error('too many open files');
        return (_request, response) => void response.end('here');
      },
    });
    const { port } = await server.listen({ address: '127.0.0.1', port: 0 });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
    server.close();
  });

  test('closing ends connections that are open', async () => {
    const { port, server } = await startWeb();
    const waiting = rawRequest(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 10_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.close();
    const startedAt = performance.now();
    await waiting;
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

test('over TLS it is the same, and the own origin is https', async () => {
  const { server, authority } = makeCertificates();
  const tls = { certificate: server.certificate, key: server.key };
  const { port } = await startWeb({}, {}, { tls });
  const ask = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: authority.certificate });
      let reply = '';
      socket.on('data', (chunk) => {
        reply += chunk.toString('latin1');
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(reply));
      socket.write(text);
    });
  expect(statusOf(await ask(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${close}`))).toBe(200);
  const put = (origin: string) => `PUT /x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n${close}`;
  expect(statusOf(await ask(put(`http://127.0.0.1:${port}`)))).toBe(403);
  expect(statusOf(await ask(put(`https://127.0.0.1:${port}`)))).toBe(404);
  // Plain HTTP is not understood there.
  expect(statusOf(await rawRequest(port, `GET / HTTP/1.1\r\nHost: localhost\r\n${close}`))).not.toBe(200);
});
