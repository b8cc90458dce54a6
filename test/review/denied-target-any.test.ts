// NXDOMAIN beside an alias speaks of the target, whatever type was asked for (RFC 2308 2.1): the alias itself is there.
import { expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.' },
    { name: 'plain.test.', records: 'here CNAME www.other.test.', isSigned: false },
    { name: 'other.test.', records: 'www A 192.0.2.1', isSigned: false },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

test.each(['ANY', 'CNAME', 'RRSIG', 'NSEC', 'KEY', 'TXT'])('%s asked first does not hide the alias', (type) => {
  const simulation = new SimulatedResolver({ hierarchy });
  simulation.rewrite('plain.test.', (content) => {
    const hasAlias = content.answer.some((rrset) => rrset.type === RRType.CNAME);
    return hasAlias ? { ...content, rcode: Rcode.NXDOMAIN } : content;
  });
  const first = simulation.ask(`here.plain.test. ${type}`);
  const { status, lines } = simulation.ask('here.plain.test. A');
  expect([first.status, status, lines]).toEqual([
    'NOERROR insecure:no-ds',
    'NOERROR insecure:no-ds',
    ['here.plain.test. CNAME www.other.test.', 'www.other.test. A 192.0.2.1'],
  ]);
});
