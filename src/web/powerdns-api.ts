// `/api/v1`: PowerDNS Recursor's HTTP API, as far as dashboards and tools use it (POWERDNS 8). Shapes, words and status
// codes are its own; errors are ours, which say what to do.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseAddress } from '../wire/address-text.ts';
import { parseType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseNamePattern } from '../wire/name-pattern.ts';
import { nameText, parseName } from '../wire/name-text.ts';
import { type Access, refuse } from './access.ts';
import type { AccessList, ApiFailure, ApiZone, PowerDNSTarget, WantedZone } from './powerdns-target.ts';
import { refusal } from './refusal.ts';
import './route-schema.ts';
import type { Answered, WebTarget } from './target.ts';

const SERVER = '/api/v1/servers/localhost';
const MAX_FAILURES = 500;
const MAX_REGEX_LENGTH = 200;
const tags = ['PowerDNS'];

export interface PowerDNSParts {
  readonly target: PowerDNSTarget;
  readonly failures: WebTarget['failures'];
  readonly access: Access;
  /** Of bodies, octets. */
  readonly bodyLimit: number;
}

export function registerPowerDNS(app: FastifyInstance, parts: PowerDNSParts): void {
  registerDiscovery(app, parts);
  registerConfig(app, parts);
  registerZones(app, parts);
  registerCache(app, parts);
  registerTrace(app, parts);
}

function serverItem(version: string): object {
  return {
    type: 'Server',
    id: 'localhost',
    daemon_type: 'recursor',
    version,
    url: SERVER,
    config_url: `${SERVER}/config{/config_setting}`,
    zones_url: `${SERVER}/zones{/zone}`,
  };
}

function registerDiscovery(app: FastifyInstance, { target, access }: PowerDNSParts): void {
  const onRequest = access.discovery;
  const at = (path: string, summary: string, answer: () => unknown) =>
    app.get(path, { schema: { summary, tags }, onRequest }, async (_request, reply) => reply.send(answer()));
  at('/api', 'Versions of the API', () => [{ version: 1, url: '/api/v1' }]);
  at('/api/v1', 'Where things are', () => ({ server_url: '/api/v1/servers{/server}', api_features: [] }));
  at('/api/v1/servers', 'The one server', () => [serverItem(target.version)]);
  at(SERVER, 'The server', () => serverItem(target.version));
  interface Wanted {
    Querystring: { statistic?: string };
  }
  const schema = { summary: 'All statistics', tags, querystring: objectOf({ statistic: { type: 'string' } }) };
  app.get<Wanted>(`${SERVER}/statistics`, { schema, onRequest }, async ({ query }, reply) => {
    const items = Array.from(target.statistics(), ([name, value]) => ({
      name,
      type: 'StatisticItem',
      value: String(value),
    }));
    if (query.statistic === undefined) return await reply.send(items.filter(({ name }) => target.isListed(name)));
    const wanted = items.filter(({ name }) => name === query.statistic);
    if (wanted.length > 0) return await reply.send(wanted);
    return await refuse(reply, refusal(422, 'there is no such statistic', `GET ${SERVER}/statistics lists them.`));
  });
}

interface ListBody {
  name?: string;
  value: string[];
}

function registerConfig(app: FastifyInstance, { target, access, bodyLimit }: PowerDNSParts): void {
  const onRequest = access.write;
  const item = ({ name, value }: { readonly name: string; readonly value: unknown }) => ({
    type: 'ConfigSetting',
    name,
    value,
  });
  app.get(
    `${SERVER}/config`,
    { schema: { summary: 'All settings; without keys and passwords', tags }, onRequest },
    async (_request, reply) => reply.send(target.settings().map(item)),
  );
  for (const which of ['allow-from', 'allow-notify-from'] as const satisfies readonly AccessList[]) {
    const path = `${SERVER}/config/${which}`;
    const shown = () => item({ name: which, value: target.accessList(which) });
    app.get(path, { schema: { summary: `Networks of ${which}`, tags }, onRequest }, async (_request, reply) =>
      reply.send(shown()),
    );
    const body = objectOf({ name: { type: 'string' }, value: { type: 'array', items: { type: 'string' } } }, 'value');
    app.put<{ Body: ListBody }>(
      path,
      { schema: { summary: `Other networks for ${which}`, tags, body }, onRequest, bodyLimit },
      async (request, reply) => {
        const { name = which, value } = request.body;
        if (name !== which) return await refuse(reply, refusal(422, 'name is not that of the path', `Send ${which}.`));
        const outcome = target.setAccessList(request.ip, which, value);
        return outcome.ok ? await reply.send(shown()) : await refuse(reply, outcome);
      },
    );
  }
}

interface ZoneBody {
  name?: string;
  kind: string;
  servers?: string[];
  recursion_desired?: boolean;
  single_target_ip?: string;
}

const zoneBody = objectOf(
  {
    id: { type: 'string' },
    url: { type: 'string' },
    type: { type: 'string' },
    name: { type: 'string' },
    kind: { type: 'string' },
    servers: { type: 'array', items: { type: 'string' } },
    recursion_desired: { type: 'boolean' },
    single_target_ip: { type: 'string' },
    records: { type: 'array', maxItems: 0 },
  },
  'kind',
);

function registerZones(app: FastifyInstance, { target, access, bodyLimit }: PowerDNSParts): void {
  const onRequest = access.write;
  const params = objectOf({ zone: { type: 'string' } }, 'zone');
  const zoneNamed = (name: DomainName) => {
    const text = nameText(name).toLowerCase();
    return target.zones().find((zone) => zone.name.toLowerCase() === text);
  };
  const path = `${SERVER}/zones`;
  app.get(path, { schema: { summary: 'Forwarded and local zones', tags }, onRequest }, async (_request, reply) =>
    reply.send(target.zones().map(zoneItem)),
  );
  app.post<{ Body: ZoneBody }>(
    path,
    { schema: { summary: 'Adds a zone', tags, body: zoneBody }, onRequest, bodyLimit },
    async (request, reply) => {
      const wanted = wantedZone(request.body, request.body.name ?? '');
      if (!wanted.ok) return await refuse(reply, { ...wanted, status: 422 });
      const outcome = target.storeZone(request.ip, wanted.value, false);
      if (!outcome.ok) return await refuse(reply, outcome);
      const stored = zoneNamed(wanted.value.name);
      return await reply.code(201).send(stored === undefined ? {} : zoneDetail(stored));
    },
  );
  interface Named {
    Params: { zone: string };
  }
  const onePath = `${path}/:zone`;
  app.get<Named>(onePath, { schema: { summary: 'One zone', tags, params }, onRequest }, async (request, reply) => {
    const name = parsedName(request.params.zone);
    if (!name.ok) return await refuse(reply, { ...name, status: 422 });
    const zone = zoneNamed(name.value);
    return zone === undefined ? await noSuchZone(reply) : await reply.send(zoneDetail(zone));
  });
  app.put<Named & { Body: ZoneBody }>(
    onePath,
    { schema: { summary: 'Replaces a zone that was made here', tags, params, body: zoneBody }, onRequest, bodyLimit },
    async (request, reply) => {
      const wanted = wantedZone(request.body, request.params.zone);
      if (!wanted.ok) return await refuse(reply, { ...wanted, status: 422 });
      const outcome = target.storeZone(request.ip, wanted.value, true);
      return outcome.ok ? await reply.code(204).send() : await refuse(reply, outcome);
    },
  );
  app.delete<Named>(
    onePath,
    { schema: { summary: 'Removes a zone that was made here', tags, params }, onRequest },
    async (request, reply) => {
      const name = parsedName(request.params.zone);
      if (!name.ok) return await refuse(reply, { ...name, status: 422 });
      const outcome = target.removeZone(request.ip, name.value);
      return outcome.ok ? await reply.code(204).send() : await refuse(reply, outcome);
    },
  );
  interface Search {
    Querystring: { q: string };
  }
  const querystring = objectOf({ q: { type: 'string', minLength: 1 }, max: {} }, 'q');
  app.get<Search>(
    `${SERVER}/search-data`,
    { schema: { summary: 'Zones whose name holds a text', tags, querystring }, onRequest },
    async ({ query }, reply) => {
      const text = query.q.toLowerCase().replaceAll('*', '');
      const found = target.zones().filter(({ name }) => name.toLowerCase().includes(text));
      return await reply.send(found.map(({ name }) => ({ type: 'zone', zone_id: name, name })));
    },
  );
}

async function noSuchZone(reply: FastifyReply): Promise<unknown> {
  return await refuse(reply, refusal(404, 'there is no such zone', `GET ${SERVER}/zones lists them.`));
}

function zoneItem({ name, kind, servers, recursionDesired }: ApiZone): object {
  const url = `${SERVER}/zones/${encodeURIComponent(name)}`;
  return { id: name, name, url, type: 'Zone', kind, servers, recursion_desired: recursionDesired };
}

function zoneDetail(zone: ApiZone): object {
  return { ...zoneItem(zone), records: [] };
}

function wantedZone(body: ZoneBody, nameWord: string): Answered<WantedZone> {
  const name = parsedName(nameWord);
  if (!name.ok) return name;
  if (body.name !== undefined && body.name !== nameWord) {
    const inBody = parsedName(body.name);
    if (!inBody.ok || inBody.value.key !== name.value.key) {
      return unprocessable('the name in the body is another than that of the path', 'Leave it out.');
    }
  }
  const kind = body.kind.toLowerCase();
  const { servers = [], recursion_desired: recursionDesired = false, single_target_ip: singleTarget } = body;
  if (kind !== 'forwarded' && kind !== 'native') return unprocessable('this kind is not known', 'Forwarded or Native.');
  if (kind === 'forwarded' && servers.length === 0) {
    return unprocessable('there are no servers to forward to', 'servers: ["192.0.2.1:53"]');
  }
  if (kind === 'native' && (recursionDesired || servers.length > 0)) {
    return unprocessable('a native zone asks no servers', 'Leave out servers and recursion_desired.');
  }
  if (singleTarget !== undefined && parseAddress(singleTarget) === undefined) {
    return unprocessable('single_target_ip is no address', 'Write it as in 192.0.2.1.');
  }
  const named = { name: name.value, servers, recursionDesired, singleTarget } as const;
  return { ok: true, value: { ...named, kind: kind === 'native' ? 'Native' : 'Forwarded' } };
}

function unprocessable(error: string, remedy: string): Answered<never> {
  return { ok: false, status: 400, error, remedy };
}

function parsedName(text: string): Answered<DomainName> {
  // PowerDNS writes what an address may not hold as `=2F`.
  const plain = text.replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const parsed = plain === '' ? { ok: false as const, error: 'it is empty' } : parseName(plain);
  return parsed.ok
    ? { ok: true, value: parsed.name }
    : unprocessable(`this is no domain name: ${parsed.error}`, 'Write it as in home.arpa.');
}

function registerCache(app: FastifyInstance, { target, access }: PowerDNSParts): void {
  interface Flush {
    Querystring: { domain: string; subtree?: boolean; type?: string };
  }
  const querystring = objectOf(
    { domain: { type: 'string' }, subtree: { type: 'boolean' }, type: { type: 'string' } },
    'domain',
  );
  app.put<Flush>(
    `${SERVER}/cache/flush`,
    { schema: { summary: 'Forgets a name, or a whole zone', tags, querystring }, onRequest: access.write },
    async ({ query, ip }, reply) => {
      const name = parsedName(query.domain);
      if (!name.ok) return await refuse(reply, { ...name, status: 422 });
      const type = query.type === undefined ? undefined : parseType(query.type);
      if (query.type !== undefined && type === undefined) {
        return await refuse(reply, refusal(422, 'this type is not known', 'Write it as in AAAA or TYPE65280.'));
      }
      const count = target.wipeCache(ip, name.value, query.subtree === true, type);
      return await reply.send({ count, result: 'Flushed cache.' });
    },
  );
  app.get(
    `${SERVER}/rpzstatistics`,
    { schema: { summary: 'Nothing: there are no response policy zones', tags }, onRequest: access.write },
    async (_request, reply) => reply.send({}),
  );
}

function registerTrace(app: FastifyInstance, { target, failures, access }: PowerDNSParts): void {
  const onRequest = access.write;
  app.get(
    `${SERVER}/trace`,
    { schema: { summary: 'What is traced, and its lines', tags }, onRequest },
    (_request, reply) => reply.send(target.trace()),
  );
  const body = objectOf({ domains: { type: ['string', 'null'], maxLength: MAX_REGEX_LENGTH } }, 'domains');
  app.put<{ Body: { domains: string | null } }>(
    `${SERVER}/trace`,
    { schema: { summary: 'Traces questions for names that match a regular expression', tags, body }, onRequest },
    async (request, reply) => {
      const { domains } = request.body;
      if (domains === null || domains === '') {
        target.setTrace(request.ip, null);
        return await reply.send(target.trace());
      }
      const names = parseNamePattern(domains);
      if (!names.ok) {
        const reason = `this is no regular expression: ${names.error}`;
        return await refuse(reply, refusal(422, reason, 'Write it as in \\.example\\.$'));
      }
      target.setTrace(request.ip, names.pattern);
      return await reply.send(target.trace());
    },
  );
  app.get(`${SERVER}/failure`, { schema: { summary: 'Recent failures', tags }, onRequest }, async (_request, reply) => {
    const found = failures(MAX_FAILURES, undefined);
    return found.ok
      ? await reply.send({ 'top-domains': MAX_FAILURES, domains: '', log: found.value.failures.map(apiFailure) })
      : await refuse(reply, found);
  });
}

type KedgeFailure = Extract<ReturnType<WebTarget['failures']>, { ok: true }>['value']['failures'][number];

function apiFailure(failure: KedgeFailure): ApiFailure {
  const { server } = failure;
  return {
    first_occurred: Math.floor(Date.parse(failure.first) / 1000),
    domain: failure.name,
    qtype: failure.type,
    failure: failure.text,
    failed_parent: failure.zone ?? '.',
    details: failure.hint,
    queried_servers: server === undefined ? [] : [{ name: '', address: server }],
  };
}

/** A JSON schema: an object with these properties and no others. */
function objectOf(properties: Record<string, object>, ...required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
