// Where zones are cut is proved, never guessed from what is not signed: RCODEs, expanded wildcards, the zone asked.
import { describe, expect, test } from 'vitest';
import { composeReply } from '../../src/lab/reply-content.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { ReviewNetwork } from './review-network.ts';

function forgedAddress(name: string): RRset {
  const rdatas = [Uint8Array.of(192, 0, 2, 66)];
  return { name: nameOf(name), type: RRType.A, class: RRClass.IN, ttl: 300, rdatas, signatures: [] };
}

/** Parent and unsigned child on one server, the cut below an empty non-terminal. */
const sharedServer = [
  { name: 'test.' },
  { name: 'example.test.', records: 'www A 192.0.2.1\n', addresses: ['198.18.5.5'] },
  {
    name: 'sub.ent.example.test.',
    isSigned: false,
    records: 'www A 192.0.2.9\n',
    addresses: ['198.18.5.5'],
  },
];

describe('an empty non-terminal answered with NXDOMAIN', () => {
  test.each(['nsec', 'nsec3'] as const)('does not hide the unsigned zone below it (%s)', (kind) => {
    const [root, parent, child] = sharedServer;
    if (root === undefined || parent === undefined || child === undefined) throw new Error('three zones');
    const net = new ReviewNetwork({ zones: [root, { ...parent, denial: { kind } }, child] });
    // The RCODE is not signed; some servers get it wrong, and attackers change it.
    net.rewrite('example.test.', (content, { name, type }) =>
      type === RRType.DS && name.equals(nameOf('ent.example.test.')) ? { ...content, rcode: Rcode.NXDOMAIN } : content,
    );
    expect(net.status('www.sub.ent.example.test. A')).toBe('NOERROR insecure:no-ds 1');
    net.clock.advance(1000);
    expect(net.status('nx.sub.ent.example.test. A')).toBe('NXDOMAIN insecure:no-ds 0');
  });
});

describe('a wildcard alias as the answer to a DS question', () => {
  const zones = [
    { name: 'test.' },
    { name: 'example.test.', records: '* CNAME www\nwww A 192.0.2.1\n' },
    { name: 'sub.example.test.', records: 'www A 192.0.2.7\n' },
  ];

  test('does not hide a secure zone without the proof that nothing is at the name', () => {
    const net = new ReviewNetwork({ zones });
    const [address = ''] = net.hierarchy.zone('example.test.').addresses;
    const served = net.hierarchy.servers.get(address);
    if (served === undefined) throw new Error('no server');
    const question = { name: nameOf('zzz.example.test.'), type: RRType.A, class: RRClass.IN };
    const wildcard = composeReply(served, question, true);
    let isForging = true;
    net.rewrite('example.test.', (content, { name, type }) => {
      if (!isForging || !name.isSubdomainOf(nameOf('sub.example.test.'))) return content;
      // The referral loses its DS, the DS question gets the alias: one lucky forger.
      if (type !== RRType.DS)
        return { ...content, authority: content.authority.filter((set) => set.type !== RRType.DS) };
      const alias = wildcard.answer[0];
      if (alias === undefined) throw new Error('no alias');
      return { ...content, answer: [{ ...alias, name }], authority: wildcard.authority };
    });
    net.resolve('www.sub.example.test. A');
    isForging = false;
    net.clock.advance(61_000);
    expect(net.status('www.sub.example.test. A')).toBe('NOERROR secure AD 1');
  });

  test('with the proof, shows that there is no cut', () => {
    const net = new ReviewNetwork({ zones });
    expect(net.status('zzz.example.test. DS')).toBe('NOERROR secure AD 1');
    expect(net.status('a.b.zzz.example.test. A')).toBe('NOERROR secure AD 2');
  });
});

describe('an anchored zone under an insecure or unanchored parent', () => {
  const zones = [
    { name: 'test.' },
    { name: 'plain.test.', isSigned: false, records: '' },
    { name: 'island.plain.test.', records: 'www A 192.0.2.1\n' },
  ];

  test.each([
    ['under an insecure parent', {}],
    ['without a root anchor', { withoutRootAnchor: true }],
    ['under a negative anchor', { negative: ['plain.test.'] }],
  ])('stays secure, and is not talked away by its parent: %s', (_title, options) => {
    const net = new ReviewNetwork({ zones, anchored: ['island.plain.test.'], ...options });
    expect(net.status('www.island.plain.test. A')).toBe('NOERROR secure AD 1');

    const attacked = new ReviewNetwork({ zones, anchored: ['island.plain.test.'], ...options });
    attacked.rewrite('plain.test.', (content, { name, type }) =>
      name.isSubdomainOf(nameOf('island.plain.test.')) && type === RRType.A
        ? {
            ...content,
            isAuthoritative: true,
            answer: [forgedAddress('www.island.plain.test.')],
            authority: [],
            glue: [],
          }
        : content,
    );
    // It may be found out and mended by asking another server, but never believed.
    expect(attacked.status('www.island.plain.test. A')).toMatch(/^(SERVFAIL bogus|NOERROR secure AD)/);
  });
});
