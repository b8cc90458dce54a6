import { describe, expect, test } from 'vitest';
import { AccessControl, type ClientNetwork } from '../../src/server/access-control.ts';
import { parseAddress } from '../../src/wire/address-text.ts';

function network(text: string): ClientNetwork {
  const negated = text.startsWith('!');
  const [address = '', prefix] = text.replace('!', '').split('/');
  const octets = addressOf(address);
  return { octets, prefixLength: prefix === undefined ? octets.length * 8 : Number(prefix), negated };
}

function addressOf(text: string): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined) throw new Error(`no address: ${text}`);
  return octets;
}

const rows: { name: string; networks: string[]; allowed: string[]; refused: string[] }[] = [
  { name: 'an empty list allows everyone', networks: [], allowed: ['203.0.113.1', '2001:db8::1'], refused: [] },
  {
    name: 'a prefix of each length ends at its last address',
    networks: ['10.0.0.0/8', '172.16.0.0/12', '192.0.2.7/32', 'fc00::/7'],
    allowed: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.0.2.7', 'fdff::1'],
    refused: ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.0.2.6', '192.0.2.8', 'fe00::1'],
  },
  {
    name: 'an exception inside an allowed network',
    networks: ['10.0.0.0/8', '!10.1.0.0/16'],
    allowed: ['10.0.0.1', '10.2.0.1'],
    refused: ['10.1.0.1', '10.1.255.255'],
  },
  {
    name: 'the most specific match decides, whatever the order',
    networks: ['10.1.2.0/24', '!10.1.0.0/16', '10.0.0.0/8', '!10.1.2.3/32'],
    allowed: ['10.1.2.4', '10.3.0.0'],
    refused: ['10.1.3.1', '10.1.2.3'],
  },
  {
    name: 'an allowed address inside an exception',
    networks: ['!0.0.0.0/0', '192.0.2.1'],
    allowed: ['192.0.2.1'],
    refused: ['192.0.2.2', '127.0.0.1'],
  },
  {
    name: 'the same network allowed and excepted is excepted',
    networks: ['10.0.0.0/8', '!10.0.0.0/8'],
    allowed: [],
    refused: ['10.0.0.1'],
  },
  {
    name: 'IPv4 rules say nothing of IPv6 and the reverse',
    networks: ['0.0.0.0/0'],
    allowed: ['203.0.113.1'],
    refused: ['2001:db8::1', '::1'],
  },
  {
    name: 'an IPv4-mapped address is the IPv4 address',
    networks: ['192.0.2.0/24'],
    allowed: ['::ffff:192.0.2.1'],
    refused: ['::ffff:192.0.3.1', '::192.0.2.1'],
  },
  {
    name: 'IPv6 down to the last bit',
    networks: ['2001:db8::/127', '!2001:db8::1'],
    allowed: ['2001:db8::'],
    refused: ['2001:db8::1', '2001:db8::2'],
  },
];

describe('who may ask', () => {
  for (const { name, networks, allowed, refused } of rows) {
    test(name, () => {
      const access = new AccessControl(networks.map(network));
      for (const address of allowed) expect(access.allows(addressOf(address)), address).toBe(true);
      for (const address of refused) expect(access.allows(addressOf(address)), address).toBe(false);
    });
  }

  test.each([
    ['::ffff:0:0/96', '::ffff:192.0.2.1', true],
    ['192.0.2.0/24', '::ffff:192.0.2.1', true],
    ['192.0.2.0/24', '::ffff:192.0.3.1', false],
    ['::ffff:0:0/96', '192.0.2.1', false],
    ['::ffff:0:0/96', '2001:db8::1', false],
    ['fd00::/8', 'fd00::1', true],
  ])('of addresses in records, %s covers %s: %s', (list, address, covers) => {
    expect(new AccessControl([network(list)]).covers(addressOf(address))).toBe(covers);
  });

  test('agrees with a plain search over many networks', () => {
    let seed = 1;
    const random = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * limit);
    };
    const networks: ClientNetwork[] = Array.from({ length: 100 }, () => ({
      octets: Uint8Array.of(random(4), random(4), random(4), random(4)),
      prefixLength: 8 + random(25),
      negated: random(2) === 1,
    }));
    const access = new AccessControl(networks);
    for (let round = 0; round < 1000; round++) {
      const address = Uint8Array.of(random(4), random(4), random(4), random(4));
      expect(access.allows(address)).toBe(plainSearch(networks, address));
    }
  });
});

function plainSearch(networks: readonly ClientNetwork[], address: Uint8Array): boolean {
  const bits = (octets: Uint8Array) => Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('');
  let best = -1;
  let allowed = false;
  for (const { octets, prefixLength, negated } of networks) {
    if (bits(octets).slice(0, prefixLength) !== bits(address).slice(0, prefixLength) || prefixLength < best) continue;
    allowed = prefixLength === best ? allowed && !negated : !negated;
    best = prefixLength;
  }
  return allowed;
}
