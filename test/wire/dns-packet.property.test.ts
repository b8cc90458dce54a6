// The codec against an independent one, dns-packet, on well-formed messages. Names are of letters only: dns-packet
// turns labels into text and loses other octets.
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf, nameTextWithoutDot } from '../../src/wire/name-text.ts';
import { parseRdata, rdataText } from '../../src/wire/rdata-text.ts';
import { MessageWriter } from '../../src/wire/writer.ts';

const name = fc
  .array(fc.constantFrom('a', 'b', 'www', 'mail', 'example', 'com'), { minLength: 1, maxLength: 5 })
  .map((labels) => labels.join('.'));
const ipv4 = fc.ipV4();
const number16 = fc.integer({ min: 0, max: 0xffff });
const number8 = fc.integer({ min: 0, max: 0xff });
const number32 = fc.integer({ min: 0, max: 0xffffffff });
const word = fc.stringMatching(/^[a-z0-9 ]{1,20}$/);
const octets = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((given) => Buffer.from(given));

/** One record: what dns-packet takes, and the text that it stands for. */
interface Row {
  readonly type: keyof typeof RRType;
  readonly content: unknown;
  readonly text: string;
}

const upper = (given: Buffer) => given.toString('hex').toUpperCase();

const row: fc.Arbitrary<Row> = fc.oneof(
  ipv4.map((given): Row => ({ type: 'A', content: given, text: given })),
  fc
    .constantFrom('2001:db8::1', '::1', 'fe80::a:b')
    .map((given): Row => ({ type: 'AAAA', content: given, text: given })),
  fc
    .tuple(fc.constantFrom('NS' as const, 'CNAME' as const, 'PTR' as const, 'DNAME' as const), name)
    .map(([type, target]): Row => ({ type, content: target, text: `${target}.` })),
  fc.tuple(number16, name).map(
    ([preference, exchange]): Row => ({
      type: 'MX',
      content: { preference, exchange },
      text: `${preference} ${exchange}.`,
    }),
  ),
  fc.tuple(number16, number16, number16, name).map(
    ([priority, weight, port, target]): Row => ({
      type: 'SRV',
      content: { priority, weight, port, target },
      text: `${priority} ${weight} ${port} ${target}.`,
    }),
  ),
  fc.tuple(name, name, number32, number32).map(
    ([mname, rname, serial, minimum]): Row => ({
      type: 'SOA',
      content: { mname, rname, serial, refresh: 1, retry: 2, expire: 3, minimum },
      text: `${mname}. ${rname}. ${serial} 1 2 3 ${minimum}`,
    }),
  ),
  fc
    .array(word, { minLength: 1, maxLength: 3 })
    .map((words): Row => ({ type: 'TXT', content: words, text: words.map((given) => `"${given}"`).join(' ') })),
  fc.tuple(word, word).map(([cpu, os]): Row => ({ type: 'HINFO', content: { cpu, os }, text: `"${cpu}" "${os}"` })),
  fc.tuple(name, name).map(([mbox, txt]): Row => ({ type: 'RP', content: { mbox, txt }, text: `${mbox}. ${txt}.` })),
  fc.tuple(number16, number16, word, name).map(
    ([order, preference, services, replacement]): Row => ({
      type: 'NAPTR',
      content: { order, preference, flags: 'u', services, regexp: '', replacement },
      text: `${order} ${preference} "u" "${services}" "" ${replacement}.`,
    }),
  ),
  fc.tuple(number16, number8, number8, octets).map(
    ([keyTag, algorithm, digestType, digest]): Row => ({
      type: 'DS',
      content: { keyTag, algorithm, digestType, digest },
      text: `${keyTag} ${algorithm} ${digestType} ${upper(digest)}`,
    }),
  ),
  fc.tuple(number16, number8, octets).map(
    ([flags, algorithm, key]): Row => ({
      type: 'DNSKEY',
      content: { flags, algorithm, key },
      text: `${flags} 3 ${algorithm} ${key.toString('base64')}`,
    }),
  ),
  fc.tuple(number8, number16, name, octets).map(
    ([algorithm, keyTag, signersName, signature]): Row => ({
      type: 'RRSIG',
      content: {
        typeCovered: 'A',
        algorithm,
        labels: 2,
        originalTTL: 3600,
        expiration: 1893456000,
        inception: 1577836800,
        keyTag,
        signersName,
        signature,
      },
      text: `A ${algorithm} 2 3600 20300101000000 20200101000000 ${keyTag} ${signersName}. ${signature.toString('base64')}`,
    }),
  ),
  name.map(
    (nextDomain): Row => ({
      type: 'NSEC',
      content: { nextDomain, rrtypes: ['A', 'MX', 'RRSIG', 'NSEC', 'CAA'] },
      text: `${nextDomain}. A MX RRSIG NSEC CAA`,
    }),
  ),
  fc.tuple(number8, number8, octets).map(([algorithm, hash, fingerprint]): Row => {
    // dns-packet writes only the hashes that it knows, at their length.
    const isSha1 = hash % 2 === 0;
    const print = Buffer.alloc(isSha1 ? 20 : 32, fingerprint);
    return {
      type: 'SSHFP',
      content: { algorithm, hash: isSha1 ? 1 : 2, fingerprint: upper(print) },
      text: `${algorithm} ${isSha1 ? 1 : 2} ${upper(print)}`,
    };
  }),
  fc.tuple(number8, number8, number8, octets).map(
    ([usage, selector, matchingType, certificate]): Row => ({
      type: 'TLSA',
      content: { usage, selector, matchingType, certificate },
      text: `${usage} ${selector} ${matchingType} ${upper(certificate)}`,
    }),
  ),
  fc.tuple(fc.boolean(), fc.constantFrom('issue', 'iodef'), word).map(
    ([issuerCritical, tag, value]): Row => ({
      type: 'CAA',
      content: { flags: issuerCritical ? 128 : 0, tag, value, issuerCritical },
      text: `${issuerCritical ? 128 : 0} ${tag} "${value}"`,
    }),
  ),
);

const rows = fc.array(fc.tuple(name, fc.integer({ min: 0, max: 0x7fffffff }), row), { maxLength: 10 });

describe('wire and dns-packet', () => {
  it('what dns-packet writes is read as it was meant', () => {
    fc.assert(
      fc.property(name, rows, (question, given) => {
        const answers = given.map(([owner, ttl, { type, content }]) => ({
          name: owner,
          type,
          ttl,
          class: 'IN',
          data: content,
        }));
        const packet = encode({
          type: 'response',
          id: 1,
          questions: [{ name: question, type: 'A' }],
          answers: answers as Answer[],
        } satisfies Packet);
        const parsed = parseMessage(packet);
        if (!parsed.ok) throw new Error(`${parsed.code} at ${parsed.offset}`);
        expect(nameTextWithoutDot(parsed.message.question.name)).toBe(question);
        expect(
          parsed.message.answer.map((record) => [
            nameTextWithoutDot(record.name),
            record.ttl,
            record.type,
            rdataText(record.type, record.rdata),
          ]),
        ).toEqual(given.map(([owner, ttl, { type, text }]) => [owner, ttl, RRType[type], text]));
      }),
      { numRuns: 500 },
    );
  });

  it('what is written here, compressed, dns-packet reads as it was meant', () => {
    fc.assert(
      fc.property(name, rows, (question, given) => {
        const writer = new MessageWriter();
        writer.reset(1, 0x8180, 0xffff);
        writer.question({ name: nameOf(question), type: RRType.A, class: 1 });
        for (const [owner, ttl, { type, text }] of given) {
          const rdata = parseRdata(RRType[type], text);
          if (!rdata.ok) throw new Error(rdata.error);
          const rrset = {
            name: nameOf(owner),
            type: RRType[type],
            class: 1,
            ttl,
            rdatas: [rdata.rdata],
            signatures: [],
          };
          expect(writer.rrset('answer', rrset, ttl, false)).toBe(true);
        }
        writer.edns(1232, 0, 0, 0x8000, []);
        const packet = decode(Buffer.from(writer.finish()));
        expect(packet.questions?.map((asked) => asked.name)).toEqual([question]);
        expect(packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, flag_do: true }]);
        expect(packet.answers).toHaveLength(given.length);
        for (const [index, [owner, ttl, { type, content }]] of given.entries()) {
          const answer = packet.answers?.[index] as { name: string; type: string; ttl: number; data: unknown };
          expect([answer.name, answer.type, answer.ttl]).toEqual([owner, type, ttl]);
          if (type === 'TXT') expect((answer.data as Buffer[]).map(String)).toEqual(content);
          else if (typeof content === 'object') expect(answer.data).toMatchObject(content as object);
          else expect(answer.data).toBe(content);
        }
      }),
      { numRuns: 500 },
    );
  });
});
