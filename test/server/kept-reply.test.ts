// Queries that kept replies answer, as those see them who look at each query.
import { describe, expect, test } from 'vitest';
import { QueryBit } from '../../src/fast-path/query-scan.ts';
import type { CacheHit } from '../../src/server/kept-reply.ts';
import { keptReplyEvent, noteOf } from '../../src/server/kept-reply.ts';
import { EdeCode, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { CacheMemory } from '../fast-path/cache-memory.ts';
import { localDataWith } from '../support/local-data.ts';
import { client, FakeServer, type FakeServerOptions } from './support/fake-server.ts';
import { queryOctets, resolutionOf, resolved } from './support/queries.ts';

const statuses = [undefined, 'secure', 'insecure', 'indeterminate', 'bogus'] as const;

/** A server whose replies are kept, and whether somebody looks. */
function keepingServer(looks: () => boolean, { parts, resolve }: FakeServerOptions = {}): FakeServer {
  const store = new CacheMemory();
  const finished = store.finished();
  return new FakeServer({
    resolve: resolve ?? ((_request, done) => done(resolutionOf({ verdict: { status: 'indeterminate' } }))),
    parts: {
      ...parts,
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

  test('has been sent before anything that is told of it can fail', () => {
    const server = keepingServer(() => true);
    Object.defineProperty(server.keptReplies, 'push', {
      value: () => {
        throw new Error('told in vain');
      },
    });
    server.ask();
    expect(server.ask().rcode).toBe(0);
    expect(server.events).toEqual(['request', 'reply 0', 'kept reply 0', 'bug told in vain']);
  });

  test('is no reply to a name whose queries a local zone reports, each of them', () => {
    const inform = localDataWith({ zones: [{ zone: nameOf('example.'), zoneType: 'inform' }] });
    for (const looks of [true, false]) {
      const server = keepingServer(() => looks, { parts: { localData: inform } });
      for (let time = 0; time < 2; time++) server.ask();
      expect(server.events).toEqual(['request', 'inform', 'reply 0', 'request', 'inform', 'reply 0']);
    }
  });

  test.each([true, false])('is made of no denial by cached proofs while denials are off (%s)', (isOff) => {
    const denials = { isOff, keep: () => false, reply: () => undefined };
    const synthesised = [{ code: EdeCode.SYNTHESIZED, text: '' }];
    const soa = resolved('example.', 'SOA', ['a. b. 1 2 3 4 5']);
    const server = keepingServer(() => isOff, {
      parts: { denials },
      resolve: (_request, done) => done(resolutionOf({ rcode: 3, answer: [], authority: [soa], errors: synthesised })),
    });
    for (let time = 0; time < 2; time++) server.ask();
    expect(server.asked).toHaveLength(isOff ? 2 : 1);
  });

  test('of octets that are no reply, nothing is told', () => {
    const hit = { bits: QueryBit.DO, note: 1 };
    for (const octets of [0, 11, 12, 16]) expect(keptReplyEvent(new Uint8Array(octets), hit, 0)).toBeUndefined();
  });
});
