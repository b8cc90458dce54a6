// What a forger, a broken server or a reflector sends instead of the reply (SECURITY A-09), made from the query.
import type { ReplyMatch } from '../../src/upstream/reply-match.ts';
import { patched, questionEndOf, replyTo } from './scripted-sockets.ts';

export interface BadPacket {
  readonly name: string;
  readonly make: (query: Uint8Array) => Uint8Array;
  readonly want: Exclude<ReplyMatch, 'match'>;
}

/** What a row's packet is made from: the query, or a proper reply to it with some octets changed. */
const reply = (changes: Readonly<Record<number, number>>) => (query: Uint8Array) => patched(replyTo(query), changes);

const withQuestionOctet = (fromEnd: number, change: (octet: number) => number) => (query: Uint8Array) => {
  const whole = replyTo(query);
  const offset = questionEndOf(query) - fromEnd;
  return patched(whole, { [offset]: change(whole[offset] ?? 0) });
};

const withOtherName = (name: readonly number[]) => (query: Uint8Array) =>
  Uint8Array.from([...replyTo(query).subarray(0, 12), ...name, 0, 1, 0, 1]);

const idOctet = (query: Uint8Array, offset: number, bits: number) => ({ [offset]: (query[offset] ?? 0) ^ bits });

export const badPackets: readonly BadPacket[] = [
  { name: 'no octets', make: () => new Uint8Array(0), want: 'not-a-reply' },
  { name: 'one octet', make: (query) => replyTo(query).slice(0, 1), want: 'not-a-reply' },
  { name: 'an ID only', make: (query) => replyTo(query).slice(0, 2), want: 'not-a-reply' },
  { name: 'a header cut after eleven octets', make: (query) => replyTo(query).slice(0, 11), want: 'not-a-reply' },
  { name: 'the query itself, reflected', make: (query) => query.slice(), want: 'not-a-reply' },
  { name: 'a reply with QR=0', make: reply({ 2: 0x04 }), want: 'not-a-reply' },
  { name: 'opcode 1 (inverse query)', make: reply({ 2: 0x8c }), want: 'not-a-reply' },
  { name: 'opcode 2 (status)', make: reply({ 2: 0x94 }), want: 'not-a-reply' },
  { name: 'opcode 3 (unassigned)', make: reply({ 2: 0x9c }), want: 'not-a-reply' },
  { name: 'opcode 4 (notify)', make: reply({ 2: 0xa4 }), want: 'not-a-reply' },
  { name: 'opcode 5 (update)', make: reply({ 2: 0xac }), want: 'not-a-reply' },
  { name: 'opcode 6 (stateful operations)', make: reply({ 2: 0xb4 }), want: 'not-a-reply' },
  { name: 'opcode 15', make: reply({ 2: 0xfc }), want: 'not-a-reply' },
  { name: 'no question (RFC 9619)', make: reply({ 5: 0 }), want: 'not-a-reply' },
  {
    name: 'FORMERR of a header alone',
    make: (query) => patched(replyTo(query), { 3: 1, 5: 0, 7: 0 }).slice(0, 12),
    want: 'not-a-reply',
  },
  {
    name: 'SERVFAIL of a header alone',
    make: (query) => patched(replyTo(query), { 3: 2, 5: 0, 7: 0 }).slice(0, 12),
    want: 'not-a-reply',
  },
  {
    name: 'TC with a header alone',
    make: (query) => patched(replyTo(query), { 2: 0x86, 5: 0, 7: 0 }).slice(0, 12),
    want: 'not-a-reply',
  },
  { name: 'two questions (RFC 9619)', make: reply({ 5: 2 }), want: 'not-a-reply' },
  { name: '256 questions', make: reply({ 4: 1, 5: 0 }), want: 'not-a-reply' },
  { name: '65535 questions', make: reply({ 4: 0xff, 5: 0xff }), want: 'not-a-reply' },
  { name: 'a NOTIFY query', make: (query) => patched(query, { 2: 0x20 }), want: 'not-a-reply' },
  { name: 'an UPDATE query', make: (query) => patched(query, { 2: 0x28 }), want: 'not-a-reply' },
  {
    name: 'text of another protocol',
    make: () => Uint8Array.from('HTTP/1.1 400 Bad Request', (c) => c.charCodeAt(0)),
    want: 'not-a-reply',
  },
  { name: 'zeros', make: () => new Uint8Array(64), want: 'not-a-reply' },
  { name: 'ones', make: () => new Uint8Array(64).fill(0xff), want: 'not-a-reply' },
  { name: 'an ID off by its lowest bit', make: (query) => reply(idOctet(query, 1, 1))(query), want: 'near-miss' },
  { name: 'an ID off by its highest bit', make: (query) => reply(idOctet(query, 0, 0x80))(query), want: 'near-miss' },
  {
    name: 'an ID with its octets exchanged',
    make: (query) => reply({ 0: query[1] ?? 0, 1: (query[0] ?? 0) ^ 1 })(query),
    want: 'near-miss',
  },
  {
    name: 'a wrong ID with TC',
    make: (query) => reply({ ...idOctet(query, 1, 2), 2: 0x86 })(query),
    want: 'near-miss',
  },
  {
    name: 'a wrong ID with SERVFAIL',
    make: (query) => reply({ ...idOctet(query, 1, 4), 3: 2 })(query),
    want: 'near-miss',
  },
  { name: 'a question cut within its name', make: (query) => replyTo(query).slice(0, 15), want: 'near-miss' },
  {
    name: 'a question cut within its class',
    make: (query) => replyTo(query).slice(0, questionEndOf(query) - 1),
    want: 'near-miss',
  },
  { name: 'a header that promises a question', make: (query) => replyTo(query).slice(0, 12), want: 'near-miss' },
  { name: 'another type', make: withQuestionOctet(3, () => 28), want: 'near-miss' },
  {
    name: 'another type by the bit of letter case',
    make: withQuestionOctet(3, (octet) => octet ^ 0x20),
    want: 'near-miss',
  },
  { name: 'another class', make: withQuestionOctet(1, () => 3), want: 'near-miss' },
  { name: 'another name of the same length', make: reply({ 13: 0x78 }), want: 'near-miss' },
  { name: 'the root as its name', make: withOtherName([0]), want: 'near-miss' },
  { name: 'a shorter name', make: withOtherName([3, 0x63, 0x6f, 0x6d, 0]), want: 'near-miss' },
  { name: 'a name that is a pointer into the header', make: withOtherName([0xc0, 0x04]), want: 'near-miss' },
  { name: 'a name that points at itself', make: withOtherName([0xc0, 0x0c]), want: 'near-miss' },
  {
    name: 'label lengths that differ by the bit of letter case',
    make: (query) => patched(replyTo(query), { 12: (query[12] ?? 0) ^ 0x20 }),
    want: 'near-miss',
  },
  {
    name: 'one letter in another case',
    make: (query) => patched(replyTo(query), { 13: (query[13] ?? 0) ^ 0x20 }),
    want: 'case-mismatch',
  },
  {
    name: 'all letters in the other case',
    make: (query) =>
      patched(
        replyTo(query),
        Object.fromEntries(
          [...query.entries()]
            .filter(([at, octet]) => at > 12 && at < questionEndOf(query) - 5 && octet > 0x40)
            .map(([at, octet]) => [at, octet ^ 0x20]),
        ),
      ),
    want: 'case-mismatch',
  },
];
