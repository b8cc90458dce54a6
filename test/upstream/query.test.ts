import { describe, expect, it } from 'vitest';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { buildQuery, withId } from '../../src/upstream/query.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { askFor } from './scripted-sockets.ts';

const random = new SeededRandom(1);
const plain = { udpPayloadOctets: 1232, pad: false };

describe('buildQuery', () => {
  const flagCases = [
    { name: 'no flags towards authoritative servers', given: {}, want: 0 },
    { name: 'RD towards forwarders', given: { recursionDesired: true }, want: 0x0100 },
    { name: 'CD towards forwarders (RFC 6840 5.9)', given: { checkingDisabled: true }, want: 0x0010 },
    { name: 'both', given: { recursionDesired: true, checkingDisabled: true }, want: 0x0110 },
  ];
  for (const { name, given, want } of flagCases) {
    it(`sets ${name}`, () => {
      const parsed = parseMessage(buildQuery(askFor('www.example', given), plain, 0xabcd, random).octets);
      expect(parsed.ok && parsed.message.header).toMatchObject({ id: 0xabcd, flags: want, questionCount: 1 });
    });
  }

  it('offers 1232 octets and sets DO in an OPT record (RFC 6891 6.1, RFC 3225)', () => {
    const parsed = parseMessage(buildQuery(askFor('www.example'), plain, 1, random).octets);
    expect(parsed.ok && parsed.message.edns).toMatchObject({ udpSize: 1232, version: 0, dnssecOk: true, options: [] });
  });

  it('leaves DO clear when it is not asked for', () => {
    const parsed = parseMessage(buildQuery(askFor('www.example', { dnssecOk: false }), plain, 1, random).octets);
    expect(parsed.ok && parsed.message.edns).toMatchObject({ udpSize: 1232, dnssecOk: false });
  });

  it('sends no OPT record without EDNS, whatever DO says', () => {
    const query = buildQuery(askFor('www.example', { edns: false }), plain, 1, random);
    const parsed = parseMessage(query.octets);
    expect(parsed.ok && parsed.message.edns).toBeUndefined();
    expect(query.octets.length).toBe(query.questionEnd);
  });

  it('offers the size that is configured', () => {
    const { octets } = buildQuery(askFor('www.example'), { udpPayloadOctets: 4096, pad: false }, 1, random);
    const parsed = parseMessage(octets);
    expect(parsed.ok && parsed.message.edns).toMatchObject({ udpSize: 4096 });
  });

  it('pads names of every length to 128 octets, with one option (RFC 7830, RFC 8467 4.1)', () => {
    for (let length = 1; length <= 63; length++) {
      const { octets } = buildQuery(askFor('a'.repeat(length)), { ...plain, pad: true }, 1, random);
      const parsed = parseMessage(octets);
      expect(octets.length).toBe(128);
      expect(parsed.ok && parsed.message.edns?.options.map(({ code }) => code)).toEqual([12]);
    }
    const long = `${'a'.repeat(60)}.${'b'.repeat(35)}`;
    for (const [name, want] of [
      [long.slice(0, -1), 128],
      [long, 256],
    ] as const) {
      expect(buildQuery(askFor(name), { ...plain, pad: true }, 1, random).octets.length).toBe(want);
    }
    expect(buildQuery(askFor('a', { edns: false }), { ...plain, pad: true }, 1, random).octets.length).toBeLessThan(
      128,
    );
  });

  it('carries a cookie, and padding behind it (RFC 7873 4)', () => {
    const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    for (const pad of [false, true]) {
      const parsed = parseMessage(buildQuery(askFor('www.example'), { ...plain, pad, cookie }, 1, random).octets);
      const options = (parsed.ok && parsed.message.edns?.options) || [];
      expect(options.map(({ code }) => code)).toEqual(pad ? [10, 12] : [10]);
      expect(options[0]?.data).toEqual(cookie);
    }
  });

  it('sends lower case where that is asked for', () => {
    const fields = askFor('wWw.ExAmple', { randomiseCase: false, lowerCase: true });
    const { octets, questionEnd } = buildQuery(fields, plain, 1, random);
    expect(octets.subarray(12, questionEnd - 4)).toEqual(nameOf('www.example').octets);
  });

  it('keeps the case of the question when it is not to be randomised', () => {
    const { octets, questionEnd } = buildQuery(askFor('wWw.ExAmple', { randomiseCase: false }), plain, 1, random);
    expect(octets.subarray(12, questionEnd - 4)).toEqual(nameOf('wWw.ExAmple').octets);
  });

  it('asks for the root', () => {
    const parsed = parseMessage(
      buildQuery(askFor('.', { question: { name: DomainName.root, type: 2, class: 1 } }), plain, 1, random).octets,
    );
    expect(parsed.ok && parsed.message.question).toMatchObject({ type: 2 });
  });

  it('randomises letters and nothing else, also in names of 255 octets', () => {
    const label = Uint8Array.from('az09-_[`{@'.padEnd(63, 'qQ'), (letter) => letter.charCodeAt(0));
    const name = DomainName.fromLabels([label, label, label, label.subarray(0, 61)]);
    if (name === undefined) throw new Error('too long');
    expect(name.octets.length).toBe(255);
    const chance = new CryptoRandom();
    const seen = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const { octets, questionEnd } = buildQuery(
        askFor('.', { question: { name, type: 1, class: 1 } }),
        plain,
        1,
        chance,
      );
      const sent = DomainName.fromOctets(octets.slice(12, questionEnd - 4));
      expect(sent.key).toBe(name.key);
      seen.add(sent.octets.join());
    }
    expect(seen.size).toBe(20);
  });

  it('draws each letter upper and lower equally often', () => {
    const name = nameOf('a'.repeat(40));
    const upper = new Array<number>(40).fill(0);
    const chance = new CryptoRandom();
    const rounds = 4000;
    for (let round = 0; round < rounds; round++) {
      const { octets } = buildQuery(askFor('.', { question: { name, type: 1, class: 1 } }), plain, 1, chance);
      for (let letter = 0; letter < 40; letter++)
        if (octets[13 + letter] === 0x41) upper[letter] = (upper[letter] ?? 0) + 1;
    }
    // Six standard deviations of a fair coin: 2000 +- 190.
    for (const count of upper) expect(Math.abs(count - rounds / 2)).toBeLessThan(190);
  });
});

it('withId changes the ID in a copy', () => {
  const query = buildQuery(askFor('www.example'), plain, 0x1111, random);
  const other = withId(query, 0x2222);
  expect([...other.octets.subarray(0, 2)]).toEqual([0x22, 0x22]);
  expect([...query.octets.subarray(0, 2)]).toEqual([0x11, 0x11]);
  expect(other.octets.subarray(2)).toEqual(query.octets.subarray(2));
});
