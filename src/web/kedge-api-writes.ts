// The routes of `/api/kedge` that change something; all need the API key.
import { answered, bodyOf, type KedgeRoute, MAX_NAME, MAX_RECORD, ok, word, zoneParameter } from './kedge-api-route.ts';
import * as shapes from './kedge-api-schemas.ts';
import type { WebTarget } from './target.ts';

export function writingRoutes(target: WebTarget): KedgeRoute[] {
  const remove = (
    path: string,
    summary: string,
    act: (client: string, zone: string) => ReturnType<WebTarget['removeAnchor']>,
  ): KedgeRoute => ({
    method: 'DELETE',
    path: `${path}/:zone`,
    access: 'write',
    schema: { summary, params: zoneParameter, ...ok(shapes.done, 'Removed.') },
    answer: (request, reply) => {
      const { zone } = request.params as { readonly zone: string };
      return answered(act(request.ip, zone), reply);
    },
  });
  return [
    {
      method: 'POST',
      path: '/anchors',
      access: 'write',
      schema: {
        summary: 'Add a trust anchor, until the configuration is read again',
        body: shapes.objectOf({
          zone: word('The name of the zone.', MAX_NAME),
          record: word('DS or DNSKEY content, or a whole record.', MAX_RECORD),
        }),
        ...ok(shapes.done, 'Added; what it affects is forgotten.'),
      },
      answer: (request, reply) => {
        const { zone, record } = bodyOf<{ readonly zone: string; readonly record: string }>(request);
        return answered(target.addAnchor(request.ip, zone, record), reply);
      },
    },
    remove('/anchors', 'Remove the trust anchors of a zone', (client, zone) => target.removeAnchor(client, zone)),
    {
      method: 'POST',
      path: '/negative-anchors',
      access: 'write',
      schema: {
        summary: 'Add a negative trust anchor, until the configuration is read again',
        body: shapes.objectOf(
          { zone: word('The name of the zone.', MAX_NAME) },
          { reason: word('Why it is not to be validated.') },
        ),
        ...ok(shapes.done, 'Added; what it affects is forgotten.'),
      },
      answer: (request, reply) => {
        const { zone, reason = '' } = bodyOf<{ readonly zone: string; readonly reason?: string }>(request);
        return answered(target.addNegativeAnchor(request.ip, zone, reason), reply);
      },
    },
    remove('/negative-anchors', 'Remove the negative trust anchor of a zone', (client, zone) =>
      target.removeNegativeAnchor(client, zone),
    ),
    {
      method: 'POST',
      path: '/forwards/check',
      access: 'write',
      schema: {
        summary: 'Ask the servers of all forward zones again',
        ...ok(shapes.checkedForwards, 'What was found within eight seconds.'),
      },
      answer: async (request, reply) =>
        answered(await target.checkForwards(request.ip), reply, (forwards) => ({ forwards })),
    },
    {
      method: 'PUT',
      path: '/queries',
      access: 'write',
      schema: {
        summary: 'Switch the query log on or off',
        description: 'While it is on, no query is answered with a ready reply. Switched off, it forgets what it holds.',
        body: shapes.queryLogSwitch,
        ...ok(shapes.queryLogSwitch, 'As it is now.'),
      },
      answer: (request) => {
        const { on } = bodyOf<{ readonly on: boolean }>(request);
        target.setQueryLog(request.ip, on);
        return { on };
      },
    },
  ];
}
