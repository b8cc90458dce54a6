// The routes of `/api/kedge` over a target that writes down what it is asked: parameters, limits, replies; and the OpenAPI
// description of routes of all kinds.
import fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Access } from '../../src/web/access.ts';
import { registerKedgeApi } from '../../src/web/kedge-api.ts';
import { collectRoutes, openApiDocument } from '../../src/web/openapi.ts';
import { compileCheck } from '../../src/web/schema-check.ts';
import type { Answered, Done, WebTarget } from '../../src/web/target.ts';

const pass: onRequestAsyncHookHandler = async () => undefined;
const deny: onRequestAsyncHookHandler = async (_request, reply) =>
  await reply.code(401).send({ error: 'no', remedy: '' });
const access: Access = { read: pass, write: async () => undefined, discovery: pass };

const done: Answered<Done> = { ok: true, value: { text: 'done' } };
const refused: Answered<never> = { ok: false, status: 409, error: 'not now', remedy: 'later' };

/** A target whose calls are kept; `outcome` is what changes end in. */
function keptTarget(outcome: Answered<Done> = done): { target: WebTarget; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const note = <T>(value: T) => {
    return (...args: unknown[]): T => {
      calls.push(args);
      return value;
    };
  };
  const nothing = { dnssec: true, anchors: [], negativeAnchors: [], forwards: [] };
  const target: WebTarget = {
    version: '1.2.3',
    overview: () => {
      throw new Error('a fault');
    },
    explain: note(Promise.resolve(refused)),
    anchors: note(nothing),
    addAnchor: note(outcome),
    removeAnchor: note(outcome),
    addNegativeAnchor: note(outcome),
    removeNegativeAnchor: note(outcome),
    checkForwards: note(Promise.resolve({ ok: true, value: [] } as const)),
    audit: note([]),
    expiries: note({ warnDays: 7, zones: [] }),
    rollovers: note([]),
    forwarders: note([]),
    failures: note({ ok: true, value: { failures: [] } } as const),
    history: note({ ok: true, value: [] } as const),
    queries: note({ on: false, seq: 0, entries: [] }),
    setQueryLog: note(undefined),
  };
  return { target, calls };
}

async function appOver(target: WebTarget, guards: Access = access): Promise<FastifyInstance> {
  const app = fastify();
  app.setValidatorCompiler(compileCheck);
  const routes = collectRoutes(app);
  registerKedgeApi(app, target, guards, routes);
  await app.ready();
  return app;
}

describe('requests', () => {
  const { target, calls } = keptTarget();
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await appOver(target);
  });
  beforeEach(() => {
    calls.length = 0;
  });

  const explainCall = { name: 'www.test', type: 'A', withAnchors: [], withoutAnchors: [], disabledAlgorithms: [] };
  test.each([
    { path: 'explain?name=www.test', want: [explainCall] },
    { path: 'explain?name=www.test&type=MX&at=2027-01-01', want: [{ ...explainCall, type: 'MX', at: '2027-01-01' }] },
    { path: 'explain?name=www.test&at=', want: [explainCall] },
    {
      path: 'explain?name=www.test&with-anchor=a%201&with-anchor=b%202&without-anchor=c&assume-alg-disabled=8',
      want: [{ ...explainCall, withAnchors: ['a 1', 'b 2'], withoutAnchors: ['c'], disabledAlgorithms: ['8'] }],
    },
    { path: 'audit', want: [100] },
    { path: 'audit?limit=5', want: [5] },
    { path: 'expiries', want: [200] },
    { path: 'failures', want: [50, undefined] },
    { path: 'failures?limit=2&cursor=77', want: [2, '77'] },
    { path: 'history', want: [100, undefined] },
    { path: 'history?zone=a.test', want: [100, 'a.test'] },
    { path: 'queries', want: [{ limit: 200 }] },
    { path: 'queries?since=7&name=x&limit=3', want: [{ since: 7, name: 'x', limit: 3 }] },
  ])('$path', async ({ path, want }) => {
    await app.inject(`/api/kedge/${path}`);
    expect(calls).toEqual([want]);
  });

  test.each([
    'audit?limit=0',
    'audit?limit=501',
    'audit?limit=x',
    'expiries?limit=1001',
    'failures?limit=-1',
    'queries?since=-1',
    'queries?limit=2001',
    'explain',
    `explain?name=x&${Array.from({ length: 11 }, (_, index) => `with-anchor=${index}`).join('&')}`,
    'explain.svg?name=x&download=2',
  ])('refused: %s', async (path) => {
    expect((await app.inject(`/api/kedge/${path}`)).statusCode).toBe(400);
    expect(calls).toEqual([]);
  });

  const writes = [
    { method: 'POST', path: 'anchors', body: { zone: 'a', record: 'b' }, want: ['127.0.0.1', 'a', 'b'] },
    { method: 'DELETE', path: 'anchors/a.test.', body: undefined, want: ['127.0.0.1', 'a.test.'] },
    { method: 'POST', path: 'negative-anchors', body: { zone: 'a' }, want: ['127.0.0.1', 'a', ''] },
    { method: 'DELETE', path: 'negative-anchors/a%2Fb', body: undefined, want: ['127.0.0.1', 'a/b'] },
  ] as const;
  test.each(writes)('$method $path', async ({ method, path, body, want }) => {
    const reply = await app.inject({ method, url: `/api/kedge/${path}`, ...(body !== undefined && { payload: body }) });
    expect(reply.json()).toEqual({ text: 'done' });
    expect(calls).toEqual([want]);
  });

  test.each(writes)('what is not done says why: $method $path', async ({ method, path, body }) => {
    const refusing = await appOver(keptTarget(refused).target);
    const reply = await refusing.inject({
      method,
      url: `/api/kedge/${path}`,
      ...(body !== undefined && { payload: body }),
    });
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toEqual({ error: 'not now', remedy: 'later' });
  });

  test('the hooks of the server decide before anything is read', async () => {
    const guarded = await appOver(target, { read: deny, write: deny, discovery: deny });
    for (const { method, path } of [...writes, { method: 'GET', path: 'anchors' } as const]) {
      expect((await guarded.inject({ method, url: `/api/kedge/${path}`, payload: 'no JSON' })).statusCode).toBe(401);
    }
    expect((await guarded.inject('/api/kedge/openapi.json')).statusCode).toBe(401);
    expect(calls).toEqual([]);
  });
});

describe('the description', () => {
  test('has every route once, with parameters, bodies and keys', async () => {
    const app = fastify();
    const routes = collectRoutes(app);
    const zone = { type: 'object', properties: { zone: { type: 'string', description: 'Its name.' } } };
    app.get('/hidden', { schema: { hide: true } }, async () => '');
    app.get('/plain', async () => '');
    app.register(async (scope) => {
      scope.route({
        method: ['PUT', 'POST'],
        url: '/zones/:zone',
        schema: { summary: 'A zone', tags: ['x'], params: zone, body: { type: 'object' } },
        onRequest: [access.write],
        handler: async () => '',
      });
      scope.get(
        '/list',
        { schema: { summary: 'All', querystring: { ...zone, required: ['zone'] } }, onRequest: access.read },
        async () => '',
      );
    });
    await app.ready();
    const { paths, info } = openApiDocument(routes, access, '1.2.3');
    expect(info).toMatchObject({ version: '1.2.3' });
    expect(Object.keys(paths as object)).toEqual(['/plain', '/zones/{zone}', '/list']);
    const parameter = { name: 'zone', description: 'Its name.', schema: { type: 'string' } };
    expect(paths).toMatchObject({
      '/zones/{zone}': {
        put: {
          summary: 'A zone',
          tags: ['x'],
          security: [{ apiKey: [] }],
          parameters: [{ ...parameter, in: 'path', required: true }],
          requestBody: { required: true },
        },
        post: { summary: 'A zone' },
      },
      '/list': {
        get: {
          security: [{}, { password: [] }, { apiKey: [] }],
          parameters: [{ ...parameter, in: 'query', required: true }],
          responses: { 200: {}, default: {} },
        },
      },
    });
  });

  test('is served, with the version of the program', async () => {
    const app = await appOver(keptTarget().target);
    const document = (await app.inject('/api/kedge/openapi.json')).json();
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
    expect(JSON.stringify(document).length).toBeLessThan(100_000);
  });
});
