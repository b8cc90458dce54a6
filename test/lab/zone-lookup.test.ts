import { describe, expect, test } from 'vitest';
import { Zone } from '../../src/lab/zone.ts';
import { lookUp, type ZoneLookup } from '../../src/lab/zone-lookup.ts';
import { parseType, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { sampleZone } from '../support/sample-zone.ts';

const zone = sampleZone();

function lookupText(found: ZoneLookup): string {
  const from = 'synthesis' in found && found.synthesis ? ` from ${nameText(found.synthesis.source.name)}` : '';
  switch (found.kind) {
    case 'outside':
      return 'outside';
    case 'delegation':
      return `delegation ${nameText(found.cut.name)}`;
    case 'dname':
      return `dname ${nameText(found.rrset.name)}`;
    case 'answer':
      return `answer ${found.rrsets.map(({ type }) => typeText(type)).join(' ')}${from}`;
    case 'cname':
      return `cname ${nameText(found.rrset.name)}${from}`;
    case 'no-data':
      return `no-data ${nameText(found.node.name)}${from}`;
    case 'name-error':
      return `name-error ${nameText(found.closestEncloser)} ${nameText(found.nextCloser)}`;
  }
}

const rows = [
  { name: 'a set that is there', ask: 'www A', want: 'answer A' },
  { name: 'letter case does not matter (RFC 4343)', ask: 'WwW a', want: 'answer A' },
  { name: 'the apex', ask: '@ MX', want: 'answer MX' },
  { name: 'NS of the apex are data and not a cut', ask: '@ NS', want: 'answer NS' },
  { name: 'a type that is missing', ask: 'www AAAA', want: 'no-data www.example.test.' },
  { name: 'ANY gives all sets', ask: 'www ANY', want: 'answer A TXT' },
  { name: 'an alias', ask: 'alias A', want: 'cname alias.example.test.' },
  { name: 'the CNAME itself', ask: 'alias CNAME', want: 'answer CNAME' },
  { name: 'an empty non-terminal exists (RFC 4592 2.2.2)', ask: 'ent A', want: 'no-data ent.example.test.' },
  { name: 'a deeper empty non-terminal', ask: 'under.ent A', want: 'no-data under.ent.example.test.' },
  {
    name: 'below an empty non-terminal',
    ask: 'x.under.ent A',
    want: 'name-error under.ent.example.test. x.under.ent.example.test.',
  },
  { name: 'no such name', ask: 'nope A', want: 'name-error example.test. nope.example.test.' },
  {
    name: 'the next closer is one label below what exists',
    ask: 'a.b.www A',
    want: 'name-error www.example.test. b.www.example.test.',
  },
  { name: 'a wildcard answers', ask: 'x.wild A', want: 'answer A from *.wild.example.test.' },
  { name: 'a wildcard answers several labels deep', ask: 'x.y.wild A', want: 'answer A from *.wild.example.test.' },
  {
    name: 'a wildcard lacks the type',
    ask: 'x.wild MX',
    want: 'no-data *.wild.example.test. from *.wild.example.test.',
  },
  { name: 'a wildcard asked for literally is a plain name', ask: '*.wild A', want: 'answer A' },
  {
    name: 'a name that exists blocks the wildcard',
    ask: 'explicit.wild TXT',
    want: 'no-data explicit.wild.example.test.',
  },
  {
    name: 'a name that exists blocks the wildcard for what is below it (RFC 4592 2.2.1)',
    ask: 'x.explicit.wild A',
    want: 'name-error explicit.wild.example.test. x.explicit.wild.example.test.',
  },
  { name: 'the parent of a wildcard is an empty non-terminal', ask: 'wild A', want: 'no-data wild.example.test.' },
  {
    name: 'a wildcard that is an alias',
    ask: 'x.cnames A',
    want: 'cname *.cnames.example.test. from *.cnames.example.test.',
  },
  { name: 'a DNAME redirects what is below it (RFC 6672 2.3)', ask: 'a.b.old A', want: 'dname old.example.test.' },
  { name: 'a DNAME does not redirect its owner', ask: 'old A', want: 'answer A' },
  { name: 'a DNAME hides records below it', ask: 'hidden.old A', want: 'dname old.example.test.' },
  { name: 'a zone cut', ask: 'signed A', want: 'delegation signed.example.test.' },
  { name: 'below a zone cut', ask: 'x.y.signed A', want: 'delegation signed.example.test.' },
  { name: 'glue is not data', ask: 'ns.signed A', want: 'delegation signed.example.test.' },
  { name: 'NS at a cut is a delegation', ask: 'signed NS', want: 'delegation signed.example.test.' },
  { name: 'DS at a cut belongs to the parent (RFC 4035 3.1.4.1)', ask: 'signed DS', want: 'answer DS' },
  { name: 'DS missing at a cut', ask: 'plain DS', want: 'no-data plain.example.test.' },
  { name: 'DS below a cut', ask: 'x.signed DS', want: 'delegation signed.example.test.' },
  { name: 'DS of the apex is not here', ask: '@ DS', want: 'no-data example.test.' },
];

describe('lookUp', () => {
  for (const { name, ask, want } of rows) {
    test(name, () => {
      const [owner = '', type = ''] = ask.split(' ');
      const qname = owner === '@' ? zone.apex : nameOf(`${owner}.example.test.`);
      expect(lookupText(lookUp(zone, qname, parseType(type) ?? 0))).toBe(want);
    });
  }

  test('a name outside the zone', () => {
    expect(lookUp(zone, nameOf('example.tes.'), 1).kind).toBe('outside');
    expect(lookUp(zone, nameOf('notexample.test.'), 1).kind).toBe('outside');
  });
});

describe('Zone', () => {
  test('text that cannot be read names its line', () => {
    expect(() => Zone.fromText('@ SOA a b 1 2 3 4 5\nwww A 1.2.3\n', nameOf('a.test.'))).toThrow(/line 2/);
  });

  test('a zone without SOA is none', () => {
    expect(() => Zone.fromText('www A 192.0.2.1\n', nameOf('a.test.'))).toThrow(/SOA/);
  });

  test('a record outside the apex is refused', () => {
    expect(() => Zone.fromText('@ SOA a b 1 2 3 4 5\nwww.b.test. A 192.0.2.1\n', nameOf('a.test.'))).toThrow(/outside/);
  });

  test('what lies below a cut or a DNAME is occluded, the cut is not', () => {
    expect(zone.isOccluded(nameOf('ns.signed.example.test.'))).toBe(true);
    expect(zone.isOccluded(nameOf('hidden.old.example.test.'))).toBe(true);
    expect(zone.isOccluded(nameOf('signed.example.test.'))).toBe(false);
    expect(zone.isOccluded(nameOf('www.example.test.'))).toBe(false);
  });
});
