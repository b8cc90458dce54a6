// `/api/kedge`: one table of routes. Each has the schema that its requests are checked by and that describes it.
import type { FastifyInstance } from 'fastify';
import type { Access } from './access.ts';
import { readingRoutes } from './kedge-api-reads.ts';
import type { KedgeRoute } from './kedge-api-route.ts';
import { writingRoutes } from './kedge-api-writes.ts';
import { type DescribedRoute, openApiDocument } from './openapi.ts';
import type { WebTarget } from './target.ts';

const KEDGE_API = '/api/kedge';
const tags = ['kedge'];

/** Adds all routes. `routes` are those of the whole server, which `openapi.json` describes. */
export function registerKedgeApi(
  app: FastifyInstance,
  target: WebTarget,
  access: Access,
  routes: readonly DescribedRoute[],
): void {
  app.register(async (scope) => {
    // What is sent was made here and fits its schema, which tests check: nothing is left out or converted on the way.
    scope.setSerializerCompiler(() => (value) => JSON.stringify(value));
    const description: KedgeRoute = {
      method: 'GET',
      path: '/openapi.json',
      access: 'read',
      schema: { summary: 'This description', response: { 200: { type: 'object', description: 'OpenAPI 3.1.' } } },
      answer: () => openApiDocument(routes, access, target.version),
    };
    for (const { method, path, access: needed, schema, answer } of [
      ...readingRoutes(target),
      ...writingRoutes(target),
      description,
    ]) {
      scope.route({
        method,
        url: `${KEDGE_API}${path}`,
        schema: { ...schema, tags },
        onRequest: access[needed],
        handler: async (request, reply) => {
          const value = await answer(request, reply);
          return reply.sent ? reply : await reply.send(value);
        },
      });
    }
  });
}
