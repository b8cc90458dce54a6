// Parent and child that do not say the same of the child's servers: which of them are asked (RFC 1034 4.2.2, RFC 9471).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { always, authority } from '../support/server-behaviours.ts';
import type { Responder, ServerPath } from '../support/simulated-network.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const FIRST = '198.18.7.1';
const SECOND = '198.18.7.2';

/** `odd.test.`, of which the parent says `delegation` and the child `records`. */
function worldOf(delegation: string, records: string) {
  const hierarchy = buildHierarchy({
    zones: [{ name: 'test.', isSigned: false, records: delegation }],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const simulation = new SimulatedResolver({ hierarchy });
  const zone = Zone.fromText(`@ SOA ns x 1 2 3 4 300\n${records}`, nameOf('odd.test.'));
  for (const address of [FIRST, SECOND]) simulation.network.addServer(address, authority(new ZoneSet([zone])));
  return simulation;
}

describe('servers that only the zone names', () => {
  const DELEGATION = `odd NS ns1.odd\nns1.odd A ${FIRST}\n`;
  const HOSTS = 'www A 192.0.2.1\nftp A 192.0.2.2\n';
  test.each([
    ['with their address', `@ NS ns1\n@ NS ns2\nns1 A ${FIRST}\nns2 A ${SECOND}\n`, true],
    ['outside the zone, and nobody knows where', `@ NS ns1\n@ NS ns2.gone.test.\nns1 A ${FIRST}\n`, false],
    ['none', `@ NS ns1\nns1 A ${FIRST}\n`, false],
  ])('%s: asked when the servers that the parent names are gone', (_what, own, answers) => {
    const simulation = worldOf(DELEGATION, own + HOSTS);
    expect(simulation.status('odd.test. NS')).toMatch(/^NOERROR/);
    expect(simulation.packetsTo(SECOND)).toBe(0);
    simulation.network.setPath(FIRST, { drops: 'both' });
    expect(simulation.status('ftp.odd.test. A')).toMatch(answers ? /^NOERROR/ : /^SERVFAIL/);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('never longer than the delegation lives (RFC 1034 4.2.2, ghost domains)', () => {
    const simulation = worldOf(
      DELEGATION,
      `@ 86400 NS ns1\n@ 86400 NS ns2\nns1 86400 A ${FIRST}\nns2 86400 A ${SECOND}\n${HOSTS}`,
    );
    expect(simulation.status('odd.test. NS')).toMatch(/^NOERROR/);
    simulation.serve('test.', authority(new ZoneSet([Zone.fromText('@ SOA ns x 1 2 3 4 300\n', nameOf('test.'))])));
    simulation.advance(4000);
    expect(simulation.status('ftp.odd.test. A')).toMatch(/^NXDOMAIN/);
  });
});

describe('glue of one family only, for a resolver of the other', () => {
  test.each([
    ['the parent knows the other address when asked', true],
    ['the parent knows no other', false],
  ])('%s', (_what, knows) => {
    const address = knows ? `ns.odd A ${FIRST}\n` : '';
    const simulation = worldOf(`odd NS ns.odd\nns.odd AAAA 2001:db8::7\n${address}`, 'www A 192.0.2.1\n@ NS ns\n');
    simulation.rewrite('test.', (content, { name }) => {
      const isForServer = name.equals(nameOf('ns.odd.test.'));
      return isForServer ? content : { ...content, glue: content.glue.filter(({ type }) => type === RRType.AAAA) };
    });
    expect(simulation.status('www.odd.test. A')).toMatch(knows ? /^NOERROR/ : /^SERVFAIL/);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('a cached delegation of which no server is of use is asked for anew (RFC 8767 5)', () => {
  const SOA = '@ SOA ns x 1 2 3 4 300\n';
  const dead = { drops: 'both' } as const;
  const zoneOf = (records: string, apex: string) =>
    authority(new ZoneSet([Zone.fromText(SOA + records, nameOf(apex))]));
  /** The resolver knows the delegation to the first server, which goes away; then the parent says something else. */
  const moved = (parent: string, path: ServerPath | undefined, behave?: Responder) => {
    const simulation = worldOf(
      `odd NS ns1.odd\nns1.odd A ${FIRST}\n`,
      'www A 192.0.2.1\nftp A 192.0.2.2\nnew A 192.0.2.3\n',
    );
    expect(simulation.status('www.odd.test. A')).toMatch(/^NOERROR/);
    if (path !== undefined) simulation.network.setPath(FIRST, path);
    if (behave !== undefined) simulation.network.addServer(FIRST, behave);
    simulation.serve('test.', zoneOf(parent, 'test.'));
    return simulation;
  };

  test.each<readonly [string, string, ServerPath | undefined, Responder | undefined, RegExp]>([
    ['other servers', `odd NS ns2.odd\nns2.odd A ${SECOND}\n`, dead, undefined, /^NOERROR/],
    [
      'other servers, the old ones refuse',
      `odd NS ns2.odd\nns2.odd A ${SECOND}\n`,
      undefined,
      always(Rcode.REFUSED),
      /^NOERROR/,
    ],
    ['another address', `odd NS ns1.odd\nns1.odd A ${SECOND}\n`, dead, undefined, /^NOERROR/],
    ['no cut any more', 'ftp.odd A 192.0.2.9\n', dead, undefined, /^NOERROR/],
    ['no such zone', '', dead, undefined, /^NXDOMAIN/],
    ['the same', `odd NS ns1.odd\nns1.odd A ${FIRST}\n`, dead, undefined, /^SERVFAIL/],
  ])('%s', (_what, parent, path, behave, want) => {
    const simulation = moved(parent, path, behave);
    expect(simulation.status('ftp.odd.test. A')).toMatch(want);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('once a minute, whatever is asked for', () => {
    const simulation = moved(`odd NS ns1.odd\nns1.odd A ${FIRST}\n`, dead);
    const mark = simulation.mark;
    for (let count = 0; count < 5; count++) simulation.ask(`n${count}.odd.test. A`);
    expect(simulation.packetsTo('test.', mark)).toBe(1);
    simulation.advance(61);
    simulation.ask('later.odd.test. A');
    expect(simulation.packetsTo('test.', mark)).toBe(2);
  });

  test('not where the delegation has only just come', () => {
    const simulation = worldOf(`odd NS ns1.odd\nns1.odd A ${FIRST}\n`, '');
    simulation.network.setPath(FIRST, dead);
    simulation.ask('test. SOA');
    const mark = simulation.mark;
    expect(simulation.status('www.odd.test. A')).toMatch(/^SERVFAIL/);
    expect(simulation.packetsTo('test.', mark)).toBe(1);
  });

  test('what one question has learned is not overwritten by another that began before', () => {
    const simulation = moved(`odd NS ns2.odd\nns2.odd A ${SECOND}\n`, dead);
    const mark = simulation.mark;
    const rcodes: number[] = [];
    const start = (name: string) => simulation.start(`${name}.odd.test. A`, {}, ({ rcode }) => rcodes.push(rcode));
    start('ftp');
    simulation.advance(0.15);
    start('new');
    simulation.clock.runUntil(() => rcodes.length === 1, 'the first question');
    for (const address of simulation.addressesOf('test.')) simulation.network.setPath(address, dead);
    simulation.clock.runUntil(() => rcodes.length === 2, 'the second question');
    expect(rcodes).toEqual([Rcode.NOERROR, Rcode.NOERROR]);
    expect(simulation.packetsTo('test.', mark)).toBe(1);
    expect(simulation.status('none.odd.test. A')).toMatch(/^NXDOMAIN/);
  });

  test('the same again: what the zone itself says of its servers is kept', () => {
    const simulation = worldOf(
      `odd NS ns1.odd\nns1.odd A ${FIRST}\n`,
      `@ NS ns1\n@ NS ns2\nns1 A ${FIRST}\nns2 A ${SECOND}\nftp A 192.0.2.2\n`,
    );
    expect(simulation.status('odd.test. NS')).toMatch(/^NOERROR/);
    const mark = simulation.mark;
    for (const address of [FIRST, SECOND]) simulation.network.setPath(address, dead);
    expect(simulation.status('www.odd.test. A')).toMatch(/^SERVFAIL/);
    expect(simulation.packetsTo('test.', mark)).toBe(1);
    simulation.network.setPath(SECOND, {});
    simulation.advance(60);
    expect(simulation.status('ftp.odd.test. A')).toMatch(/^NOERROR/);
  });
});
