// Everything behind the gate: the routes, with who may use them, and how replies and errors look.
import { setImmediate as nextTurn } from 'node:timers/promises';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Access, makeAccess, refuse } from './access.ts';
import { type AssetReply, Assets } from './assets.ts';
import { isApi } from './gate.ts';
import { preflightHeaders, securityHeaders } from './headers.ts';
import { parseJsonBody } from './json-body.ts';
import { registerJsonStat } from './json-stat.ts';
import { registerKedgeApi } from './kedge-api.ts';
import { kedgeNumbers } from './kedge-numbers.ts';
import { IDLE_SOCKET_MS, MAX_BODY_OCTETS, OCTETS_PER_REQUEST } from './limits.ts';
import type { NumbersTarget } from './metrics.ts';
import { registerMetrics } from './metrics-route.ts';
import { collectRoutes } from './openapi.ts';
import { pagePaths } from './page-paths.ts';
import { registerPowerDNS } from './powerdns-api.ts';
import type { PowerDNSTarget } from './powerdns-target.ts';
import { refusal } from './refusal.ts';
import './route-schema.ts';
import { compileCheck } from './schema-check.ts';
import type { WebLog, WebSettings } from './settings.ts';
import { type RequestRate, sourceOf, type WrongKeys } from './sources.ts';
import type { WebTarget } from './target.ts';

/** Names of 255 octets, each of which may be written with four characters. */
const MAX_PARAMETER_LENGTH = 1100;
export interface AppParts {
  readonly settings: () => WebSettings;
  readonly log: WebLog;
  readonly nowMs: () => number;
  readonly wrongKeys: WrongKeys;
  /** Hears what answers cost. */
  readonly rate: Pick<RequestRate, 'charge'>;
  readonly kedge: WebTarget;
  readonly powerDNS: PowerDNSTarget & NumbersTarget;
  /** Default: what the build made. */
  readonly assets?: Assets;
}

/** Built once, at the first request; in steps, between which the thread answers others. */
export async function makeApp(parts: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_OCTETS,
    handlerTimeout: IDLE_SOCKET_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH, ignoreTrailingSlash: true },
    schemaController: {
      compilersFactory: {
        // Without these, packages are loaded that compile schemas: much work while DNS clients wait.
        buildValidator: () => neverCalled,
        buildSerializer: () => () => JSON.stringify,
      },
    },
    // A path that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      addHeaders(request, reply, parts);
      return sendError(error, reply, parts.log);
    },
  });
  app.setValidatorCompiler(compileCheck);
  await nextTurn();
  const access = makeAccess(parts);
  const routes = collectRoutes(app);
  // A route that nobody guards is a mistake, and must not wait for somebody to find it.
  app.addHook('onRoute', ({ url, onRequest }) => {
    if (onRequest === undefined) throw new Error(`${url}: it is not said who may use it`);
  });
  readJsonOnly(app);
  app.addHook('onRequest', async (request, reply) => addHeaders(request, reply, parts));
  // Files of the pages are made once.
  app.addHook('onSend', async ({ ip, url }, _reply, payload) => {
    if (isApi(url) || url.startsWith('/metrics'))
      parts.rate.charge(sourceOf(ip), lengthOf(payload) / OCTETS_PER_REQUEST);
  });
  app.addHook('onResponse', async (request, reply) => logReply(request, reply, parts));
  app.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply, parts.log));
  app.setNotFoundHandler(async (request, reply) => await notFound(request, reply, parts));
  const { kedge, powerDNS } = parts;
  registerPages(app, access, parts.assets ?? new Assets());
  await nextTurn();
  const numbers = {
    samples: () => [...powerDNS.samples(), ...kedgeNumbers(kedge)],
    histograms: () => powerDNS.histograms(),
  };
  registerMetrics(app, numbers, access);
  registerJsonStat(app, powerDNS, access);
  const bodyLimit = parts.settings().maxApiBodyOctets;
  registerPowerDNS(app, {
    target: powerDNS,
    failures: (limit, cursor) => kedge.failures(limit, cursor),
    access,
    bodyLimit,
  });
  await nextTurn();
  registerKedgeApi(app, kedge, access, routes);
  await nextTurn();
  await app.ready();
  return app;
}

function neverCalled(): never {
  throw new Error('requests are checked by schema-check.ts');
}

function addHeaders(request: FastifyRequest, reply: FastifyReply, { settings }: AppParts): void {
  reply.headers(securityHeaders(settings().crossOrigin));
  if (isApi(request.url) || request.method !== 'GET') reply.header('cache-control', 'no-store');
}

function lengthOf(payload: unknown): number {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload.length : 0;
}

/** No other kind of body is read: forms and plain text are what other sites can send unasked. */
function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    // Routes that need a body say so in their schema.
    if (text === '') {
      done(null, undefined);
      return;
    }
    const body = parseJsonBody(String(text));
    if (body.ok) done(null, body.value);
    else done(Object.assign(new Error(body.error), { statusCode: 400 }), undefined);
  });
}

function registerPages(app: FastifyInstance, access: Access, assets: Assets): void {
  const route = { schema: { hide: true }, onRequest: access.read };
  for (const path of pagePaths) {
    app.get(path, route, async (request, reply) => await sendAsset(reply, await assets.page(request.headers)));
  }
  app.get<{ Params: { '*': string } }>('/assets/*', route, async (request, reply) => {
    return await sendAsset(reply, await assets.reply(request.params['*'], request.headers));
  });
}

async function sendAsset(reply: FastifyReply, asset: AssetReply | undefined): Promise<unknown> {
  if (asset === undefined) {
    return await refuse(reply, refusal(404, 'there is no such file', 'Build the pages with: npm run build'));
  }
  return await reply.code(asset.status).headers(asset.headers).send(asset.octets);
}

async function notFound(request: FastifyRequest, reply: FastifyReply, { settings }: AppParts): Promise<unknown> {
  if (request.method === 'OPTIONS') {
    const headers = settings().crossOrigin === '' ? {} : preflightHeaders;
    return await reply
      .code(204)
      .headers({ allow: allowedMethods(request), ...headers })
      .send();
  }
  const methods = allowedMethods(request);
  if (methods !== '') {
    return await refuse(reply, refusal(405, 'this path has no such method', `Use ${methods}.`, { allow: methods }));
  }
  return await refuse(reply, refusal(404, 'there is nothing here', 'GET /api/kedge/openapi.json lists what there is.'));
}

/** The methods that a route with this path has. */
function allowedMethods({ server, url }: FastifyRequest): string {
  const path = url.split('?')[0] ?? '';
  return ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
    .filter((method) => server.findRoute({ method, url: path }) !== null)
    .join(', ');
}

/** What went wrong before or in a handler. What is no fault of the client is ours, and says nothing about our inside. */
async function sendError(error: FastifyError, reply: FastifyReply, log: WebLog): Promise<unknown> {
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return await refuse(reply, refusal(status, clientErrorText(error), clientRemedy(status)));
  }
  if (status === 503) return await refuse(reply, refusal(503, 'this takes too long', 'Try again later.'));
  log.error('fault of the program in the web server', { stack: error.stack ?? String(error) });
  return await refuse(reply, refusal(500, 'this is a fault of the program', 'The log has more; please report it.'));
}

function clientErrorText({ statusCode, code, message }: FastifyError): string {
  if (statusCode === 413) return 'the body is too long';
  if (statusCode === 415) return 'only application/json is read';
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return 'the body is empty';
  if (code === 'FST_ERR_BAD_URL') return 'the path cannot be decoded';
  return message;
}

function clientRemedy(status: number): string {
  if (status === 413) return 'Send less at once.';
  if (status === 415) return 'Send the header Content-Type: application/json.';
  return 'GET /api/kedge/openapi.json says what is expected.';
}

/** Never the query, which says what somebody looks for, unless all details are wanted. */
function logReply(request: FastifyRequest, reply: FastifyReply, { settings, log }: AppParts): void {
  const { logLevel } = settings();
  const { method, url, ip } = request;
  const { statusCode } = reply;
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (logLevel === 'none' || (logLevel === 'normal' && isRead && statusCode < 400)) return;
  const path = logLevel === 'detailed' ? url : (url.split('?')[0] ?? '');
  log.info('web request', { client: ip, method, path, status: statusCode, ms: Math.round(reply.elapsedTime) });
}
