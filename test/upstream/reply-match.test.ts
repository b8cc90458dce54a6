import { describe, expect, it } from 'vitest';
import { buildQuery } from '../../src/upstream/query.ts';
import { matchReply, restoreQuestionName } from '../../src/upstream/reply-match.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { badPackets } from './bad-packets.ts';
import { askFor, patched, replyTo } from './scripted-sockets.ts';

const query = buildQuery(askFor('www.example'), { udpPayloadOctets: 1232, pad: false }, 0x1234, new SeededRandom(7));
const proper = replyTo(query.octets);

describe('packets that are not the reply', () => {
  it('number at least forty', () => {
    expect(badPackets.length).toBeGreaterThanOrEqual(40);
    expect(new Set(badPackets.map(({ name }) => name)).size).toBe(badPackets.length);
  });

  for (const { name, make, want } of badPackets) {
    it(`${name}: ${want}`, () => {
      expect(matchReply(make(query.octets), query)).toBe(want);
    });
  }
});

describe('packets that are the reply', () => {
  const cases = [
    { name: 'a proper reply', octets: proper },
    { name: 'whatever its RCODE is', octets: patched(proper, { 3: 0x0f }) },
    { name: 'with the Z bit and with AD', octets: patched(proper, { 3: 0x60 }) },
    { name: 'with TC', octets: patched(proper, { 2: 0x86 }) },
    { name: 'with octets behind its question that are no records', octets: patched(proper, { 6: 0xff }) },
    { name: 'that ends with its question', octets: proper.slice(0, query.questionEnd) },
  ];
  for (const { name, octets } of cases) {
    it(name, () => {
      expect(matchReply(octets, query)).toBe('match');
    });
  }
});

describe('restoreQuestionName', () => {
  it('takes the random letter case out of names compressed against the question', () => {
    const octets = proper.slice();
    restoreQuestionName(octets, nameOf('www.example'));
    const parsed = parseMessage(octets);
    expect(parsed.ok && parsed.message.answer[0]?.name.octets).toEqual(nameOf('www.example').octets);
    expect(parsed.ok && parsed.message.question.name.octets).toEqual(nameOf('www.example').octets);
  });
});
