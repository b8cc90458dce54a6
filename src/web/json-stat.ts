// `/jsonstat`: PowerDNS's older way to the rankings, for dashboards that still use it.
import type { FastifyInstance } from 'fastify';
import { type Access, refuse } from './access.ts';
import type { JsonStatRanking, PowerDNSTarget } from './powerdns-target.ts';
import { refusal } from './refusal.ts';
import './route-schema.ts';

const MAX_ENTRIES = 100;

const queryRings = new Map<string, JsonStatRanking>([
  ['queries', 'queries'],
  ['servfail-queries', 'servfail-queries'],
  ['bogus-queries', 'bogus-queries'],
]);
const remoteRings = new Map<string, JsonStatRanking>([
  ['remotes', 'remotes'],
  ['servfail-remotes', 'servfail-remotes'],
  ['bogus-remotes', 'bogus-remotes'],
  ['large-answer-remotes', 'largeanswer-remotes'],
  ['timeouts', 'timeouts'],
]);

interface Wanted {
  Querystring: { command: string; name: string };
}

export function registerJsonStat(app: FastifyInstance, target: Pick<PowerDNSTarget, 'ranking'>, access: Access): void {
  const word = { type: 'string', maxLength: 100 };
  const schema = {
    summary: 'The most frequent of the last queries or clients',
    tags: ['PowerDNS'],
    querystring: { type: 'object', properties: { command: word, name: word }, required: ['command', 'name'] },
  };
  app.get<Wanted>('/jsonstat', { schema, onRequest: access.read }, async ({ query }, reply) => {
    const rings = query.command === 'get-query-ring' ? queryRings : remoteRings;
    const ring = /^get-(?:query|remote)-ring$/.test(query.command) ? rings.get(query.name) : undefined;
    if (ring === undefined) {
      const names = `${[...queryRings.keys()].join(', ')} (get-query-ring), ${[...remoteRings.keys()].join(', ')} (get-remote-ring)`;
      return await refuse(reply, refusal(400, 'there is no such ring', `Ask for one of ${names}.`));
    }
    const { total, entries } = target.ranking(ring);
    const shown = entries.slice(0, MAX_ENTRIES);
    const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
    const rows = shown.map(({ count, text }) => [count, ...(rings === queryRings ? nameAndType(text) : [text, ''])]);
    // Beside the first hundred, PowerDNS tells how many the others are.
    return await reply
      .header('cache-control', 'no-store')
      .send({ entries: rest > 0 ? [...rows, [rest, '', '']] : rows });
  });
}

/** Rankings of queries have `name|type` as text. */
function nameAndType(text: string): [string, string] {
  const bar = text.lastIndexOf('|');
  return bar === -1 ? [text, ''] : [text.slice(0, bar), text.slice(bar + 1)];
}
