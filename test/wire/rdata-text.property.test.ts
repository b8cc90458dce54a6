import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalRdata } from '../../src/wire/canonical.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseNSEC, parseNSEC3, parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import { parseRdata, rdataText, unknownText } from '../../src/wire/rdata-text.ts';
import { typesWithText } from '../../src/wire/rdata-text-table.ts';
import { parseZoneText, recordText } from '../../src/wire/zone-text.ts';
import { arbitraryMixedCaseName, arbitraryNearRdata, arbitraryRdata } from './arbitraries.ts';
import { toHex } from './octets.ts';
import { rdataSamples } from './rdata-samples.ts';

const anyType = fc.oneof(fc.constantFrom(...typesWithText()), fc.integer({ min: 0, max: 0xffff }));

function readBack(type: number, text: string): string {
  const parsed = parseRdata(type, text);
  return parsed.ok ? toHex(parsed.rdata) : `${text}: ${parsed.error}`;
}

describe('RDATA survives text', () => {
  it('whatever its octets are', () => {
    fc.assert(
      fc.property(anyType, fc.uint8Array({ maxLength: 80 }), (type, rdata) => {
        expect(readBack(type, rdataText(type, rdata))).toBe(toHex(rdata));
      }),
      { numRuns: 5000 },
    );
  });

  it('when it is well formed or nearly so', () => {
    fc.assert(
      fc.property(arbitraryNearRdata, ({ type, rdata }) => {
        expect(readBack(type, rdataText(type, rdata))).toBe(toHex(rdata));
      }),
      { numRuns: 5000 },
    );
  });

  it('in the form of RFC 3597', () => {
    fc.assert(
      fc.property(anyType, fc.uint8Array({ maxLength: 300 }), (type, rdata) => {
        expect(readBack(type, unknownText(rdata))).toBe(toHex(rdata));
      }),
    );
  });

  it('as a line of a zone file', () => {
    fc.assert(
      fc.property(
        arbitraryMixedCaseName,
        arbitraryRdata,
        fc.integer({ min: 0, max: 0x7fffffff }),
        (name, { type, rdata }, ttl) => {
          const { records, errors } = parseZoneText(recordText({ name, type, class: 1, ttl, rdata }));
          expect(errors).toEqual([]);
          expect(
            records.map((record) => [toHex(record.name.octets), record.type, record.ttl, toHex(record.rdata)]),
          ).toEqual([[toHex(name.octets), type, ttl, toHex(rdata)]]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('well-formed RDATA has a text of its own', () => {
    fc.assert(
      fc.property(arbitraryRdata, ({ type, rdata }) => {
        expect(rdataText(type, rdata).startsWith('\\#')).toBe(type === 65280);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reading never throws', () => {
  it('any text as any type', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '\\#',
        '0',
        '1',
        '255',
        '65536',
        '-',
        '.',
        '@',
        '"',
        '(',
        ';',
        'A',
        'AAAA',
        'N',
        '1.2.3.4',
        '::1',
        '\\0',
        'é',
      ),
      fc.constantFrom('alpn=', 'mandatory=port', 'port=1', 'key1', '1:1.2.3.4/8', '0x', 'AAAA====', '20300101000000'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(anyType, fc.array(word, { maxLength: 12 }), (type, words) => {
        for (const given of [words, words.join(' ')]) {
          const parsed = parseRdata(type, given);
          if (parsed.ok) expect(readBack(type, rdataText(type, parsed.rdata))).toBe(toHex(parsed.rdata));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('samples with words left out, doubled or exchanged', () => {
    const changed = fc.tuple(
      fc.constantFrom(...rdataSamples),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('drop', 'double', 'swap'),
    );
    fc.assert(
      fc.property(changed, ([sample, first, second, change]) => {
        const words = sample.text.split(' ');
        const at = first % words.length;
        const other = second % words.length;
        const word = words[at] ?? '';
        if (change === 'drop') words.splice(at, 1);
        else if (change === 'double') words.splice(other, 0, word);
        else words.splice(at, 1, ...words.splice(other, 1, word));
        const type = RRType[sample.type as keyof typeof RRType];
        const parsed = parseRdata(type, words.join(' '));
        if (parsed.ok) expect(readBack(type, rdataText(type, parsed.rdata))).toBe(toHex(parsed.rdata));
      }),
      { numRuns: 3000 },
    );
  });

  it('any text as a zone', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '(',
      ')',
      '"',
      ';',
      '\\',
      '$TTL',
      '$ORIGIN',
      ' A ',
      '192.0.2.1',
      'IN',
      '5m',
      ' TXT ',
      '@',
      '.',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const record of parseZoneText(pieces.join(''), { defaultTtl: 1 }).records) recordText(record);
      }),
      { numRuns: 2000 },
    );
  });

  it('views and canonical form of any RDATA', () => {
    fc.assert(
      fc.property(anyType, fc.uint8Array({ maxLength: 80 }), (type, rdata) => {
        parseRRSIG(rdata);
        parseNSEC(rdata);
        parseNSEC3(rdata);
        const canonical = canonicalRdata(type, rdata);
        expect(canonical).toHaveLength(rdata.length);
        expect(canonicalRdata(type, canonical)).toEqual(canonical);
      }),
      { numRuns: 3000 },
    );
  });
});
