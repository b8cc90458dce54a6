// `/api/kedge` of a running daemon: what it shows of zones that are right, broken, anchored and forwarded, and that every
// reply is of the shape that the OpenAPI description says.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import { makeResolver } from '../../src/daemon/make-resolver.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { sharedKey } from '../../src/lab/keys.ts';
import { type LabServer, startLabServer } from '../../src/lab/server.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import type {
  Anchors,
  AuditEntry,
  Expiries,
  Failures,
  ForwardedZone,
  Overview,
  QueryLog,
  Rollover,
  VerdictChange,
} from '../../src/web/target.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { freePort, loopbackConfig, type RunningDaemon, startDaemon } from './support/daemons.ts';

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const API_KEY = 'a key for the tests of the HTTP API, 0123456789';

const expired = { inceptionSeconds: NOW - 30 * DAY, expirationSeconds: NOW - 600 };
const ending = { inceptionSeconds: NOW - 29 * DAY, expirationSeconds: NOW + DAY };
const tree = buildHierarchy({
  zones: [
    { name: 'test.', records: 'www A 192.0.2.1\nalias CNAME www' },
    { name: 'expired.test.', records: 'www A 192.0.2.2', validity: expired },
    { name: 'ending.test.', records: 'www A 192.0.2.3', validity: ending },
    { name: 'plain.test.', records: 'www A 192.0.2.4', isSigned: false },
  ],
  nowSeconds: NOW,
});
/** Zones of one's own, which the root does not know. */
const inside = buildHierarchy({ zones: [{ name: 'inside.', records: 'www A 192.0.2.5' }], nowSeconds: NOW });
const changed = buildHierarchy({
  zones: [{ name: 'changed.', records: 'www A 192.0.2.6', keys: [sharedKey({ algorithm: 13 }, 7)] }],
  nowSeconds: NOW,
});

function dsOf(line: string | undefined): string {
  return (line ?? '').split(/\s+/).slice(4).join(' ');
}

let server: LabServer;
let running: RunningDaemon;
let web: string;

beforeAll(async () => {
  const zones = new ZoneSet();
  for (const { zone } of tree.zones) zones.add(zone);
  zones.add(inside.zone('inside.').zone);
  zones.add(changed.zone('changed.').zone);
  server = await startLabServer({ address: '127.0.0.1', port: 0, zones });
  const silent = await freePort();
  const webPort = await freePort();
  web = `http://127.0.0.1:${webPort}`;
  const address = `127.0.0.1:${server.port}`;
  const config = loopbackConfig(`
outgoing: {source_address: [127.0.0.1], dont_query: []}
recursor:
  hint_file: "no"
  forward_zones:
    - {zone: ., forwarders: ['${address}']}
    - {zone: inside, forwarders: ['${address}']}
    - {zone: changed, forwarders: ['${address}']}
    - {zone: silent, forwarders: ['127.0.0.1:${silent}']}
dnssec:
  validation: validate
  trustanchors:
    - {name: ., dsrecords: ['${dsOf(tree.trustAnchors[0])}']}
    - {name: inside, dsrecords: ['${dsOf(inside.anchorsOf('inside.')[0])}']}
    - {name: changed, dsrecords: ['${dsOf(inside.anchorsOf('inside.')[0])}']}
  negative_trustanchors: [{name: silent, reason: not signed}]
webservice: {webserver: true, port: ${webPort}, api_key: '${API_KEY}'}
kedge: {default_trustanchor: false}
`);
  running = await startDaemon(config, undefined, { makeResolver, opensWeb: true });
  for (const name of ['www.test.', 'alias.test.', 'www.ending.test.', 'www.plain.test.', 'www.inside.'])
    await ask(name);
  await ask('www.expired.test.');
  await ask('www.changed.');
});
afterAll(async () => {
  running.daemon.stop();
  await server.close();
});

async function ask(name: string): Promise<void> {
  const question = { name: nameOf(name), type: 1, class: 1 };
  await askServer(question, { address: '127.0.0.1', port: running.port }, defaultQueryOptions);
}

async function get<T>(path: string): Promise<T> {
  const reply = await fetch(`${web}/api/kedge/${path}`);
  expect(`${path} ${reply.status}`).toBe(`${path} 200`);
  const body: T = JSON.parse(await reply.text());
  return body;
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  key: string | undefined = API_KEY,
): Promise<{ status: number; body: { text?: string; error?: string; remedy?: string; on?: boolean } }> {
  const reply = await fetch(`${web}/api/kedge/${path}`, {
    method,
    headers: {
      ...(key !== undefined && { 'x-api-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: JSON.parse(await reply.text()) };
}

describe('what is shown', () => {
  test('the overview counts what was asked', async () => {
    const overview = await get<Overview>('overview');
    expect(overview.queries.total).toBeGreaterThanOrEqual(7);
    expect(overview.verdicts).toMatchObject({ secure: expect.any(Number), bogus: 2 });
    expect(overview.queries.rcodes.servfail).toBeGreaterThanOrEqual(2);
    expect(overview.queries.byType[0]).toMatchObject({ type: 'A' });
    expect(overview.latency.p99Ms).toBeGreaterThan(0);
    expect(overview.latency.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(overview.queries.total);
    expect(overview.slowServers[0]?.zones).toContain('inside.');
    expect(overview.failingZones.map(({ zone, cause }) => `${zone} ${cause}`)).toEqual(
      expect.arrayContaining(['expired.test. rrsig-expired', 'changed. anchor-no-key']),
    );
  });

  test('failures have cause and remedy, and pages', async () => {
    const all = await get<Failures>('failures');
    expect(all.failures.map(({ name, kind, cause }) => `${name} ${kind} ${cause}`)).toEqual([
      'www.changed. bogus anchor-no-key',
      'www.expired.test. bogus rrsig-expired',
    ]);
    expect(all.failures.every(({ hint }) => hint !== '')).toBe(true);
    expect(all.next).toBeUndefined();
    const first = await get<Failures>('failures?limit=1');
    expect(first.failures.map(({ name }) => name)).toEqual(['www.changed.']);
    const second = await get<Failures>(`failures?limit=1&cursor=${first.next}`);
    expect(second.failures.map(({ name }) => name)).toEqual(['www.expired.test.']);
  });

  test('the history has zones that are met bogus, and anchored ones', async () => {
    const { entries } = await get<{ entries: VerdictChange[] }>('history');
    const lines = entries.map(({ zone, from, to, cause }) => `${zone} ${from} ${to} ${cause}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'changed. unknown bogus anchor-no-key',
        'expired.test. unknown bogus rrsig-expired',
        'inside. unknown secure undefined',
        '. unknown secure undefined',
      ]),
    );
    expect(lines.some((line) => line.startsWith('test. '))).toBe(false);
    const ofOne = await get<{ entries: VerdictChange[] }>('history?zone=EXPIRED.test');
    expect(ofOne.entries.map(({ zone }) => zone)).toEqual(['expired.test.']);
  });

  test('expiries, the least time left first', async () => {
    const { warnDays, zones } = await get<Expiries>('expiries');
    expect(warnDays).toBe(7);
    expect(zones[0]).toMatchObject({ zone: 'expired.test.', what: 'DNSKEY', state: 'expired' });
    const lines = zones.map(({ zone, what, state }) => `${zone} ${what} ${state}`);
    expect(lines).toEqual(
      expect.arrayContaining(['ending.test. DNSKEY soon', 'ending.test. data soon', 'test. DNSKEY ok', 'test. DS ok']),
    );
    const left = zones.map(({ secondsLeft }) => secondsLeft);
    expect(left).toEqual([...left].sort((a, b) => a - b));
    expect((await get<Expiries>('expiries?limit=1')).zones).toHaveLength(1);
  });

  test('anchors with their line, keys and advice', async () => {
    const { dnssec, anchors, negativeAnchors } = await get<Anchors>('anchors');
    expect(dnssec).toBe(true);
    expect(anchors.map(({ zone, state }) => `${zone} ${state}`)).toEqual([
      '. matches',
      'changed. matches-none',
      'inside. matches',
    ]);
    const [root, strange] = anchors;
    expect(root?.source).toEqual({ kind: 'config', file: '/nowhere/recursor.yml', line: 13 });
    expect(root?.keys).toEqual([expect.objectContaining({ anchored: true, signs: true, flags: 257 })]);
    expect(root?.matchingKeys).toEqual(root?.keys.map(({ tag }) => tag));
    // Signed for 30 days, perhaps in this very second.
    expect([29, 30]).toContain(root?.daysLeft);
    expect(root?.advice).toBeUndefined();
    expect(strange?.keys).toEqual([expect.objectContaining({ anchored: false, signs: true })]);
    expect(strange?.advice?.text).not.toBe('');
    expect(strange?.advice?.lines.length).toBeGreaterThan(0);
    expect(negativeAnchors).toEqual([
      { zone: 'silent.', reason: 'not signed', source: expect.objectContaining({ line: 16 }), isUnneeded: false },
    ]);
  });

  test('rollovers say in words how it stands', async () => {
    const { zones } = await get<{ zones: Rollover[] }>('rollovers');
    expect(zones.map(({ zone, state }) => `${zone} ${state}`)).toEqual([
      '. steady',
      'changed. anchor-matches-none',
      'inside. steady',
    ]);
    expect(zones[1]?.text).toMatch(/everything in it is bogus/);
  });

  test('forwarders: those that answer, and one that does not', async () => {
    await ask('www.silent.');
    await expect
      .poll(async () => (await get<{ zones: ForwardedZone[] }>('forwarders')).zones.map(stateOf), { timeout: 10_000 })
      .toEqual(['. true ok', 'inside. true ok', 'changed. true ok', 'silent. false failing']);
    const { zones } = await get<{ zones: ForwardedZone[] }>('forwarders');
    expect(zones[0]?.servers[0]).toMatchObject({ queries: expect.any(Number), rttMs: expect.any(Number) });
    expect(zones[0]?.servers[0]?.lastReplyAt).toMatch(/^\d{4}-/);
    expect(zones[3]?.servers[0]?.note).toBe('nothing listens there');
    await expect
      .poll(async () => (await get<Overview>('overview')).failingZones.map(({ zone }) => zone), { timeout: 10_000 })
      .toContain('silent.');
  });
});

function stateOf({ zone, validated, servers }: ForwardedZone): string {
  return `${zone} ${validated} ${servers.map(({ state }) => state).join(' ')}`;
}

describe('explain', () => {
  interface Explained {
    status: string;
    source: string;
    cause: { code: string } | null;
    parts: { links: { kind: string }[] }[];
    attempts: unknown[];
  }

  test('what the running resolver holds, without asking anybody', async () => {
    const asked = server.port;
    expect(asked).toBeGreaterThan(0);
    const explained = await get<Explained>('explain?name=www.test&type=A');
    expect(explained).toMatchObject({ status: 'secure', source: 'running', cause: null, attempts: [] });
    expect(explained.parts[0]?.links.map(({ kind }) => kind)).toEqual(['anchor', 'dnskey', 'ds', 'dnskey', 'rrset']);
    expect(await get<Explained>('explain?name=www.expired.test')).toMatchObject({
      status: 'bogus',
      cause: { code: 'rrsig-expired' },
    });
  });

  const later = new Date((NOW + 2 * DAY) * 1000).toISOString();
  test.each([
    { what: 'another date', query: `name=www.ending.test&at=${later}`, want: 'bogus rrsig-expired' },
    { what: 'a date at which it held', query: `name=www.expired.test&at=${NOW - 1800}`, want: 'secure undefined' },
    {
      what: 'without the anchor',
      query: 'name=www.inside&without-anchor=inside',
      want: 'bogus forward-denied-by-parent',
    },
    {
      what: 'with the right anchor in the place of the wrong one',
      query: `name=www.changed&without-anchor=changed&with-anchor=${encodeURIComponent(
        `changed ${dsOf(changed.anchorsOf('changed.')[0])}`,
      )}`,
      want: 'secure undefined',
    },
    {
      what: 'an algorithm switched off',
      query: 'name=www.test&assume-alg-disabled=13',
      want: 'insecure unsupported-algorithm',
    },
  ])('what if: $what', async ({ query, want }) => {
    const { status, cause, source } = await get<Explained>(`explain?${query}`);
    expect(`${status} ${cause?.code}`).toBe(want);
    expect(source).toBe('here');
  });

  test('nothing of that reaches the running resolver', async () => {
    expect(await get<Explained>('explain?name=www.inside')).toMatchObject({ status: 'secure' });
    expect(await get<Explained>('explain?name=www.test')).toMatchObject({ status: 'secure' });
  });

  test.each([
    { query: 'name=a..b', error: /a\.\.b/ },
    { query: 'name=www.test&type=NONSENSE', error: /is no type/ },
    { query: 'name=www.test&at=tomorrow', error: /is no date/ },
    { query: 'name=www.test&at=1e999', error: /is no date/ },
    { query: 'name=www.test&with-anchor=test', error: /with-anchor/ },
    { query: 'name=www.test&assume-alg-disabled=x', error: /no algorithm number/ },
    { query: 'type=A', error: /name/ },
    { query: `name=${'a'.repeat(1200)}`, error: /name/ },
  ])('wrong: $query', async ({ query, error }) => {
    const reply = await fetch(`${web}/api/kedge/explain?${query}`);
    expect(reply.status).toBe(400);
    const body = JSON.parse(await reply.text());
    expect(body.error).toMatch(error);
    expect(body.remedy).not.toBe('');
  });

  test('as a drawing, to be looked at or kept', async () => {
    const shown = await fetch(`${web}/api/kedge/explain.svg?name=www.test`);
    expect(shown.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(shown.headers.get('content-disposition')).toBeNull();
    expect(await shown.text()).toMatch(/^<\?xml|^<svg/);
    const kept = await fetch(`${web}/api/kedge/explain.svg?name=${encodeURIComponent('x"y/z\\..test')}&download=1`);
    expect(kept.headers.get('content-disposition')).toMatch(/^attachment; filename="chain-[A-Za-z0-9._-]+\.svg"$/);
  });
});

describe('changes', () => {
  test('an anchor is added and removed, and both are written down', async () => {
    const record = dsOf(inside.anchorsOf('inside.')[0]);
    const added = await send('POST', 'anchors', { zone: 'added.test', record });
    expect(added).toMatchObject({ status: 200, body: { text: expect.stringContaining('addTA("added.test"') } });
    const { anchors } = await get<Anchors>('anchors');
    expect(anchors.find(({ zone }) => zone === 'added.test.')).toMatchObject({
      source: { kind: 'api' },
      state: 'unknown',
    });
    expect((await send('DELETE', 'anchors/added.test')).status).toBe(200);
    expect((await send('DELETE', 'anchors/added.test')).status).toBe(404);
    const { entries } = await get<{ entries: AuditEntry[] }>('audit?limit=3');
    expect(entries.map(({ action, zone, ok, client }) => `${action} ${zone} ${ok} ${client}`)).toEqual([
      'remove trust anchor added.test false 127.0.0.1',
      'remove trust anchor added.test true 127.0.0.1',
      'add trust anchor added.test true 127.0.0.1',
    ]);
  });

  test('a negative anchor makes a bogus zone insecure, and leaves a line in the log', async () => {
    const zone = 'expired.test.';
    expect((await send('POST', 'negative-anchors', { zone, reason: 'two\nlines' })).status).toBe(200);
    const { negativeAnchors } = await get<Anchors>('anchors');
    expect(negativeAnchors).toContainEqual(
      expect.objectContaining({ zone, reason: 'two lines', source: { kind: 'api' } }),
    );
    expect(await get('explain?name=www.expired.test')).toMatchObject({ status: 'insecure' });
    expect((await send('DELETE', `negative-anchors/${zone}`)).status).toBe(200);
    expect(await get('explain?name=www.expired.test')).toMatchObject({ status: 'bogus' });
  });

  test.each([
    { method: 'POST', path: 'anchors', body: { zone: 'x.test', record: 'nonsense' }, status: 400 },
    { method: 'POST', path: 'anchors', body: { zone: 'a..b', record: '1 13 2 aa' }, status: 400 },
    { method: 'POST', path: 'anchors', body: { zone: 'x.test' }, status: 400 },
    { method: 'POST', path: 'anchors', body: { zone: 'x.test', record: 'x', more: 1 }, status: 400 },
    { method: 'POST', path: 'negative-anchors', body: { zone: 'x.test', reason: 'x'.repeat(300) }, status: 400 },
    { method: 'DELETE', path: 'anchors/%5C046', body: undefined, status: 404 },
    { method: 'DELETE', path: 'negative-anchors/nothing.test', body: undefined, status: 404 },
    { method: 'PUT', path: 'queries', body: { on: 'perhaps' }, status: 400 },
  ])('refused with $status: $method $path $body', async ({ method, path, body, status }) => {
    const reply = await send(method, path, body);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ error: expect.any(String), remedy: expect.any(String) });
  });

  test.each([
    { method: 'POST', path: 'anchors', body: { zone: 'x.test', record: '1 13 2 aa' } },
    { method: 'DELETE', path: 'anchors/inside', body: undefined },
    { method: 'POST', path: 'negative-anchors', body: { zone: 'x.test' } },
    { method: 'DELETE', path: 'negative-anchors/silent', body: undefined },
    { method: 'POST', path: 'forwards/check', body: {} },
    { method: 'PUT', path: 'queries', body: { on: true } },
  ])('only with the key: $method $path', async ({ method, path, body }) => {
    const reply = await fetch(`${web}/api/kedge/${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    expect(reply.status).toBe(401);
  });

  test('the anchors of the root stay', () => {
    const { webTarget } = running.daemon;
    expect(webTarget.removeAnchor('127.0.0.1', '.')).toMatchObject({ ok: false, status: 409 });
    expect(webTarget.anchors().anchors[0]).toMatchObject({ zone: '.' });
  });

  test('the forwarders are asked again', async () => {
    const reply = await send('POST', 'forwards/check', {});
    expect(reply.status).toBe(200);
    const { forwards } = await get<Anchors>('anchors');
    const found = forwards.map(({ zone, state, checkedAt }) => `${zone} ${state} ${checkedAt !== undefined}`);
    expect(found).toEqual(['. ok true', 'inside. ok true', 'changed. error true', 'silent. error true']);
    const ofChanged = forwards.find(({ zone }) => zone === 'changed.');
    expect(ofChanged?.advice[0]?.text).toMatch(/names no key that its zone has/);
    expect(ofChanged?.advice[0]?.lines.map(({ where }) => where)).toEqual([
      'recursor.yml',
      'Lua file (lua-config-file)',
    ]);
  });

  test('the query log: off, on, filtered, off', async () => {
    expect(await get<QueryLog>('queries')).toEqual({ on: false, seq: 0, entries: [] });
    expect(await send('PUT', 'queries', { on: true })).toEqual({ status: 200, body: { on: true } });
    await ask('www.test.');
    await ask('www.plain.test.');
    const { on, entries } = await get<QueryLog>('queries?name=plain');
    expect(on).toBe(true);
    expect(entries).toEqual([
      expect.objectContaining({
        seq: 2,
        client: '127.0.0.1',
        name: 'www.plain.test.',
        type: 'A',
        rcode: 'NOERROR',
        verdict: 'insecure',
        origin: 'cache',
      }),
    ]);
    expect((await get<QueryLog>('queries?since=1')).entries).toHaveLength(1);
    await send('PUT', 'queries', { on: false });
    expect((await get<QueryLog>('queries')).entries).toEqual([]);
  });
});

describe('the OpenAPI description', () => {
  interface Operation {
    summary: string;
    security: object[];
    responses: Record<string, { content?: Record<string, { schema: object }> }>;
  }
  type Paths = Record<string, Record<string, Operation>>;

  test('every reply is of the shape that it says', async () => {
    const document = await get<{ openapi: string; paths: Paths }>('openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    const examples = new Map([
      [
        '/api/kedge/explain',
        [
          '?name=www.test',
          '?name=alias.test',
          '?name=www.expired.test',
          '?name=none.test',
          '?name=www.plain.test',
          '?name=www.changed&type=MX',
          '?name=www.ending.test&at=2020-01-01',
        ],
      ],
      ['/api/kedge/failures', ['', '?limit=1']],
    ]);
    await send('PUT', 'queries', { on: true });
    await ask('www.test.');
    let count = 0;
    for (const [path, operations] of Object.entries(document.paths)) {
      const schema = operations['get']?.responses['200']?.content?.['application/json']?.schema;
      if (!path.startsWith('/api/kedge/') || schema === undefined) continue;
      const validate = ajv.compile(schema);
      for (const query of examples.get(path) ?? ['']) {
        const body = await get(`${path.slice('/api/kedge/'.length)}${query}`);
        validate(body);
        expect({ path, query, errors: validate.errors }).toEqual({ path, query, errors: null });
        count++;
      }
    }
    await send('PUT', 'queries', { on: false });
    expect(count).toBeGreaterThanOrEqual(18);
    const writes = [
      { method: 'PUT', path: 'queries', body: { on: false } },
      { method: 'POST', path: 'forwards/check', body: {} },
      { method: 'POST', path: 'negative-anchors', body: { zone: 'written.test' } },
    ];
    for (const { method, path, body } of writes) {
      const operation = document.paths[`/api/kedge/${path}`]?.[method.toLowerCase()];
      const schema = operation?.responses['200']?.content?.['application/json']?.schema;
      const validate = ajv.compile(schema ?? false);
      validate((await send(method, path, body)).body);
      expect({ path, errors: validate.errors }).toEqual({ path, errors: null });
    }
  });

  test('all routes are in it, each with words, and writes with the key', async () => {
    const { paths } = await get<{ paths: Paths }>('openapi.json');
    const found = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { summary, security }]) => ({ method, path, summary, security })),
    );
    expect(found.filter(({ summary }) => summary === '')).toEqual([]);
    const ours = found.filter(({ path }) => path.startsWith('/api/kedge'));
    expect(ours.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'delete /api/kedge/anchors/{zone}',
      'delete /api/kedge/negative-anchors/{zone}',
      'get /api/kedge/anchors',
      'get /api/kedge/audit',
      'get /api/kedge/expiries',
      'get /api/kedge/explain',
      'get /api/kedge/explain.svg',
      'get /api/kedge/failures',
      'get /api/kedge/forwarders',
      'get /api/kedge/history',
      'get /api/kedge/openapi.json',
      'get /api/kedge/overview',
      'get /api/kedge/queries',
      'get /api/kedge/rollovers',
      'post /api/kedge/anchors',
      'post /api/kedge/forwards/check',
      'post /api/kedge/negative-anchors',
      'put /api/kedge/queries',
    ]);
    for (const { method, path, security } of ours) {
      expect({ path, security }).toEqual({
        path,
        security: method === 'get' ? [{}, { password: [] }, { apiKey: [] }] : [{ apiKey: [] }],
      });
    }
    expect(found.some(({ path }) => path.startsWith('/api/v1/'))).toBe(true);
  });
});
