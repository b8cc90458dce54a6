// The OpenAPI description, made from what the routes themselves are checked by: a route that is not described cannot be
// there, and a description cannot be of another route.
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Access } from './access.ts';
import './route-schema.ts';

/** A route as it was registered. */
export type DescribedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'onRequest'>;

/** Writes down all routes that are registered from now on, those of plugins included. */
export function collectRoutes(app: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema, onRequest }) => {
    routes.push({
      method,
      url,
      ...(schema !== undefined && { schema }),
      ...(onRequest !== undefined && { onRequest }),
    });
  });
  return routes;
}

type Json = Readonly<Record<string, unknown>>;

/** The description of all routes that do not hide, OpenAPI 3.1. */
export function openApiDocument(routes: readonly DescribedRoute[], access: Access, version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    if (route.schema?.hide === true) continue;
    const path = route.url.replace(/:([A-Za-z_]+)/g, '{$1}');
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue;
      paths[path] ??= {};
      paths[path][method.toLowerCase()] = operation(route, access);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'kedge',
      version,
      description:
        'HTTP API of the kedge DNS resolver. `/api/kedge` is its own; `/api/v1` is that of PowerDNS Recursor. Errors are an object with a sentence and what to do.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'webservice.api_key' },
        password: { type: 'http', scheme: 'basic', description: 'webservice.password, with any user name' },
      },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema: Json = {
  type: 'object',
  properties: {
    error: { type: 'string', description: 'What is wrong, one sentence.' },
    remedy: { type: 'string', description: 'What to do about it.' },
  },
  required: ['error', 'remedy'],
};

function operation({ schema = {}, onRequest }: DescribedRoute, access: Access): Json {
  const { summary = '', description, tags = [] } = schema;
  return {
    summary,
    ...(description !== undefined && { description }),
    tags,
    security: securityOf(onRequest, access),
    ...parameters(schema.querystring, schema.params),
    ...(schema.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schema.body } } },
    }),
    responses: { ...responses(schema.response), default: errorResponse },
  };
}

const errorResponse: Json = {
  description: 'It was not done.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

/** Alternatives; the empty one is that nothing is needed, as while no password is configured. */
function securityOf(onRequest: unknown, { write }: Access): Json[] {
  const hooks = Array.isArray(onRequest) ? onRequest : [onRequest];
  return hooks.includes(write) ? [{ apiKey: [] }] : [{}, { password: [] }, { apiKey: [] }];
}

function parameters(query: unknown, params: unknown): { parameters?: Json[] } {
  const all = [...parametersIn('query', query), ...parametersIn('path', params)];
  return all.length === 0 ? {} : { parameters: all };
}

function parametersIn(place: 'query' | 'path', schema: unknown): Json[] {
  if (!isObject(schema) || !isObject(schema['properties'])) return [];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(schema['properties']).map(([name, value]) => {
    const { description, ...type } = isObject(value) ? value : {};
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(typeof description === 'string' && { description }),
      schema: type,
    };
  });
}

function responses(given: unknown): Record<string, Json> {
  if (!isObject(given)) return { 200: { description: 'Done.' } };
  return Object.fromEntries(
    Object.entries(given).map(([status, schema]) => {
      if (!isObject(schema)) return [status, { description: 'Done.' }];
      const { description = 'Done.', content, ...rest } = schema;
      // A schema with `content` has others than JSON.
      return [status, { description, content: content ?? { 'application/json': { schema: rest } } }];
    }),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
