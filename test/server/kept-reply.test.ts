// Queries that kept replies answer, as those see them who look at each query.
import { describe, expect, test } from 'vitest';
import { QueryBit } from '../../src/fast-path/query-scan.ts';
import type { CacheHit } from '../../src/server/kept-reply.ts';
import { keptReplyEvent, noteOf } from '../../src/server/kept-reply.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { CacheMemory } from '../fast-path/cache-memory.ts';
import { client, FakeServer } from './support/fake-server.ts';
import { queryOctets, resolutionOf } from './support/queries.ts';

const statuses = [undefined, 'secure', 'insecure', 'indeterminate', 'bogus'] as const;

/** A server whose replies are kept, and whether somebody looks. */
function keepingServer(looks: () => boolean): FakeServer {
  const store = new CacheMemory();
  const finished = store.finished();
  return new FakeServer({
    resolve: (_request, done) => done(resolutionOf({ verdict: { status: 'indeterminate' } })),
    parts: {
      replyCache: store.cache,
      finished: {
        reply: (query, { transport, address }, now) =>
          finished.reply(query, transport !== 'udp', address.length === 16, now),
        seen: (): CacheHit | undefined => (looks() ? { bits: finished.lastBits, note: finished.lastNote } : undefined),
      },
    },
  });
}

describe('a kept reply', () => {
  test.each(statuses)('brings back the verdict %s', (status) => {
    const [reply] = keepingServer(() => false).send(queryOctets());
    const event = keptReplyEvent(reply ?? new Uint8Array(), { bits: 0, note: noteOf(status) }, 0);
    expect(event?.verdict).toBe(status);
  });

  test('is told as one event, with what it was asked and how', () => {
    const server = keepingServer(() => true);
    const first = server.ask({ name: 'www.example.', flags: 0x0110, edns: { dnssecOk: true } });
    const second = server.ask({ name: 'WWW.Example.', flags: 0x0110, edns: { dnssecOk: true } });
    expect(second.answer.map(({ rdata }) => rdata)).toEqual(first.answer.map(({ rdata }) => rdata));
    expect(server.asked).toHaveLength(1);
    expect(server.events).toEqual(['request', 'reply 0', 'kept reply 0']);
    const [kept] = server.keptReplies;
    expect(kept).toMatchObject({
      rcode: 0,
      verdict: 'indeterminate',
      dnssecOk: true,
      checkingDisabled: true,
      octets: server.replies[0]?.octets,
    });
    expect(kept && nameText(kept.question.name)).toBe('WWW.Example.');
    expect(kept?.question.type).toBe(RRType.A);
  });

  test('is told to nobody when nobody looks', () => {
    const server = keepingServer(() => false);
    for (let time = 0; time < 2; time++) server.ask();
    expect(server.events).toEqual(['request', 'reply 0']);
  });

  test('is as good over a stream', () => {
    const server = keepingServer(() => true);
    server.ask();
    server.ask({}, { ...client, transport: 'tcp' });
    expect(server.events).toEqual(['request', 'reply 0', 'kept reply 0']);
  });

  test('of octets that are no reply, nothing is told', () => {
    const hit = { bits: QueryBit.DO, note: 1 };
    for (const octets of [0, 11, 12, 16]) expect(keptReplyEvent(new Uint8Array(octets), hit, 0)).toBeUndefined();
  });
});
