import { describe, expect, test } from 'vitest';
import { QueryBit } from '../../src/fast-path/query-scan.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { MessageWriter } from '../../src/wire/writer.ts';
import { type QueryShape, queryOctets, replyOf, resolved } from '../server/support/queries.ts';
import { CacheMemory } from './cache-memory.ts';

interface ReplyShape {
  readonly name?: string;
  readonly type?: number;
  readonly ttls?: readonly number[];
  readonly rcode?: number;
  readonly section?: 'answer' | 'authority';
  readonly texts?: number;
  readonly edns?: boolean;
}

function replyOctets({
  name = 'www.example.',
  type = 1,
  ttls = [300],
  rcode = 0,
  section = 'answer',
  texts = 0,
  edns = false,
}: ReplyShape = {}): Uint8Array {
  const writer = new MessageWriter();
  writer.reset(0x7777, HeaderFlag.QR | HeaderFlag.RD | HeaderFlag.RA | rcode, 4096);
  writer.question({ name: nameOf(name), type, class: 1 });
  for (const ttl of ttls) {
    const { rrset } =
      texts === 0
        ? resolved(name, 'A', ['192.0.2.1'])
        : resolved(name, 'TXT', [Array.from({ length: texts }, () => `"${'x'.repeat(200)}"`).join(' ')]);
    writer.rrset(section, rrset, ttl, false);
  }
  if (edns) writer.edns(1232, 0, 0, 0, []);
  return writer.finish();
}

const ask: QueryShape = { name: 'www.example.' };

test('a dump shows names, types and what is left of their life', () => {
  const { cache } = new CacheMemory();
  cache.store(replyOctets({ name: 'WWW.example.' }), 0, 1000);
  cache.store(replyOctets({ name: 'a\\.b.example.', type: 28, ttls: [60] }), QueryBit.DO, 1000);
  cache.store(replyOctets({ name: 'soon.example.', ttls: [5] }), 0, 1000);
  const kept = [...cache.kept(1010)].map(({ name, type, seconds }) => [
    nameText(DomainName.fromOctets(name)),
    type,
    seconds,
  ]);
  expect(kept.sort()).toEqual([
    ['a\\.b.example.', 28, 50],
    ['www.example.', 1, 290],
  ]);
  cache.clear();
  expect([...cache.kept(1010)]).toEqual([]);
});

test('what was forgotten does not come back, however often that happens', () => {
  const { cache } = new CacheMemory({ octets: 64 * 1024 });
  const names = () => [...cache.kept(0)].map(({ name }) => nameText(DomainName.fromOctets(name)));
  for (let time = 0; time < 9000; time++) {
    // In slots that keep what they had for many times in between.
    cache.store(replyOctets({ name: `n${time % 4093}.example.` }), 0, 0);
    if (cache.size !== 1 || names().length !== 1)
      expect([time, ...names()]).toEqual([time, `n${time % 4093}.example.`]);
    cache.clear();
  }
  expect(cache.size).toBe(0);
  expect(names()).toEqual([]);
  expect(cache.generation).toBe(9000);
});

test('a reader who has slept while everything was forgotten 4096 times takes nothing for what it had found', () => {
  const server = new CacheMemory({ octets: 64 * 1024 });
  server.cache.store(replyOctets(), 0, 0);
  let questionEnd = 0;
  let readings = 0;
  // Read by the scan itself, and again after the entry was found, before its octets are copied.
  Object.defineProperty(server.scan, 'questionEnd', {
    set: (value: number) => {
      questionEnd = value;
    },
    get: () => {
      if (++readings === 2) {
        for (let time = 0; time < 4096; time++) server.cache.clear();
        server.cache.store(replyOctets({ name: 'other.example.' }), 0, 0);
        server.cache.store(replyOctets({ ttls: [7] }), 0, 0);
      }
      return questionEnd;
    },
  });
  expect(server.ask(queryOctets(ask), 0)).toBeUndefined();
  expect(server.ask(queryOctets(ask), 0)).toBeDefined();
});

describe('time', () => {
  const rows: {
    name: string;
    reply: ReplyShape;
    options?: { maxTtl?: number; maxNegativeTtl?: number };
    life: number;
  }[] = [
    { name: 'the TTL', reply: {}, life: 300 },
    { name: 'the least TTL of several', reply: { ttls: [900, 60, 300] }, life: 60 },
    { name: 'the bound for answers', reply: {}, options: { maxTtl: 100 }, life: 100 },
    {
      name: 'the bound for NXDOMAIN',
      reply: { rcode: 3, section: 'authority' },
      options: { maxNegativeTtl: 40 },
      life: 40,
    },
    { name: 'the bound for NODATA', reply: { section: 'authority' }, options: { maxNegativeTtl: 40 }, life: 40 },
    { name: 'a single second', reply: { ttls: [1] }, life: 1 },
    { name: 'nothing, with TTL 0', reply: { ttls: [300, 0] }, life: 0 },
    { name: 'nothing, with a TTL whose first bit is set (RFC 2181 8)', reply: { ttls: [0x8000_0001] }, life: 0 },
  ];
  for (const { name, reply, options, life } of rows) {
    test(`a reply lives as long as ${name} says`, () => {
      const { cache } = new CacheMemory();
      const server = new CacheMemory(options);
      expect(server.cache.store(replyOctets(reply), 0, 1000)).toBe(life > 0);
      expect(server.ask(queryOctets(ask), 1000) !== undefined).toBe(life > 0);
      expect(server.ask(queryOctets(ask), 1000 + life - 1) !== undefined).toBe(life > 0);
      expect(server.ask(queryOctets(ask), 1000 + life)).toBeUndefined();
      expect(cache.size).toBe(0);
    });
  }

  test('a reply lives no longer than whoever stores it says', () => {
    const server = new CacheMemory();
    server.cache.store(replyOctets(), 0, 1000, 7);
    expect(replyOf(server.ask(queryOctets(ask), 1006) ?? new Uint8Array(0)).answer[0]?.ttl).toBe(294);
    expect(server.ask(queryOctets(ask), 1007)).toBeUndefined();
  });

  test('every TTL but that of the OPT record ages', () => {
    const server = new CacheMemory();
    server.cache.store(replyOctets({ ttls: [300, 70_000], edns: true }), QueryBit.EDNS, 5);
    const reply = replyOf(server.ask(queryOctets({ ...ask, edns: {} }), 204) ?? new Uint8Array(0));
    expect(reply.answer.map(({ ttl }) => ttl)).toEqual([101, 69_801]);
    expect(reply.edns).toMatchObject({ udpSize: 1232, version: 0, dnssecOk: false });
  });
});

describe('who gets what', () => {
  test('the ID, the letter case and the size are those of the client', () => {
    const server = new CacheMemory();
    server.cache.store(replyOctets({ name: 'WWW.example.' }), 0, 0);
    const query = queryOctets({ name: 'wwW.EXAMPLE.', id: 0xbeef });
    const reply = server.ask(query, 0);
    expect(reply?.subarray(0, 2)).toEqual(Uint8Array.of(0xbe, 0xef));
    expect(reply?.subarray(12, query.length)).toEqual(query.subarray(12));
  });

  test('an offset that another thread has overwritten ages neither the ID nor the question', () => {
    const server = new CacheMemory();
    const reply = replyOctets();
    server.cache.store(reply, 0, 0);
    const query = queryOctets({ ...ask, id: 0xbeef });
    // Behind the reply stands where its one TTL is.
    const kept = Buffer.from(server.memory.buffer).indexOf(reply.subarray(2)) - 2;
    const list = kept + reply.length;
    expect(Buffer.from(server.memory.buffer).readUInt16BE(list)).toBe(query.length + 6);
    for (let offset = 0; offset < query.length; offset++) {
      server.memory.set([offset >> 8, offset], list);
      const answer = server.ask(query, 100) ?? new Uint8Array(0);
      expect([answer.slice(0, 2), answer.slice(12, query.length)]).toEqual([query.slice(0, 2), query.slice(12)]);
    }
  });

  test('a length that another thread has overwritten changes neither the ID nor the question', () => {
    for (let label = 1; label <= 8; label++) {
      const name = `${'a'.repeat(label)}.example.`;
      const server = new CacheMemory();
      const query = queryOctets({ ...ask, name, id: 0xbeef });
      const reply = Uint8Array.from([...query, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]);
      reply.set([0x81, 0x80], 2);
      reply[7] = 1;
      expect(server.cache.store(reply, 0, 0)).toBe(true);
      const kept = Buffer.from(server.memory.buffer).indexOf(reply.subarray(2)) - 2;
      // Another reply stands there by now, with other octets where this one has its class.
      server.memory.fill(0xff, kept + query.length - 4, kept + query.length);
      for (const octets of [query.length + 1, query.length + 2, query.length + 3]) {
        new Int32Array(server.memory.buffer)[(kept >> 2) - 3] = octets;
        const answer = server.ask(query, 0);
        expect(answer?.slice(12, query.length)).toEqual(query.slice(12));
      }
    }
  });

  test('no combination of AD, CD, DO and EDNS gets what another asked for', () => {
    const shapes: QueryShape[] = [0, HeaderFlag.AD, HeaderFlag.CD, HeaderFlag.AD | HeaderFlag.CD].flatMap((flags) => [
      { ...ask, flags },
      { ...ask, flags, edns: {} },
      { ...ask, flags, edns: { dnssecOk: true } },
    ]);
    for (const [index, shape] of shapes.entries()) {
      const server = new CacheMemory();
      expect(server.ask(queryOctets(shape), 0)).toBeUndefined();
      server.cache.store(replyOctets({ edns: shape.edns !== undefined }), server.scan.bits, 0);
      expect(shapes.map((other) => server.ask(queryOctets(other), 0) !== undefined)).toEqual(
        shapes.map((_, other) => other === index),
      );
    }
  });

  test('a reply longer than the client takes is left to the slow path', () => {
    const server = new CacheMemory();
    const reply = replyOctets({ texts: 4, edns: true });
    expect(reply.length).toBeGreaterThan(800);
    server.cache.store(reply, QueryBit.EDNS, 0);
    for (const [udpSize, isAnswered] of [
      [512, false],
      [reply.length - 1, false],
      [reply.length, true],
      [4096, true],
    ] as const) {
      expect(server.ask(queryOctets({ ...ask, edns: { udpSize } }), 0) !== undefined).toBe(isAnswered);
    }
    server.cache.store(reply, 0, 0);
    expect(server.ask(queryOctets(ask), 0)).toBeUndefined();
  });

  test('another name, type, or a name that is longer by a label is another question', () => {
    const server = new CacheMemory();
    server.cache.store(replyOctets(), 0, 0);
    for (const other of [
      { type: 'AAAA' },
      { name: 'wwx.example.' },
      { name: 'a.www.example.' },
      { name: 'example.' },
    ]) {
      expect(server.ask(queryOctets({ ...ask, ...other }), 0)).toBeUndefined();
    }
  });
});

describe('what is not kept', () => {
  const whole = replyOctets();
  const rows: { name: string; reply: Uint8Array }[] = [
    { name: 'a reply without records', reply: replyOctets({ ttls: [] }) },
    { name: 'a reply that is cut short', reply: whole.subarray(0, whole.length - 1) },
    { name: 'octets behind the last record', reply: Uint8Array.from([...whole, 0]) },
    { name: 'a header alone', reply: whole.subarray(0, 12) },
    { name: 'a name that has no end', reply: Uint8Array.from([...whole.subarray(0, 12), 63, 1, 2, 3, 4, 5]) },
    { name: 'a reply longer than the largest', reply: replyOctets({ texts: 5 }) },
  ];
  for (const { name, reply } of rows) {
    test(name, () => expect(new CacheMemory({ maxReplyOctets: 1000 }).cache.store(reply, 0, 0)).toBe(false));
  }
});

describe('memory', () => {
  test('far more replies than fit: each answer is right, the newest are there, and nothing is written outside', () => {
    const octets = 64 * 1024;
    const server = new CacheMemory({ octets });
    const end = server.memory.length - 64;
    for (let number = 0; number < 5000; number++) {
      const name = `n${number}.example.`;
      server.cache.store(replyOctets({ name, ttls: [1 + number], texts: number % 3 }), 0, 0);
      const kept = server.ask(queryOctets({ name }), 0);
      expect(replyOf(kept ?? new Uint8Array(0)).answer[0]?.ttl).toBe(1 + number);
      const older = `n${Math.max(0, number - (number % 97))}.example.`;
      const found = server.ask(queryOctets({ name: older }), 0);
      if (found !== undefined) expect(replyOf(found).answer[0]?.ttl).toBe(1 + number - (number % 97));
    }
    expect(server.cache.size).toBeLessThanOrEqual(256);
    expect(server.cache.size).toBeGreaterThan(50);
    expect(server.memory.subarray(end).every((octet) => octet === 0)).toBe(true);
  });

  test('the same question again takes the place of the old reply', () => {
    const server = new CacheMemory();
    for (let time = 0; time < 100; time++) server.cache.store(replyOctets({ ttls: [1000 + time] }), 0, 0);
    expect(server.cache.size).toBe(1);
    expect(replyOf(server.ask(queryOctets(ask), 0) ?? new Uint8Array(0)).answer[0]?.ttl).toBe(1099);
  });

  test('names that share a bucket push out who expires first, and are never taken for each other', () => {
    // The least memory there can be: so few buckets that every name shares its own with many.
    const server = new CacheMemory({ octets: 64 * 1024 });
    const names = Array.from({ length: 3000 }, (_, number) => `${number}.`);
    for (const [number, name] of names.entries()) server.cache.store(replyOctets({ name, ttls: [number + 1] }), 0, 0);
    const found = names.map((name) => server.ask(queryOctets({ name }), 0));
    expect(found.filter((reply) => reply !== undefined)).toHaveLength(server.cache.size);
    for (const [number, reply] of found.entries()) {
      if (reply !== undefined) expect(replyOf(reply).answer[0]?.ttl).toBe(number + 1);
    }
  });

  test('emptied, it knows nothing and can be filled again', () => {
    const server = new CacheMemory();
    for (let number = 0; number < 100; number++) server.cache.store(replyOctets({ name: `${number}.` }), 0, 0);
    const { generation } = server.cache;
    server.cache.clear();
    expect(server.cache.generation).toBe(generation + 1);
    expect(server.cache.size).toBe(0);
    expect(server.ask(queryOctets({ name: '5.' }), 0)).toBeUndefined();
    server.cache.store(replyOctets(), 0, 0);
    expect(server.ask(queryOctets(ask), 0)).toBeDefined();
  });
});
