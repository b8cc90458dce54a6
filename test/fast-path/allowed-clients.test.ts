import { expect, test } from 'vitest';
import { AllowedClients } from '../../src/fast-path/allowed-clients.ts';
import { parseAddress } from '../../src/wire/address-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';

function octetsOf(text: string): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined) throw new Error(text);
  return octets;
}

function table(): { add: (text: string) => void; has: (text: string) => boolean; clear: () => void } {
  const clients = new AllowedClients(new Uint8Array(64 + AllowedClients.octets), 64, 99);
  return {
    add: (text) => clients.add(octetsOf(text)),
    has: (text) => clients.has(octetsOf(text), 0, octetsOf(text).length),
    clear: () => clients.clear(),
  };
}

test('knows who was let through, and nobody else', () => {
  const clients = table();
  for (const text of ['192.0.2.1', '2001:db8::1']) {
    expect(clients.has(text)).toBe(false);
    clients.add(text);
    clients.add(text);
    expect(clients.has(text)).toBe(true);
  }
  for (const text of ['192.0.2.2', '2001:db8::2', '::ffff:192.0.2.1', '::', '0.0.0.0'])
    expect(clients.has(text)).toBe(false);
});

test('forgets all of them, the address without a bit included', () => {
  const clients = table();
  const texts = ['::', '0.0.0.0', '10.0.0.1', 'fe80::1'];
  for (const text of texts) clients.add(text);
  clients.clear();
  expect(texts.filter((text) => clients.has(text))).toEqual([]);
  clients.add('10.0.0.1');
  expect(clients.has('10.0.0.1')).toBe(true);
});

test('more clients than places: some are asked for again, none is let through that was not', () => {
  const clients = table();
  const random = new SeededRandom();
  const address = () => `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
  const added = new Set(Array.from({ length: 20_000 }, address));
  for (const text of added) clients.add(text);
  const known = [...added].filter((text) => clients.has(text)).length;
  expect(known).toBeGreaterThan(3000);
  expect(known).toBeLessThanOrEqual(4096);
  for (let count = 0; count < 20_000; count++) {
    const text = address();
    if (!added.has(text)) expect(clients.has(text)).toBe(false);
  }
});
