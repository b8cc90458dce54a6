import { expect, test } from 'vitest';
import { ReviewNetwork } from './review-network.ts';

test('harness', () => {
  const net = new ReviewNetwork({
    zones: [
      { name: 'test.', denial: { kind: 'nsec3' } },
      { name: 'example.test.', records: 'www A 192.0.2.1\n*.wild A 192.0.2.2\na.ent A 192.0.2.3\n' },
      { name: 'plain.test.', isSigned: false, records: 'www A 192.0.2.9\n' },
    ],
  });
  for (const q of ['www.example.test. A', 'x.wild.example.test. A', 'y.wild.example.test. A','ent.example.test. A', 'nx.example.test. A', 'www.plain.test. A', 'nx.plain.test. A', 'plain.test. DS', 'nx.test. A']) {
    console.log(q, '=>', net.status(q), net.bogus);
  }
  expect(net.crashes).toEqual([]);
});
