import { scryptSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { Credential } from '../../src/web/credential.ts';
import type { WebSettings } from '../../src/web/settings.ts';
import { API_KEY, closeWebServers, keyOf, startWeb } from './support/web-servers.ts';

afterEach(closeWebServers);

const PASSWORD = 'correct horse';
const basic = (password: string) => ({ authorization: `Basic ${btoa(`anybody:${password}`)}` });
const key = (text = API_KEY) => ({ 'x-api-key': text });

const paths = {
  page: '/',
  metrics: '/metrics',
  jsonStat: '/jsonstat?command=get-query-ring&name=queries',
  kedge: '/api/kedge/overview',
  discovery: '/api/v1/servers/localhost',
  statistics: '/api/v1/servers/localhost/statistics',
  config: '/api/v1/servers/localhost/config',
  zones: '/api/v1/servers/localhost/zones',
};
const shownToAll = ['page', 'metrics', 'jsonStat', 'kedge'] as const;
const discovery = ['discovery', 'statistics'] as const;
const api = ['config', 'zones'] as const;

describe('who may read', () => {
  const rows: {
    name: string;
    settings: Partial<WebSettings>;
    headers: Record<string, string>;
    shown: number;
    discovery: number;
    api: number;
  }[] = [
    { name: 'nothing is configured', settings: {}, headers: {}, shown: 200, discovery: 200, api: 403 },
    { name: 'a key for nothing', settings: {}, headers: key(), shown: 200, discovery: 200, api: 403 },
    { name: 'a key is configured', settings: { apiKey: keyOf() }, headers: {}, shown: 200, discovery: 401, api: 401 },
    { name: 'it is shown', settings: { apiKey: keyOf() }, headers: key(), shown: 200, discovery: 200, api: 200 },
    {
      name: 'it is shown as a bearer token',
      settings: { apiKey: keyOf('abc-def_0123456789.abcdef') },
      headers: { authorization: 'Bearer abc-def_0123456789.abcdef' },
      shown: 200,
      discovery: 200,
      api: 200,
    },
    { name: 'a wrong one', settings: { apiKey: keyOf() }, headers: key('wrong'), shown: 200, discovery: 401, api: 401 },
    {
      name: 'a password is configured',
      settings: { password: keyOf(PASSWORD) },
      headers: {},
      shown: 401,
      discovery: 401,
      api: 403,
    },
    {
      name: 'it is shown, by any user',
      settings: { password: keyOf(PASSWORD) },
      headers: basic(PASSWORD),
      shown: 200,
      discovery: 200,
      api: 403,
    },
    {
      name: 'a wrong password',
      settings: { password: keyOf(PASSWORD) },
      headers: basic('wrong'),
      shown: 401,
      discovery: 401,
      api: 403,
    },
    {
      name: 'both are configured, and the key is shown',
      settings: { password: keyOf(PASSWORD), apiKey: keyOf() },
      headers: key(),
      shown: 200,
      discovery: 200,
      api: 200,
    },
    {
      name: 'both are configured, and the password is shown',
      settings: { password: keyOf(PASSWORD), apiKey: keyOf() },
      headers: basic(PASSWORD),
      shown: 200,
      discovery: 200,
      api: 401,
    },
  ];
  for (const { name, settings, headers, ...want } of rows) {
    test(name, async () => {
      // One at a time: the fifth wrong key ends the patience.
      const statusOf = async (path: keyof typeof paths) => {
        const { url } = await startWeb(settings);
        return (await fetch(url + paths[path], { headers })).status;
      };
      for (const path of shownToAll) expect([path, await statusOf(path)]).toEqual([path, want.shown]);
      for (const path of discovery) expect([path, await statusOf(path)]).toEqual([path, want.discovery]);
      for (const path of api) expect([path, await statusOf(path)]).toEqual([path, want.api]);
    });
  }
});

describe('who may change something', () => {
  const rows = [
    { method: 'POST', path: '/api/kedge/anchors', body: { zone: 'a.example.', record: '1 13 2 00' } },
    { method: 'DELETE', path: '/api/kedge/anchors/a.example.' },
    { method: 'POST', path: '/api/kedge/negative-anchors', body: { zone: 'a.example.', reason: '' } },
    { method: 'DELETE', path: '/api/kedge/negative-anchors/a.example.' },
    { method: 'POST', path: '/api/kedge/forwards/check' },
    { method: 'PUT', path: '/api/kedge/queries', body: { on: true } },
    { method: 'PUT', path: '/api/v1/servers/localhost/cache/flush?domain=example.' },
    { method: 'PUT', path: '/api/v1/servers/localhost/config/allow-from', body: { value: ['127.0.0.1'] } },
    { method: 'PUT', path: '/api/v1/servers/localhost/trace', body: { domains: null } },
    { method: 'DELETE', path: '/api/v1/servers/localhost/zones/home.arpa.' },
  ];
  for (const { method, path, body } of rows) {
    test(`${method} ${path}`, async () => {
      const ask = async (settings: Partial<WebSettings>, headers: Record<string, string>) => {
        const { url } = await startWeb(settings);
        const content = body === undefined ? {} : { 'content-type': 'application/json' };
        const init = { method, headers: { ...content, ...headers } };
        return await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
      };
      const without = await ask({ password: keyOf(PASSWORD) }, basic(PASSWORD));
      expect(without.status).toBe(403);
      expect(await without.json()).toMatchObject({
        error: expect.any(String),
        remedy: expect.stringMatching(/api_key/),
      });
      const both = { apiKey: keyOf(), password: keyOf(PASSWORD) };
      expect((await ask(both, {})).status).toBe(401);
      expect((await ask(both, basic(PASSWORD))).status).toBe(401);
      expect((await ask(both, key())).status).toBeLessThan(300);
    });
  }

  test('a key in the address is none', async () => {
    const { url } = await startWeb({ apiKey: keyOf() });
    const path = `/api/v1/servers/localhost/zones?api-key=${encodeURIComponent(API_KEY)}`;
    expect((await fetch(url + path)).status).toBe(401);
  });
});

describe('wrong keys', () => {
  const zones = '/api/v1/servers/localhost/zones';

  test('five of them are enough: then even the right one has to wait', async () => {
    const { url } = await startWeb({ apiKey: keyOf() });
    const statuses: number[] = [];
    for (let count = 0; count < 7; count++) {
      statuses.push((await fetch(url + zones, { headers: key(`wrong ${count}`) })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const right = await fetch(url + zones, { headers: key() });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(50);
    // What needs no key goes on.
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  test('they are counted when they come all at once, too', async () => {
    const { url } = await startWeb({ apiKey: keyOf() });
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, count) => fetch(url + zones, { headers: key(`wrong ${count}`) })),
    );
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
    expect(statuses.every((status) => [401, 429, 503].includes(status))).toBe(true);
  });

  test('right ones at once are no trouble', async () => {
    const { url } = await startWeb({ password: keyOf(PASSWORD) });
    const replies = await Promise.all(Array.from({ length: 20 }, () => fetch(url, { headers: basic(PASSWORD) })));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('another key, from now on', async () => {
    const { url, change } = await startWeb({ apiKey: keyOf() });
    const ask = async (text: string) => (await fetch(url + zones, { headers: key(text) })).status;
    expect([await ask(API_KEY), await ask('another key 0123456789')]).toEqual([200, 401]);
    change({ apiKey: keyOf('another key 0123456789') });
    expect([await ask(API_KEY), await ask('another key 0123456789')]).toEqual([401, 200]);
    change({ apiKey: undefined });
    expect(await ask('another key 0123456789')).toBe(403);
  });

  test('keys are in no log line', async () => {
    const { url, lines } = await startWeb({ apiKey: keyOf(), logLevel: 'detailed' });
    await fetch(url + zones, { headers: key('very wrong') });
    await fetch(url + zones, { headers: key() });
    expect(lines.join('\n')).not.toMatch(/very wrong|nobody guesses/);
    expect(lines).toHaveLength(3);
    // Its own message, and with it its own rate limit.
    expect(lines[0]).toBe('wrong key or password for the web server {"client":"127.0.0.1"}');
  });
});

describe('a credential', () => {
  test('may be given as the hash of it', async () => {
    const salt = new TextEncoder().encode('0123456789abcdef');
    const made = scryptSync('secret', salt, 32, { N: 1024, r: 8, p: 1 });
    const credential = new Credential({ logCost: 10, blockSize: 8, parallelism: 1, salt, key: made });
    expect(await credential.check('secret')).toBe('right');
    expect(await credential.check('secret')).toBe('right');
    expect(await credential.check('Secret')).toBe('wrong');
    expect(await credential.check('')).toBe('wrong');
    expect(await credential.check('x'.repeat(5000))).toBe('wrong');
  });

  test('costs a hash only the first time', async () => {
    const credential = new Credential('secret');
    expect(await credential.check('secret')).toBe('right');
    const startedAt = process.cpuUsage();
    for (let count = 0; count < 100; count++) expect(await credential.check('secret')).toBe('right');
    expect(process.cpuUsage(startedAt).user).toBeLessThan(500_000);
  });
});
