// Verdicts of answers that consist of several parts, and key sets that an attacker has thinned out.
import { describe, expect, test } from 'vitest';
import { sharedKey } from '../../src/lab/keys.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { ReviewNetwork } from './review-network.ts';

const forged: RRset = {
  name: nameOf('child.test.'),
  type: RRType.A,
  class: RRClass.IN,
  ttl: 300,
  rdatas: [Uint8Array.of(192, 0, 2, 66)],
  signatures: [],
};

describe('an answer to ANY is as good as its worst part', () => {
  test('unsigned data beside the signed DS of an insecure zone are not authentic', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'child.test.', ds: 'unknown-digest', records: '@ A 192.0.2.1\n' }],
    });
    const ds = net.hierarchy.zone('test.').zone.rrset(nameOf('child.test.'), RRType.DS);
    if (ds === undefined) throw new Error('no DS');
    net.rewrite('child.test.', (content, { type }) =>
      type === RRType.ANY ? { ...content, answer: [ds, forged] } : content,
    );
    const found = net.resolve('child.test. ANY');
    expect(found.answer).toHaveLength(2);
    expect(found.authentic).toBe(false);
    expect(found.verdict?.status).toBe('insecure');
  });

  test('SIG records, which nobody signs, beside signed data are not authentic', () => {
    const net = new ReviewNetwork({ zones: [{ name: 'test.', records: 'www A 192.0.2.1\n' }] });
    const sig: RRset = { ...forged, name: nameOf('www.test.'), type: RRType.SIG, rdatas: [new Uint8Array(30)] };
    net.rewrite('test.', (content, { type }) =>
      type === RRType.ANY ? { ...content, answer: [...content.answer, sig] } : content,
    );
    expect(net.resolve('www.test. ANY').authentic).toBe(false);
  });
});

describe('a zone with a DS for a strong key and one for a key too small to count', () => {
  const strong = sharedKey({ algorithm: 13 }, 9100);
  const small = sharedKey({ algorithm: 8, rsaBits: 512 }, 9101);
  const zones = [{ name: 'test.' }, { name: 'example.test.', keys: [strong, small], records: 'www A 192.0.2.1\n' }];

  test('is secure', () => {
    expect(new ReviewNetwork({ zones }).status('www.example.test. A')).toBe('NOERROR secure AD 1');
  });

  test('is not made insecure by leaving the strong key out of the DNSKEY set', () => {
    const net = new ReviewNetwork({ zones });
    net.rewrite('example.test.', (content, { type }) => {
      if (type === RRType.DNSKEY) {
        const answer = content.answer.map((set) => ({ ...set, rdatas: [small.dnskey], signatures: [] }));
        return { ...content, answer };
      }
      if (type !== RRType.A) return content;
      return { ...content, answer: [{ ...forged, name: nameOf('www.example.test.') }], authority: [] };
    });
    expect(net.status('www.example.test. A')).toMatch(/^SERVFAIL bogus/);
  });

  test('whose only DS is for the small key is insecure', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'example.test.', keys: [small], records: 'www A 192.0.2.1\n' }],
    });
    expect(net.status('www.example.test. A')).toBe('NOERROR insecure:unsupported-algorithm 1');
  });
});
