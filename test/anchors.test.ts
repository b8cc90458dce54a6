// What anchors/ holds is consistent in itself: a wrong octet in a trust anchor would make the whole name space bogus.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../src/dnssec/ds-digest.ts';
import { keyTag } from '../src/dnssec/key-tag.ts';
import { RRClass, RRType } from '../src/wire/constants.ts';
import { parseNameRdata } from '../src/wire/rdata.ts';
import { DnskeyFlag, parseDNSKEY, parseDS } from '../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../src/wire/zone-text.ts';

const folder = new URL('../anchors/', import.meta.url);

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

function records(file: string) {
  const parsed = parseZoneText(read(file), { defaultTtl: 0, file });
  expect(parsed.errors).toEqual([]);
  return parsed.records;
}

describe('root.key and root.ds', () => {
  const keys = records('root.key');
  const delegations = records('root.ds');

  it('hold the keys in use, as key-signing keys of the root', () => {
    expect(keys.map(({ rdata }) => keyTag(rdata))).toEqual([20326, 38696]);
    for (const { name, type, class: rrclass, rdata } of keys) {
      expect([name.isRoot, type, rrclass]).toEqual([true, RRType.DNSKEY, RRClass.IN]);
      const dnskey = parseDNSKEY(rdata);
      expect(dnskey).toMatchObject({ flags: DnskeyFlag.ZONE | DnskeyFlag.SEP, protocol: 3, algorithm: 8 });
      // RSA with an exponent of three octets and a modulus of 2048 bits (RFC 3110 2).
      expect(dnskey?.publicKey).toHaveLength(1 + 3 + 256);
    }
  });

  it('each DS is that of the key in the same place (RFC 4034 5.1.4)', () => {
    expect(delegations).toHaveLength(keys.length);
    for (const [index, { name, type, class: rrclass, rdata }] of delegations.entries()) {
      expect([name.isRoot, type, rrclass]).toEqual([true, RRType.DS, RRClass.IN]);
      const key = keys[index]?.rdata ?? new Uint8Array(0);
      const digest = createHash('sha256').update(new Uint8Array(1)).update(key).digest();
      expect(parseDS(rdata)).toEqual({
        keyTag: keyTag(key),
        algorithm: 8,
        digestType: 2,
        digest: new Uint8Array(digest),
      });
      expect(digestOf(2, name, key)).toEqual(new Uint8Array(digest));
    }
  });
});

describe('root.hints', () => {
  it('names thirteen servers, each with an address of both families', () => {
    const hints = records('root.hints');
    const servers = hints
      .filter(({ name, type }) => name.isRoot && type === RRType.NS)
      .map(({ rdata }) => parseNameRdata(rdata)?.key);
    expect(new Set(servers).size).toBe(13);
    for (const type of [RRType.A, RRType.AAAA]) {
      expect(hints.filter((record) => record.type === type).map(({ name }) => name.key)).toEqual(servers);
    }
    expect(hints).toHaveLength(39);
  });
});

describe('README.md', () => {
  it('gives the digest of every file', () => {
    const readme = read('README.md');
    const rows = Array.from(readme.matchAll(/^\| `([^`]+)` .*\| `([0-9a-f]{64})` \|$/gm), ([, file, digest]) => [
      file,
      digest,
    ]);
    const files = readdirSync(folder).filter((file) => file !== 'README.md');
    const digests = files.map((file) => [file, createHash('sha256').update(read(file)).digest('hex')]);
    expect(rows.sort()).toEqual(digests.sort());
  });
});
