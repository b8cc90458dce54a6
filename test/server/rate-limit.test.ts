import { describe, expect, test } from 'vitest';
import { EventLimit, isPrivateSource, WaitingLimit } from '../../src/server/rate-limit.ts';
import { parseAddress } from '../../src/wire/address-text.ts';

function addressOf(text: string): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined) throw new Error(`no address: ${text}`);
  return octets;
}

function admitted(limit: WaitingLimit, address: string, tries: number): number {
  let count = 0;
  for (let round = 0; round < tries; round++) if (limit.admit(addressOf(address)) !== undefined) count++;
  return count;
}

describe('unanswered queries of one source (SECURITY 1.7 client.max-waiting)', () => {
  const rows = [
    { name: 'a stranger', address: '203.0.113.1', want: 100 },
    { name: 'a stranger over IPv6', address: '2001:db8::1', want: 100 },
    { name: 'loopback', address: '127.0.0.1', want: 1000 },
    { name: 'a private address', address: '192.168.1.1', want: 1000 },
    { name: 'a unique local address', address: 'fd00::1', want: 1000 },
  ];
  for (const { name, address, want } of rows) {
    test(`${name}: ${want}, and not one more`, () => {
      expect(admitted(new WaitingLimit(), address, want + 5)).toBe(want);
    });
  }

  test('an IPv6 /64 is one source, the next /64 another', () => {
    const limit = new WaitingLimit({ perSource: 2, perPrivateSource: 2, total: 10 });
    expect(admitted(limit, '2001:db8::1', 1)).toBe(1);
    expect(admitted(limit, '2001:db8::2', 2)).toBe(1);
    expect(admitted(limit, '2001:db8:0:1::1', 2)).toBe(2);
  });

  test('an answered query makes room', () => {
    const limit = new WaitingLimit({ perSource: 1, perPrivateSource: 1, total: 10 });
    const slot = limit.admit(addressOf('192.0.2.1'));
    expect(limit.admit(addressOf('192.0.2.1'))).toBeUndefined();
    limit.release(slot ?? '');
    expect(limit.size).toBe(0);
    expect(limit.admit(addressOf('192.0.2.1'))).toBeDefined();
  });

  test('all sources together have a bound', () => {
    const limit = new WaitingLimit({ perSource: 1, perPrivateSource: 1, total: 3 });
    const count = [1, 2, 3, 4, 5].filter((host) => limit.admit(Uint8Array.of(192, 0, 2, host)) !== undefined).length;
    expect(count).toBe(3);
  });

  test('releasing what was never admitted changes nothing', () => {
    const limit = new WaitingLimit();
    limit.release('nobody');
    expect(limit.size).toBe(0);
  });
});

test('private sources are those of SECURITY 1.7 allow-from', () => {
  const inside = [
    '127.0.0.1',
    '10.1.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '172.31.0.1',
    '192.168.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ];
  const outside = ['128.0.0.1', '100.128.0.1', '172.32.0.1', '8.8.8.8', '::2', '2001:db8::1'];
  for (const address of inside) expect(isPrivateSource(addressOf(address)), address).toBe(true);
  for (const address of outside) expect(isPrivateSource(addressOf(address)), address).toBe(false);
});

test('an event limit counts anew each second', () => {
  const limit = new EventLimit(100);
  const passed = (atMs: number) => Array.from({ length: 150 }, () => limit.passes(atMs)).filter(Boolean).length;
  expect(passed(5000)).toBe(100);
  expect(passed(5999)).toBe(0);
  expect(passed(6000)).toBe(100);
});
