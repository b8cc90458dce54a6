import { afterEach, describe, expect, test } from 'vitest';
import { fakePowerDNS } from './support/fake-targets.ts';
import { API_KEY, closeWebServers, keyOf, startWeb } from './support/web-servers.ts';

afterEach(closeWebServers);

const SERVER = '/api/v1/servers/localhost';

async function startApi() {
  const powerDNS = fakePowerDNS();
  const { url } = await startWeb({ apiKey: keyOf() }, { powerDNS });
  const ask = async (method: string, path: string, body?: unknown) => {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { 'x-api-key': API_KEY, ...content } };
    const reply = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const text = await reply.text();
    return { status: reply.status, json: text === '' ? undefined : JSON.parse(text) };
  };
  return { ask, powerDNS };
}

const home = {
  id: 'home.arpa.',
  name: 'home.arpa.',
  url: `${SERVER}/zones/home.arpa.`,
  type: 'Zone',
  kind: 'Forwarded',
  servers: ['192.0.2.1:53'],
  recursion_desired: false,
};

describe('what dashboards read', () => {
  const server = {
    type: 'Server',
    id: 'localhost',
    daemon_type: 'recursor',
    version: '0.1.0',
    url: SERVER,
    config_url: `${SERVER}/config{/config_setting}`,
    zones_url: `${SERVER}/zones{/zone}`,
  };
  const questions = { name: 'questions', type: 'StatisticItem', value: '3' };
  const rows: { path: string; status?: number; want: unknown }[] = [
    { path: '/api', want: [{ version: 1, url: '/api/v1' }] },
    { path: '/api/v1', want: expect.objectContaining({ server_url: '/api/v1/servers{/server}' }) },
    { path: '/api/v1/servers', want: [server] },
    { path: SERVER, want: server },
    { path: `${SERVER}/`, want: server },
    { path: '/api/v1/servers/other', status: 404, want: expect.objectContaining({ error: expect.any(String) }) },
    { path: `${SERVER}/statistics`, want: [questions] },
    { path: `${SERVER}/statistics?statistic=questions`, want: [questions] },
    {
      path: `${SERVER}/statistics?statistic=hidden`,
      want: [{ name: 'hidden', type: 'StatisticItem', value: '1' }],
    },
    { path: `${SERVER}/statistics?statistic=nothing`, status: 422, want: expect.anything() },
    { path: `${SERVER}/config`, want: [{ type: 'ConfigSetting', name: 'allow-from', value: '127.0.0.0/8' }] },
    {
      path: `${SERVER}/config/allow-from`,
      want: { type: 'ConfigSetting', name: 'allow-from', value: ['127.0.0.0/8'] },
    },
    { path: `${SERVER}/zones`, want: [home] },
    { path: `${SERVER}/zones/home.arpa.`, want: { ...home, records: [] } },
    { path: `${SERVER}/zones/home.arpa`, want: { ...home, records: [] } },
    { path: `${SERVER}/zones/other.arpa.`, status: 404, want: expect.anything() },
    { path: `${SERVER}/search-data?q=arpa`, want: [{ type: 'zone', zone_id: 'home.arpa.', name: 'home.arpa.' }] },
    { path: `${SERVER}/search-data?q=*other*&max=10`, want: [] },
    { path: `${SERVER}/rpzstatistics`, want: {} },
    { path: `${SERVER}/trace`, want: { domains: null, log: [] } },
    {
      path: `${SERVER}/failure`,
      want: expect.objectContaining({
        log: [
          {
            first_occurred: 1_767_323_045,
            domain: 'www.example.',
            qtype: 'MX',
            failure: 'signature expired',
            failed_parent: 'example.',
            details: 'Sign it anew.',
            queried_servers: [{ name: '', address: '192.0.2.53#53' }],
          },
        ],
      }),
    },
    {
      path: '/jsonstat?command=get-query-ring&name=queries',
      want: {
        entries: [
          [4, 'www.example', 'A'],
          [1, '', ''],
        ],
      },
    },
    { path: '/jsonstat?command=get-query-ring&name=remotes', status: 400, want: expect.anything() },
    { path: '/jsonstat?command=get-remote-ring&name=large-answer-remotes', want: expect.anything() },
    { path: '/jsonstat?command=shutdown&name=queries', status: 400, want: expect.anything() },
    { path: '/jsonstat', status: 400, want: expect.anything() },
  ];
  for (const { path, status = 200, want } of rows) {
    test(`GET ${path}`, async () => {
      const { ask } = await startApi();
      expect(await ask('GET', path)).toEqual({ status, json: want });
    });
  }
});

describe('what they change', () => {
  test('flushing a name, a subtree and a type', async () => {
    const { ask, powerDNS } = await startApi();
    const flush = (query: string) => ask('PUT', `${SERVER}/cache/flush?${query}`);
    expect(await flush('domain=example.org.')).toEqual({
      status: 200,
      json: { count: 7, result: 'Flushed cache.' },
    });
    await flush('domain=example.org&subtree=true');
    await flush('domain=example.org.&type=AAAA');
    expect(powerDNS.wiped).toEqual([
      'example.org. false undefined',
      'example.org. true undefined',
      'example.org. false 28',
    ]);
    expect((await flush('domain=..')).status).toBe(422);
    expect((await flush('domain=a.&type=NONE')).status).toBe(422);
    expect((await flush('')).status).toBe(400);
    expect(powerDNS.wiped).toHaveLength(3);
  });

  test('networks', async () => {
    const { ask } = await startApi();
    const path = `${SERVER}/config/allow-from`;
    const value = ['192.0.2.0/24'];
    expect(await ask('PUT', path, { name: 'allow-from', value })).toEqual({
      status: 200,
      json: { type: 'ConfigSetting', name: 'allow-from', value },
    });
    expect((await ask('PUT', path, { name: 'other', value })).status).toBe(422);
    expect((await ask('PUT', path, { value: 'text', extra: 1 })).status).toBe(400);
    expect((await ask('PUT', `${SERVER}/config/local-port`, { value })).status).toBe(404);
  });

  const wrong: { name: string; body: object; status: number }[] = [
    { name: 'no name', body: { kind: 'Forwarded', servers: ['192.0.2.1'] }, status: 422 },
    { name: 'no servers', body: { name: 'a.example.', kind: 'Forwarded' }, status: 422 },
    { name: 'no kind', body: { name: 'a.example.' }, status: 400 },
    { name: 'another kind', body: { name: 'a.example.', kind: 'Slave' }, status: 422 },
    { name: 'no name that could be one', body: { name: 'a..b', kind: 'Native' }, status: 422 },
    { name: 'a native one with servers', body: { name: 'a.', kind: 'Native', servers: ['192.0.2.1'] }, status: 422 },
    {
      name: 'a target that is no address',
      body: { name: 'a.', kind: 'Native', single_target_ip: '192.0.2.1\n$INCLUDE /etc/passwd' },
      status: 422,
    },
    { name: 'an unknown key', body: { name: 'a.', kind: 'Native', masters: [] }, status: 400 },
  ];
  for (const { name, body, status } of wrong) {
    test(`a zone with ${name} is refused`, async () => {
      const { ask } = await startApi();
      const { status: found, json } = await ask('POST', `${SERVER}/zones`, body);
      expect([found, json]).toEqual([status, { error: expect.any(String), remedy: expect.any(String) }]);
    });
  }

  test('a zone is made, replaced and removed', async () => {
    const { ask } = await startApi();
    const body = { name: 'a.example.', kind: 'Forwarded', servers: ['192.0.2.1:5300'], recursion_desired: true };
    const made = await ask('POST', `${SERVER}/zones`, body);
    expect([made.status, made.json.name, made.json.recursion_desired]).toEqual([201, 'a.example.', true]);
    const other = { kind: 'Forwarded', servers: ['192.0.2.2'] };
    expect((await ask('PUT', `${SERVER}/zones/a.example.`, other)).status).toBe(204);
    expect((await ask('GET', `${SERVER}/zones/a.example.`)).json.servers).toEqual(['192.0.2.2']);
    expect((await ask('PUT', `${SERVER}/zones/a.example.`, { ...other, name: 'b.' })).status).toBe(422);
    expect((await ask('DELETE', `${SERVER}/zones/a.example.`)).status).toBe(204);
    expect((await ask('GET', `${SERVER}/zones/a.example.`)).status).toBe(404);
  });

  test('a trace by regular expression', async () => {
    const { ask } = await startApi();
    const path = `${SERVER}/trace`;
    expect((await ask('PUT', path, { domains: '\\.example\\.$' })).json.domains).toBe('\\.example\\.$');
    expect((await ask('PUT', path, { domains: '(' })).status).toBe(422);
    expect((await ask('PUT', path, { domains: 'a'.repeat(300) })).status).toBe(400);
    expect((await ask('PUT', path, { domains: null })).json.domains).toBeNull();
  });
});
