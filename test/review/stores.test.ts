// What stores keep for hostile zones is bounded in octets, not only in entries; what they make answers of is one zone's.
import { describe, expect, test } from 'vitest';
import { DenialCache } from '../../src/cache/denial-cache.ts';
import { ZoneTrustCache } from '../../src/cache/zone-trust-cache.ts';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import { prepareKeys } from '../../src/dnssec/verification-key.ts';
import { sharedKey } from '../../src/lab/keys.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { buildTypeBitmap } from '../../src/wire/rdata-dnssec.ts';
import { type RRset, rdataOctets } from '../../src/wire/record.ts';
import { ReviewNetwork } from './review-network.ts';

type Secure = Extract<Verdict, { status: 'secure' }>;

const verdict: Secure = {
  status: 'secure',
  chain: { link: { kind: 'anchor', zone: nameOf('.'), keyTags: [] }, previous: undefined },
};

function nsec(zone: string, owner: string, next: string, types: readonly number[] = [RRType.A]): RRset {
  const signer = nameOf(zone).octets;
  const signature = new Uint8Array(18 + signer.length + 64);
  signature.set([0, RRType.NSEC, 13, nameOf(owner).labelCount]);
  signature.set(signer, 18);
  const rdata = Uint8Array.from([...nameOf(next).octets, ...buildTypeBitmap(types)]);
  return {
    name: nameOf(owner),
    type: RRType.NSEC,
    class: RRClass.IN,
    ttl: 3600,
    rdatas: [rdata],
    signatures: [signature],
  };
}

describe('the store of denial records', () => {
  test('counts right when its oldest zone is the one that grows', () => {
    const cache = new DenialCache(10);
    for (let index = 0; index < 1000; index++) {
      const [owner, next] = [`n${1000 + index}.evil.`, `n${1001 + index}.evil.`];
      cache.add(nsec('evil.', owner, next), verdict, 1000);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    cache.clear();
    expect(cache.size).toBe(0);
    for (let index = 0; index < 8; index++) {
      cache.add(nsec('good.', `n${10 + index}.good.`, `n${11 + index}.good.`), verdict, 1000);
    }
    expect(cache.size).toBe(8);
  });

  test('takes no huge record', () => {
    const cache = new DenialCache(10);
    const types = Array.from({ length: 256 }, (_, window) =>
      Array.from({ length: 32 }, (_2, octet) => window * 256 + octet * 8 + 1),
    );
    cache.add(nsec('evil.', 'a.evil.', 'b.evil.', types.flat()), verdict, 1000);
    expect(cache.size).toBe(0);
  });
});

test('the store of zones weighs their keys', () => {
  const cache = new ZoneTrustCache(50_000, 1024 * 1024);
  const { dnskey } = sharedKey({ algorithm: 13 }, 9300);
  for (let index = 0; index < 1000; index++) {
    const zone = nameOf(`z${index}.`);
    const { keys } = prepareKeys(
      Array.from({ length: 32 }, (_, serial) =>
        Uint8Array.from([...dnskey.subarray(0, 4), serial, ...dnskey.subarray(5)]),
      ),
    );
    cache.set({ status: 'secure', zone, keys: { zone, keys }, chain: verdict.chain }, 1000);
  }
  expect(cache.size).toBeLessThan(20);
  expect(cache.get(nameOf('z999.'), 1)?.status).toBe('secure');
});

test('a delegation keeps only as much of a referral as a chain of trust can need', () => {
  const net = new ReviewNetwork({
    zones: [{ name: 'test.' }, { name: 'example.test.', records: 'www A 192.0.2.1\n' }],
  });
  const padding = Array.from({ length: 300 }, (_, index) => nsec('test.', `n${index}.test.`, `n${index}a.test.`));
  net.rewrite('test.', (content, { type }) =>
    type === RRType.DNSKEY || content.isAuthoritative
      ? content
      : { ...content, authority: [...content.authority, ...padding] },
  );
  expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
  const material = net.resolver.knowledge.delegations.get(
    nameOf('example.test.'),
    net.resolver.knowledge.now,
  )?.securityMaterial;
  expect((material ?? []).reduce((sum, rrset) => sum + rdataOctets(rrset), 0)).toBeLessThanOrEqual(8192);
});

test("a wildcard is expanded with its own zone's denial alone", () => {
  // The parent's NSEC3 records cover the hashes of names that are the child's.
  const net = new ReviewNetwork({
    zones: [
      { name: 'test.', denial: { kind: 'nsec3' } },
      { name: 'sub.test.', denial: { kind: 'nsec3' }, records: '* A 192.0.2.1\nreal A 192.0.2.2\n' },
    ],
  });
  expect(net.status('first.sub.test. A')).toBe('NOERROR secure AD 1');
  // The child's records go from the cache, the parent's whole chain comes.
  net.resolver.knowledge.denials.clear();
  for (let index = 0; index < 20; index++) net.resolve(`nx${index}.test. A`);
  for (const owner of ['real.sub.test.', 'other.sub.test.']) {
    const { answer, authority } = net.resolve(`${owner} A`);
    expect([...(answer[0]?.rrset.rdatas[0] ?? [])]).toEqual([192, 0, 2, owner.startsWith('real') ? 2 : 1]);
    for (const { rrset } of authority) expect(nameText(rrset.name)).toMatch(/\.sub\.test\.$/);
  }
});
