// What zones that are served here mean for the resolver: cuts within them lead to servers, and aliases lead into them.
import { describe, expect, test } from 'vitest';
import { delegatedZones } from '../../src/daemon/delegated-zones.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { AuthZone } from '../../src/policy/auth-zone.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { localDataWith } from '../support/local-data.ts';
import { authority } from '../support/server-behaviours.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const SERVER = '10.0.0.53';
const GRANDCHILD_SERVER = '10.0.0.54';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: `ns A ${SERVER}\ninto CNAME nas.lan.\nfar CNAME alias.lan.\nnone CNAME none.lan.` },
    { name: 'signed.lan.', records: 'www A 192.0.2.9' },
    { name: 'lan.' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function zoneFile(zone: string, text: string): AuthZone {
  const { records } = parseZoneText(`@ 60 SOA ns h 1 2 3 4 5\n${text}`, { origin: nameOf(zone), defaultTtl: 60 });
  const built = AuthZone.build(nameOf(zone), records);
  if (!built.ok) throw new Error(built.error);
  return built.authZone;
}

/** A resolver beside a zone file; a server for zones below it is at `SERVER`. */
function beside(text: string, options: Partial<SimulationOptions> = {}, zone = 'lan.'): SimulatedResolver {
  const localData = localDataWith({ authZones: [zoneFile(zone, text)] });
  const simulation = new SimulatedResolver({
    hierarchy,
    localTargets: (question) => localData.targetAnswer(question),
    change: (plain) => ({ ...plain, forwardZones: delegatedZones(localData.delegations()) }),
    ...options,
  });
  const child = (name: string, records: string) =>
    Zone.fromText(`@ SOA ns x 1 2 3 4 300\n@ NS ns\nns A ${SERVER}\n${records}`, nameOf(name));
  const zones = [
    child('sub.lan.', `www A 10.0.0.1\ndeep NS ns.deep\nns.deep A ${GRANDCHILD_SERVER}\nmore NS nsx.lan.\n`),
    hierarchy.zone('signed.lan.').zone,
  ];
  simulation.network.addServer(SERVER, authority(new ZoneSet(zones)));
  simulation.network.addServer(
    GRANDCHILD_SERVER,
    authority(new ZoneSet([child('deep.sub.lan.', 'www A 10.0.0.2\n'), child('more.sub.lan.', 'www A 10.0.0.4\n')])),
  );
  return simulation;
}

describe('a cut within a zone file', () => {
  const rows: { name: string; text: string; ask: string; want: string; line?: string }[] = [
    {
      name: 'glue',
      text: `sub NS ns.sub\nns.sub A ${SERVER}`,
      ask: 'www.sub.lan. A',
      want: 'NOERROR insecure:local',
      line: 'www.sub.lan. A 10.0.0.1',
    },
    {
      name: 'a server elsewhere, whose address is looked up',
      text: 'sub NS ns.test.',
      ask: 'www.sub.lan. A',
      want: 'NOERROR insecure:local',
      line: 'www.sub.lan. A 10.0.0.1',
    },
    {
      name: 'a cut below the cut',
      text: `sub NS ns.sub\nns.sub A ${SERVER}`,
      ask: 'www.deep.sub.lan. A',
      want: 'NOERROR insecure:local',
      line: 'www.deep.sub.lan. A 10.0.0.2',
    },
    {
      name: 'a cut below the cut, to a server that the zone file names',
      text: `sub NS ns.sub\nns.sub A ${SERVER}\nnsx A ${GRANDCHILD_SERVER}`,
      ask: 'www.more.sub.lan. A',
      want: 'NOERROR insecure:local',
      line: 'www.more.sub.lan. A 10.0.0.4',
    },
    {
      name: 'a cut below the cut, to a server whose name is an alias in the zone file',
      text: `sub NS ns.sub\nns.sub A ${SERVER}\nnsx CNAME box\nbox A ${GRANDCHILD_SERVER}`,
      ask: 'www.more.sub.lan. A',
      want: 'NOERROR insecure:local',
      line: 'www.more.sub.lan. A 10.0.0.4',
    },
    {
      name: 'a name that does not exist',
      text: `sub NS ns.sub\nns.sub A ${SERVER}`,
      ask: 'none.sub.lan. A',
      want: 'NXDOMAIN insecure:local',
    },
    {
      name: 'a signed zone below an unsigned one is insecure',
      text: `signed NS ns\nns A ${SERVER}`,
      ask: 'www.signed.lan. A',
      want: 'NOERROR insecure:local',
    },
    {
      name: 'a name server within the zone that has no address',
      text: 'sub NS ns.sub',
      ask: 'www.sub.lan. A',
      want: 'SERVFAIL unjudged',
    },
  ];
  for (const { name, text, ask, want, line } of rows) {
    test(name, () => {
      const simulation = beside(text);
      const { status, lines } = simulation.ask(ask);
      expect(status).toBe(want);
      if (line !== undefined) expect(lines).toEqual([line]);
      expect(simulation.asked().filter((question) => question.includes('lan. DS'))).toEqual([]);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('a trust anchor at the cut starts validation there', () => {
    const simulation = beside(`signed NS ns\nns A ${SERVER}`, { anchored: ['signed.lan.'] });
    expect(simulation.status('www.signed.lan. A')).toBe('NOERROR secure AD');
  });

  test('a denial in the public tree does not reach it (SECURITY A-50)', () => {
    const simulation = beside(`nowhere NS ns\nns A ${SERVER}`, {}, 'nx.');
    simulation.network.addServer(
      SERVER,
      authority(new ZoneSet([Zone.fromText('@ SOA ns x 1 2 3 4 300\nwww A 10.0.0.3', nameOf('nowhere.nx.'))])),
    );
    expect(simulation.status('other.nx. A')).toBe('NXDOMAIN secure AD');
    expect(simulation.ask('www.nowhere.nx. A').lines).toEqual(['www.nowhere.nx. A 10.0.0.3']);
  });
});

describe('an alias into a zone file', () => {
  const text = 'nas A 10.0.0.9\nalias CNAME nas\nback CNAME ns.test.';
  const rows: { ask: string; want: string; lines: string[] }[] = [
    {
      ask: 'into.test. A',
      want: 'NOERROR insecure:local',
      lines: ['into.test. CNAME nas.lan.', 'nas.lan. A 10.0.0.9'],
    },
    {
      ask: 'far.test. A',
      want: 'NOERROR insecure:local',
      lines: ['far.test. CNAME alias.lan.', 'alias.lan. CNAME nas.lan.', 'nas.lan. A 10.0.0.9'],
    },
    { ask: 'none.test. A', want: 'NXDOMAIN insecure:local', lines: ['none.test. CNAME none.lan.'] },
    { ask: 'into.test. MX', want: 'NOERROR insecure:local', lines: ['into.test. CNAME nas.lan.'] },
  ];
  for (const { ask, want, lines } of rows) {
    test(ask, () => {
      const simulation = beside(text);
      const answered = simulation.ask(ask);
      expect([answered.status, answered.lines]).toEqual([want, lines]);
      expect(simulation.asked().filter((question) => question.includes('lan.'))).toEqual([]);
    });
  }

  test('without the zone file it is looked up', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    expect(simulation.status('into.test. A')).toBe('NXDOMAIN secure AD');
  });
});
