// What one route says must not be seen by another (SECURITY ).

import { describe, expect, test } from 'vitest';
import { composeReply } from '../../src/lab/reply-content.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { authority } from '../support/server-behaviours.ts';
import { ReviewNetwork } from './review-network.ts';

/** `corp.` is resolved by a server of its own; the public root knows no such name, or says something else of it. */
function withForwardZone(rootRecords = '', recurse = true): ReviewNetwork {
  const net = new ReviewNetwork({
    zones: [
      { name: '.', records: rootRecords },
      { name: 'test.', records: '' },
      { name: 'corp.inner.', isSigned: false, records: 'www A 192.0.2.1\n@ A 192.0.2.2\n', addresses: ['198.18.9.9'] },
      { name: 'inner.', denial: { kind: 'nsec' }, records: '' },
    ],
    forwardZones: [{ zone: 'corp.inner.', address: '198.18.9.9', recurse }],
    negative: ['corp.inner.'],
  });
  return net;
}

describe('the DS question for the apex of a forward zone goes to the public parent', () => {
  test.each([true, false])('a denial there does not hide the forward zone (recurse %s)', (recurse) => {
    const net = withForwardZone('', recurse);
    // The public parent knows nothing of the zone.
    net.rewrite('inner.', (content, { name, type }) => {
      if (type !== 43 || name.labelCount !== 2) return content;
      return { ...content, ...nameErrorOf(net, 'zzz.inner.') };
    });
    expect(net.status('www.corp.inner. A')).toBe('NOERROR insecure:negative-trust-anchor 1');
    const ds = net.status('corp.inner. DS', { validate: false });
    expect(ds).toBe('NXDOMAIN none 0');
    expect(net.status('corp.inner. A')).toBe('NOERROR insecure:negative-trust-anchor 1');
    expect(net.status('corp.inner. A', { validate: false })).toMatch(/^NOERROR .* 1$/);
    expect(net.status('mail.corp.inner. A', { validate: false })).toMatch(/^NXDOMAIN/);
  });

  test('an honest secure denial there does not hide the forward zone', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'elsewhere.test.', isSigned: false, addresses: ['198.18.7.7'] }],
      forwardZones: [{ zone: 'corp.', address: '198.18.9.9', recurse: true }],
      negative: ['corp.'],
    });
    const other = new ReviewNetwork({
      zones: [
        { name: '.', addresses: ['198.18.9.8'] },
        { name: 'corp.', isSigned: false, records: '@ A 192.0.2.2\nwww A 192.0.2.1\n', addresses: ['198.18.9.9'] },
      ],
    });
    net.network.addServer('198.18.9.9', serverOf(other, '198.18.9.9'));
    expect(net.status('corp. DS')).toBe('NXDOMAIN secure AD 0');
    expect(net.status('corp. A')).toBe('NOERROR insecure:negative-trust-anchor 1');
    expect(net.status('www.corp. A')).toBe('NOERROR insecure:negative-trust-anchor 1');
    // The answer about the DS itself stays.
    expect(net.status('corp. DS')).toBe('NXDOMAIN secure AD 0');
  });

  test('an alias there does not redirect the forward zone', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.', records: 'corp CNAME evil.test.\nevil A 192.0.2.66\n' }],
      forwardZones: [{ zone: 'corp.test.', address: '198.18.9.9', recurse: true }],
      negative: ['corp.test.'],
    });
    const other = new ReviewNetwork({
      zones: [{ name: 'corp.test.', isSigned: false, records: '@ A 192.0.2.2\n', addresses: ['198.18.9.9'] }],
    });
    net.network.addServer('198.18.9.9', serverOf(other, '198.18.9.9'));
    net.resolve('corp.test. DS');
    const { answer } = net.resolve('corp.test. A');
    expect(answer.map(({ rrset }) => [...(rrset.rdatas[0] ?? [])])).toEqual([[192, 0, 2, 2]]);
  });
});

function serverOf(net: ReviewNetwork, address: string) {
  const zones = net.hierarchy.servers.get(address);
  if (zones === undefined) throw new Error(`no server at ${address}`);
  return authority(zones);
}

function nameErrorOf(net: ReviewNetwork, name: string) {
  const [address = ''] = net.hierarchy.zone('inner.').addresses;
  const zones = net.hierarchy.servers.get(address);
  if (zones === undefined) throw new Error('no server');
  return composeReply(zones, { name: nameOf(name), type: RRType.A, class: RRClass.IN }, true);
}

test('a stub zone whose servers failed once is not resolved by others from then on', () => {
  const net = new ReviewNetwork({
    zones: [{ name: 'test.' }, { name: 'split.test.', isSigned: false, records: 'www 60 A 192.0.2.66\n' }],
    forwardZones: [{ zone: 'split.test.', address: '198.18.9.9', recurse: false, first: true }],
  });
  const inside = new ReviewNetwork({
    zones: [
      {
        name: 'split.test.',
        isSigned: false,
        records: 'www 60 A 192.0.2.2\nwww2 60 A 192.0.2.2\n',
        addresses: ['198.18.9.9'],
      },
    ],
  });
  net.network.addServer('198.18.9.9', serverOf(inside, '198.18.9.9'), { drops: 'both' });
  expect(net.status('www.split.test. A')).toBe('NOERROR insecure:no-ds 1');
  net.network.setPath('198.18.9.9', {});
  net.clock.advance(61_000);
  expect([...(net.resolve('www.split.test. A').answer[0]?.rrset.rdatas[0] ?? [])]).toEqual([192, 0, 2, 2]);
  expect(net.status('www2.split.test. A')).toBe('NOERROR insecure:no-ds 1');
});
