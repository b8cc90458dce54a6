// `GET /metrics`. The text and its package are loaded when somebody asks for the first time.
import type { FastifyInstance } from 'fastify';
import type { Access } from './access.ts';
import type { MetricsText, NumbersTarget } from './metrics.ts';
import './route-schema.ts';

export function registerMetrics(app: FastifyInstance, target: NumbersTarget, access: Access): void {
  let metrics: Promise<MetricsText> | undefined;
  const schema = { summary: 'All numbers, for Prometheus (text format 0.0.4)', tags: ['numbers'] };
  app.get('/metrics', { schema, onRequest: access.read }, async (_request, reply) => {
    metrics ??= import('./metrics.ts').then(({ MetricsText: Text }) => new Text(target));
    const numbers = await metrics;
    const text = await numbers.text();
    return await reply.header('content-type', numbers.contentType).header('cache-control', 'no-store').send(text);
  });
}
