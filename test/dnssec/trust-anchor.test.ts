import { describe, expect, test } from 'vitest';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { DSData } from '../../src/wire/rdata-dnssec.ts';

const ds: DSData = { keyTag: 1, algorithm: 8, digestType: 2, digest: new Uint8Array(32) };

function anchors(): TrustAnchors {
  const all = new TrustAnchors();
  all.addDS(nameOf('.'), ds);
  all.addNegative(nameOf('broken.test.'), 'signatures expired');
  all.addDS(nameOf('fixed.broken.test.'), ds);
  all.addDS(nameOf('island.test.'), ds);
  all.addDS(nameOf('both.test.'), ds);
  all.addNegative(nameOf('both.test.'), 'both');
  return all;
}

describe('the closest enclosing anchor decides (RFC 7646 3)', () => {
  const rows = [
    { name: '.', kind: 'anchor', zone: '.' },
    { name: 'www.example.', kind: 'anchor', zone: '.' },
    { name: 'test.', kind: 'anchor', zone: '.' },
    { name: 'broken.test.', kind: 'negative', zone: 'broken.test.' },
    { name: 'www.BROKEN.test.', kind: 'negative', zone: 'broken.test.' },
    { name: 'notbroken.test.', kind: 'anchor', zone: '.' },
    { name: 'www.fixed.broken.test.', kind: 'anchor', zone: 'fixed.broken.test.' },
    { name: 'island.test.', kind: 'anchor', zone: 'island.test.' },
    { name: 'www.both.test.', kind: 'negative', zone: 'both.test.' },
  ] as const;
  test.each(rows)('$name: $kind at $zone', ({ name, kind, zone }) => {
    const closest = anchors().closest(nameOf(name));
    expect(closest?.kind).toBe(kind);
    expect(closest && nameText(closest.zone)).toBe(zone);
  });

  test('none where no anchor encloses the name: indeterminate (RFC 4033 5)', () => {
    const all = new TrustAnchors();
    expect(all.closest(nameOf('example.'))).toBeUndefined();
    all.addDS(nameOf('example.'), ds);
    expect(all.closest(nameOf('test.'))).toBeUndefined();
    expect(all.closest(nameOf('.'))).toBeUndefined();
  });
});

test('DS and DNSKEY of one zone are kept together, each once', () => {
  const all = new TrustAnchors();
  const zone = nameOf('Example.');
  const dnskey = Uint8Array.of(1, 1, 3, 15, 9);
  expect(all.addDS(zone, ds)).toBe(true);
  expect(all.addDS(nameOf('EXAMPLE.'), { ...ds, digest: new Uint8Array(32) })).toBe(false);
  expect(all.addDS(zone, { ...ds, keyTag: 2 })).toBe(true);
  expect(all.addDNSKEY(zone, dnskey)).toBe(true);
  expect(all.addDNSKEY(zone, dnskey)).toBe(false);
  dnskey[4] = 0;
  expect(all.closest(nameOf('www.example.'))).toMatchObject({
    kind: 'anchor',
    ds: [{ keyTag: 1 }, { keyTag: 2 }],
    dnskeys: [Uint8Array.of(1, 1, 3, 15, 9)],
  });
});

test('removing: exactly one name, or all', () => {
  const all = anchors();
  expect(all.removeNegative(nameOf('both.test.'))).toBe(true);
  expect(all.closest(nameOf('both.test.'))?.kind).toBe('anchor');
  expect(all.removeNegative(nameOf('www.broken.test.'))).toBe(false);
  expect(all.removeAnchor(nameOf('island.test.'))).toBe(true);
  expect(all.removeAnchor(nameOf('island.test.'))).toBe(false);
  expect(all.anchors().map((anchor) => nameText(anchor.zone))).toEqual(['.', 'fixed.broken.test.', 'both.test.']);
  expect(all.anchorAt(nameOf('both.test.'))?.ds.length).toBe(1);
  expect(all.negatives()).toMatchObject([{ reason: 'signatures expired' }]);
  all.clearAnchors();
  all.clearNegatives();
  expect(all.closest(nameOf('both.test.'))).toBeUndefined();
});

test('a second negative anchor replaces the reason', () => {
  const all = new TrustAnchors();
  all.addNegative(nameOf('a.'), 'first');
  all.addNegative(nameOf('A.'), 'second');
  expect(all.negatives()).toMatchObject([{ reason: 'second' }]);
});
