// Zones in which something else decides about names, and the names that it decides about (SECURITY A-50).
import { describe, expect, test } from 'vitest';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { ConfiguredNames } from '../../src/resolver/denial-guard.ts';
import { Routes } from '../../src/resolver/routes.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { localDataWith } from '../support/local-data.ts';

const forwardZone = (zone: string) => ({ zone: nameOf(zone), servers: [], recurse: true, first: false });

function guard(): { names: ConfiguredNames; routes: Routes; anchors: TrustAnchors } {
  const routes = new Routes([forwardZone('corp.zone.example.')]);
  const anchors = new TrustAnchors();
  anchors.addDNSKEY(nameOf('.'), Uint8Array.of(1));
  anchors.addNegative(nameOf('broken.other.example.'), 'by configuration');
  return { names: new ConfiguredNames(routes, anchors), routes, anchors };
}

describe('zones that are touched', () => {
  const rows = [
    { zone: '.', want: true },
    { zone: 'example.', want: true },
    { zone: 'zone.example.', want: true },
    { zone: 'corp.zone.example.', want: true },
    { zone: 'x.corp.zone.example.', want: true },
    { zone: 'xcorp.zone.example.', want: false },
    { zone: 'other.example.', want: true },
    // An anchor of the zone itself is what it is judged by.
    { zone: 'broken.other.example.', want: false },
    { zone: 'third.example.', want: false },
  ];
  for (const { zone, want } of rows) test(zone, () => expect(guard().names.touches(nameOf(zone))).toBe(want));

  test('other forward zones from now on', () => {
    const { names, routes } = guard();
    expect(names.touches(nameOf('zone.example.'))).toBe(true);
    routes.replace([forwardZone('third.example.')]);
    expect(names.touches(nameOf('zone.example.'))).toBe(false);
    expect(names.touches(nameOf('third.example.'))).toBe(true);
    routes.replace([]);
    expect(names.touches(nameOf('third.example.'))).toBe(false);
  });
});

describe('names that may be denied', () => {
  const rows = [
    { name: 'x.zone.example.', zone: 'zone.example.', want: true },
    { name: 'CORP.zone.example.', zone: 'zone.example.', want: false },
    { name: 'x.corp.zone.example.', zone: 'zone.example.', want: false },
    { name: 'x.other.example.', zone: 'other.example.', want: true },
    { name: 'x.broken.other.example.', zone: 'other.example.', want: false },
  ];
  for (const { name, zone, want } of rows) {
    test(name, () => expect(guard().names.permits(nameOf(name), RRType.A, nameOf(zone))).toBe(want));
  }
});

describe('zones in which local data have a say', () => {
  const localData = localDataWith({ zones: [{ zone: nameOf('lan.zone.example.'), zoneType: 'static' }] });
  const rows = [
    { zone: '.', want: true },
    { zone: 'zone.example.', want: true },
    { zone: 'lan.zone.example.', want: true },
    { zone: 'x.lan.zone.example.', want: true },
    { zone: 'xlan.zone.example.', want: false },
    { zone: 'in-addr.arpa.', want: true },
    { zone: '1.168.192.in-addr.arpa.', want: true },
    { zone: '8.in-addr.arpa.', want: false },
  ];
  for (const { zone, want } of rows) test(zone, () => expect(localData.touches(nameOf(zone))).toBe(want));
});
