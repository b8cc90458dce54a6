import { describe, expect, test } from 'vitest';
import { matchDS } from '../../src/dnssec/ds-digest.ts';
import { prepareKey, type VerificationKey, verifySignature } from '../../src/dnssec/verification-key.ts';
import {
  KSK_FLAGS,
  makeKey,
  publishAs,
  type SigningKey,
  sharedKey,
  signingAlgorithms,
  ZSK_FLAGS,
} from '../../src/lab/keys.ts';
import { hashOf, nsec3Owner } from '../../src/lab/nsec3-owner.ts';
import { dsRecords, type SigningOptions, signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { signedOctets } from '../../src/wire/canonical.ts';
import { RRType, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { bitmapTypes, parseDNSKEY, parseDS, parseNSEC, parseNSEC3, parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import { groupIntoRRsets, type RRset, sameOctets } from '../../src/wire/record.ts';
import { sampleZone } from '../support/sample-zone.ts';

const validity = { inceptionSeconds: 1_767_000_000, expirationSeconds: 1_769_000_000 };
const edKey = makeKey({ algorithm: 15 });

function sign(options: Partial<SigningOptions> = {}): Zone {
  return signZone(sampleZone(), { keys: [edKey], denial: { kind: 'nsec' }, ...validity, ...options }).zone;
}

function verificationKey(key: SigningKey): VerificationKey {
  const dnskey = parseDNSKEY(key.dnskey);
  const prepared = dnskey === undefined ? { error: 'no DNSKEY' } : prepareKey(dnskey);
  if ('error' in prepared) throw new Error(prepared.error);
  return prepared;
}

function isSignedBy(rrset: RRset, key: SigningKey): boolean {
  return rrset.signatures.some((rdata) => {
    const rrsig = parseRRSIG(rdata);
    if (rrsig === undefined || rrsig.keyTag !== key.keyTag) return false;
    const signatureOffset = rdata.length - rrsig.signature.length;
    return verifySignature(
      verificationKey(key),
      rrsig.signature,
      signedOctets(rrset, rdata, signatureOffset, rrsig.labels),
    );
  });
}

function signedSets(zone: Zone): string[] {
  return groupIntoRRsets(zone.records)
    .filter(({ signatures }) => signatures.length > 0)
    .map(({ name, type }) => `${nameText(name)} ${typeText(type)}`);
}

describe('signatures', () => {
  for (const algorithm of signingAlgorithms) {
    test(`algorithm ${algorithm} signs what its DNSKEY verifies`, () => {
      const bits = algorithm < 13 ? { rsaBits: 1024 } : {};
      const key = sharedKey({ algorithm, ...bits });
      const zone = sign({ keys: [key] });
      for (const rrset of groupIntoRRsets(zone.records)) {
        if (rrset.signatures.length > 0) expect(isSignedBy(rrset, key), nameText(rrset.name)).toBe(true);
      }
    });
  }

  const signed = signedSets(sign());
  const rows = [
    { name: 'an authoritative set', set: 'www.example.test. A', want: true },
    { name: 'NS of the apex', set: 'example.test. NS', want: true },
    { name: 'the DNSKEY set', set: 'example.test. DNSKEY', want: true },
    { name: 'NS at a cut (RFC 4035 2.2)', set: 'signed.example.test. NS', want: false },
    { name: 'DS at a cut', set: 'signed.example.test. DS', want: true },
    { name: 'NSEC at a cut', set: 'plain.example.test. NSEC', want: true },
    { name: 'glue', set: 'ns.signed.example.test. A', want: false },
    { name: 'what a DNAME hides', set: 'hidden.old.example.test. A', want: false },
    { name: 'the DNAME', set: 'old.example.test. DNAME', want: true },
    { name: 'a wildcard', set: '*.wild.example.test. A', want: true },
  ];
  for (const { name, set, want } of rows) {
    test(`${name} is ${want ? '' : 'not '}signed`, () => expect(signed.includes(set)).toBe(want));
  }

  test('labels do not count the asterisk (RFC 4034 3.1.3)', () => {
    const rdata = sign().rrset(nameOf('*.wild.example.test.'), RRType.A)?.signatures[0];
    expect(rdata && parseRRSIG(rdata)?.labels).toBe(3);
  });

  test('with two kinds of key, the entry point signs the DNSKEY set and the other all else', () => {
    const ksk = makeKey({ algorithm: 15, flags: KSK_FLAGS });
    const zsk = makeKey({ algorithm: 15, flags: ZSK_FLAGS });
    const zone = sign({ keys: [ksk, zsk] });
    const tags = (name: string, type: number) =>
      zone.rrset(nameOf(name), type)?.signatures.map((rdata) => parseRRSIG(rdata)?.keyTag);
    expect(tags('example.test.', RRType.DNSKEY)).toEqual([ksk.keyTag]);
    expect(tags('www.example.test.', RRType.A)).toEqual([zsk.keyTag]);
  });

  test('each algorithm signs each set (RFC 4035 2.2)', () => {
    const zone = sign({ keys: [edKey, makeKey({ algorithm: 13 })] });
    expect(zone.rrset(nameOf('www.example.test.'), RRType.A)?.signatures.length).toBe(2);
  });

  test('a second signing replaces the first', () => {
    const once = sign();
    const twice = signZone(once, { keys: [edKey], denial: { kind: 'nsec' }, ...validity }).zone;
    expect(signedSets(twice).sort()).toEqual(signedSets(once).sort());
    expect(twice.records.length).toBe(once.records.length);
  });
});

describe('DS records', () => {
  for (const digestType of [1, 2, 4]) {
    test(`digest type ${digestType} matches the key`, () => {
      const signedZone = signZone(sampleZone(), { keys: [edKey], denial: { kind: 'nsec' }, ...validity });
      const [record] = dsRecords(signedZone, 60, [digestType]);
      const ds = record && parseDS(record.rdata);
      expect(ds && matchDS(ds, signedZone.zone.apex, edKey.dnskey)).toBe('match');
    });
  }

  test('only keys with the SEP flag are named, when there are any', () => {
    const ksk = makeKey({ algorithm: 15, flags: KSK_FLAGS });
    const zsk = makeKey({ algorithm: 15, flags: ZSK_FLAGS });
    const names = (keys: SigningKey[]) =>
      dsRecords({ zone: sampleZone(), keys }, 60).map(({ rdata }) => parseDS(rdata)?.keyTag);
    expect(names([zsk, ksk])).toEqual([ksk.keyTag]);
    expect(names([zsk])).toEqual([zsk.keyTag]);
  });
});

describe('NSEC', () => {
  const links = sign().denial;
  const chain = links.kind === 'nsec' ? links.links : [];
  const owners = chain.map(({ name }) => nameText(name));

  test('the chain is closed and in canonical order', () => {
    const nexts = chain.map(({ rdatas: [rdata] }) => nameText((rdata && parseNSEC(rdata)?.next) ?? nameOf('.')));
    expect(nexts).toEqual([...owners.slice(1), owners[0]]);
    expect(owners[0]).toBe('example.test.');
  });

  test('empty non-terminals and hidden names are not in it', () => {
    expect(owners).not.toContain('ent.example.test.');
    expect(owners).not.toContain('ns.signed.example.test.');
    expect(owners).not.toContain('hidden.old.example.test.');
    expect(owners).toContain('plain.example.test.');
  });

  const bitmaps = [
    { owner: 'www.example.test.', want: 'A TXT RRSIG NSEC' },
    { owner: 'signed.example.test.', want: 'NS DS RRSIG NSEC' },
    { owner: 'plain.example.test.', want: 'NS RRSIG NSEC' },
    { owner: 'example.test.', want: 'NS SOA MX RRSIG NSEC DNSKEY' },
  ];
  for (const { owner, want } of bitmaps) {
    test(`types of ${owner}`, () => {
      const rdata = chain.find(({ name }) => nameText(name) === owner)?.rdatas[0];
      const types = (rdata && parseNSEC(rdata)?.types) ?? new Uint8Array();
      expect(bitmapTypes(types).map(typeText).join(' ')).toBe(want);
    });
  }
});

describe('NSEC3', () => {
  const salt = Uint8Array.from([0xaa, 0xbb, 0xcc, 0xdd]);

  test('hashes are those of RFC 5155 appendix A', () => {
    const parameters = { iterations: 12, salt };
    const owner = (name: string) => nameText(nsec3Owner(hashOf(nameOf(name), parameters), nameOf('example.')));
    expect(owner('example.')).toBe('0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.');
    expect(owner('a.example.')).toBe('35mthgpgcu1qg68fab165klnsnk3dpvl.example.');
    expect(owner('x.y.w.example.')).toBe('2vptu5timamqttgl4luu9kg21e0aor3s.example.');
  });

  function typesAt(zone: Zone, name: string): string | undefined {
    const chain = zone.denial;
    if (chain.kind !== 'nsec3') throw new Error('no NSEC3 chain');
    const hash = hashOf(nameOf(name), chain.parameters);
    const rdata = chain.links.find((link) => sameOctets(link.hash, hash))?.rrset.rdatas[0];
    const fields = rdata === undefined ? undefined : parseNSEC3(rdata);
    return fields && bitmapTypes(fields.types).map(typeText).join(' ');
  }

  const full = sign({ denial: { kind: 'nsec3', iterations: 3, salt } });
  const optOut = sign({ denial: { kind: 'nsec3', optOut: true } });
  const rows = [
    { name: 'the apex', owner: 'example.test.', full: 'NS SOA MX RRSIG DNSKEY NSEC3PARAM', same: true },
    { name: 'an empty non-terminal', owner: 'under.ent.example.test.', full: '', same: true },
    { name: 'a secure delegation', owner: 'signed.example.test.', full: 'NS DS RRSIG', same: true },
    { name: 'an insecure delegation', owner: 'plain.example.test.', full: 'NS', same: false },
    {
      name: 'an empty non-terminal above an insecure delegation',
      owner: 'between.example.test.',
      full: '',
      same: false,
    },
    { name: 'glue', owner: 'ns.signed.example.test.', full: undefined, same: true },
  ];
  for (const row of rows) {
    test(`types of ${row.name}`, () => {
      expect(typesAt(full, row.owner)).toBe(row.full);
      expect(typesAt(optOut, row.owner), 'with Opt-Out (RFC 5155 7.1)').toBe(row.same ? row.full : undefined);
    });
  }

  test('flags, parameters and the closed chain', () => {
    const chain = full.denial;
    if (chain.kind !== 'nsec3') throw new Error('no NSEC3 chain');
    const fields = chain.links.map(({ rrset: { rdatas } }) => rdatas[0] && parseNSEC3(rdatas[0]));
    chain.links.forEach((_, index) => {
      const next = chain.links[(index + 1) % chain.links.length];
      expect(fields[index]?.nextHash).toEqual(next?.hash);
      expect(fields[index]?.iterations).toBe(3);
      expect(fields[index]?.salt).toEqual(salt);
      expect(fields[index]?.flags).toBe(0);
    });
  });
});

describe('faults', () => {
  const www = nameOf('www.example.test.');

  test('a signature left out', () => {
    const zone = sign({ faults: { omitSignature: (owner, type) => owner.equals(www) && type === RRType.A } });
    expect(zone.rrset(www, RRType.A)?.signatures).toEqual([]);
    expect(zone.rrset(www, RRType.TXT)?.signatures.length).toBe(1);
  });

  test('a signature corrupted', () => {
    const zone = sign({ faults: { corruptSignature: (owner) => owner.equals(www) } });
    const rrset = zone.rrset(www, RRType.A);
    expect(rrset && isSignedBy(rrset, edKey)).toBe(false);
  });

  test('another span for one set', () => {
    const expired = { inceptionSeconds: 1, expirationSeconds: 2 };
    const zone = sign({ faults: { validity: (owner) => (owner.equals(www) ? expired : undefined) } });
    const rdata = zone.rrset(www, RRType.A)?.signatures[0];
    expect(rdata && parseRRSIG(rdata)?.expiration).toBe(2);
  });

  test('records changed at will', () => {
    const zone = sign({ faults: { tamper: (records) => records.filter(({ type }) => type !== RRType.NSEC) } });
    expect(zone.denial.kind).toBe('none');
  });

  test('a key published under another algorithm number and without the Zone Key flag', () => {
    const key = publishAs(edKey, { algorithm: 200, flags: 0 });
    const zone = sign({ keys: [key] });
    const rdata = zone.rrset(zone.apex, RRType.SOA)?.signatures[0];
    expect(rdata && parseRRSIG(rdata)).toMatchObject({ algorithm: 200, keyTag: key.keyTag });
  });
});

test('a root zone can be signed', () => {
  const root = Zone.fromText('. 60 SOA a. b. 1 2 3 4 5\n. 60 NS a.\na. 60 A 192.0.2.1\n');
  for (const denial of [{ kind: 'nsec' }, { kind: 'nsec3' }] as const) {
    const { zone } = signZone(root, { keys: [edKey], denial, ...validity });
    const rdata = zone.soa.signatures[0];
    expect(rdata && parseRRSIG(rdata)?.labels).toBe(0);
    expect(isSignedBy(zone.soa, edKey)).toBe(true);
  }
});
