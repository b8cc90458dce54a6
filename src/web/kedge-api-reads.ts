// The routes of `/api/kedge` that show something.
import type { FastifyRequest } from 'fastify';
import { explanationSvg } from '../explain/svg.ts';
import {
  answered,
  type KedgeRoute,
  limit,
  MAX_NAME,
  MAX_RECORD,
  ok,
  parametersOf,
  queryOf,
  several,
  word,
} from './kedge-api-route.ts';
import * as shapes from './kedge-api-schemas.ts';
import type { ExplainQuery, QueryFilter, WebTarget } from './target.ts';

export function readingRoutes(target: WebTarget): KedgeRoute[] {
  return [
    ...overviewRoutes(target),
    ...explainRoutes(target),
    ...anchorRoutes(target),
    ...zoneRoutes(target),
    ...eventRoutes(target),
  ];
}

function overviewRoutes(target: WebTarget): KedgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/overview',
      access: 'read',
      schema: {
        summary: 'Queries, cache, verdicts, latency',
        ...ok(shapes.overview, 'Counters since the start, and how they grew in the last ten minutes.'),
      },
      answer: () => target.overview(),
    },
  ];
}

interface ExplainParameters {
  readonly name: string;
  readonly type: string;
  readonly at?: string;
  readonly 'with-anchor'?: readonly string[];
  readonly 'without-anchor'?: readonly string[];
  readonly 'assume-alg-disabled'?: readonly string[];
}

const explainParameters = {
  name: word('The name asked for.', MAX_NAME),
  type: { ...word('The type, a mnemonic, a number or TYPE12345.', 20), default: 'A' },
  at: word('Signatures are judged as of this date: 2026-12-31, 2026-12-31T12:00:00Z, or Unix seconds.', 40),
  'with-anchor': several("Trust this anchor too: 'ZONE KEYTAG ALGORITHM DIGESTTYPE DIGEST'.", MAX_RECORD),
  'without-anchor': several('Leave out the anchors, also negative ones, of this zone.', MAX_NAME),
  'assume-alg-disabled': several('Treat the algorithm with this number as unsupported.', 3),
};

function explainRoutes(target: WebTarget): KedgeRoute[] {
  const note =
    'Without suppositions, it is what the running resolver holds; with any, the question is resolved anew, aside.';
  return [
    {
      method: 'GET',
      path: '/explain',
      access: 'read',
      schema: {
        summary: 'The chain of trust behind an answer',
        description: note,
        querystring: parametersOf(explainParameters, 'name'),
        ...ok(shapes.explanation, 'As docs/explain.md has it.'),
      },
      answer: async (request, reply) => answered(await target.explain(explainQuery(request)), reply),
    },
    {
      method: 'GET',
      path: '/explain.svg',
      access: 'read',
      schema: {
        summary: 'The same as a drawing',
        description: note,
        querystring: parametersOf(
          {
            ...explainParameters,
            download: { type: 'integer', enum: [0, 1], description: 'As a file to be kept.', default: 0 },
          },
          'name',
        ),
        response: { 200: { description: 'SVG.', content: { 'image/svg+xml': { schema: { type: 'string' } } } } },
      },
      answer: async (request, reply) => {
        const { name, type, download } = queryOf<ExplainParameters & { readonly download: number }>(request);
        return await answered(await target.explain(explainQuery(request)), reply, (explanation) => {
          reply.type('image/svg+xml; charset=utf-8');
          if (download === 1) reply.header('content-disposition', `attachment; filename="${fileName(name, type)}"`);
          return explanationSvg(explanation);
        });
      },
    },
  ];
}

function explainQuery(request: FastifyRequest): ExplainQuery {
  const { name, type, at, ...lists } = queryOf<ExplainParameters>(request);
  return {
    name,
    type,
    ...(at !== undefined && at !== '' && { at }),
    withAnchors: lists['with-anchor'] ?? [],
    withoutAnchors: lists['without-anchor'] ?? [],
    disabledAlgorithms: lists['assume-alg-disabled'] ?? [],
  };
}

function fileName(name: string, type: string): string {
  const safe = (text: string): string => text.replace(/[^A-Za-z0-9.-]/g, '_').replace(/^\.+|\.+$/g, '');
  return `chain-${safe(name).slice(0, 100) || 'root'}-${safe(type)}.svg`;
}

function anchorRoutes(target: WebTarget): KedgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/anchors',
      access: 'read',
      schema: {
        summary: 'Trust anchors, negative ones, and forward zones as the assistant found them',
        ...ok(shapes.anchors, 'With where each anchor is from, and what the keys of its zone are to it.'),
      },
      answer: () => target.anchors(),
    },
    {
      method: 'GET',
      path: '/audit',
      access: 'read',
      schema: {
        summary: 'Who changed what over HTTP',
        querystring: parametersOf({ limit: limit(500, 100) }),
        ...ok(shapes.audit, 'The newest first.'),
      },
      answer: (request) => ({ entries: target.audit(queryOf<{ readonly limit: number }>(request).limit) }),
    },
  ];
}

function zoneRoutes(target: WebTarget): KedgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/expiries',
      access: 'read',
      schema: {
        summary: 'When signatures end, of all zones that the resolver holds',
        querystring: parametersOf({ limit: limit(1000, 200) }),
        ...ok(shapes.expiries, 'By time left, the least first.'),
      },
      answer: (request) => target.expiries(queryOf<{ readonly limit: number }>(request).limit),
    },
    {
      method: 'GET',
      path: '/rollovers',
      access: 'read',
      schema: {
        summary: 'The keys of zones with trust anchors, and when old ones may go',
        ...ok(shapes.rollovers, 'By name, the root first.'),
      },
      answer: () => ({ zones: target.rollovers() }),
    },
    {
      method: 'GET',
      path: '/forwarders',
      access: 'read',
      schema: { summary: 'How forwarders behave', ...ok(shapes.forwarders, 'By zone.') },
      answer: () => ({ zones: target.forwarders() }),
    },
    {
      method: 'GET',
      path: '/history',
      access: 'read',
      schema: {
        summary: 'Changes of what zones were found to be',
        querystring: parametersOf({ limit: limit(1000, 100), zone: word('Of this zone alone.', MAX_NAME) }),
        ...ok(shapes.history, 'The newest first.'),
      },
      answer: (request, reply) => {
        const { limit: most, zone } = queryOf<{ readonly limit: number; readonly zone?: string }>(request);
        return answered(target.history(most, zone), reply, (entries) => ({ entries }));
      },
    },
  ];
}

function eventRoutes(target: WebTarget): KedgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/failures',
      access: 'read',
      schema: {
        summary: 'Answers that were bogus or not to be had, with cause and remedy',
        querystring: parametersOf({ limit: limit(500, 50), cursor: word('`next` of the page before.', 20) }),
        ...ok(shapes.failures, 'The newest first; one for each name, type and cause.'),
      },
      answer: (request, reply) => {
        const { limit: most, cursor } = queryOf<{ readonly limit: number; readonly cursor?: string }>(request);
        return answered(target.failures(most, cursor), reply);
      },
    },
    {
      method: 'GET',
      path: '/queries',
      access: 'read',
      schema: {
        summary: 'The latest queries one by one, while the query log is on',
        querystring: parametersOf({
          since: { type: 'integer', minimum: 0, description: 'Only entries after this number.' },
          name: word('A part of the name.', MAX_NAME),
          type: word('The type.', 20),
          client: word("A part of the client's address.", 50),
          rcode: word('The RCODE.', 20),
          verdict: word('The verdict.', 20),
          limit: limit(2000, 200),
        }),
        ...ok(shapes.queries, 'The newest first.'),
      },
      answer: (request) => target.queries(queryOf<QueryFilter>(request)),
    },
  ];
}
