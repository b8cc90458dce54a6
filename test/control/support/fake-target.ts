// A control target with little in it, which writes down what it was told.
import type { ControlTarget, Outcome } from '../../../src/control/target.ts';
import type { RankingResult } from '../../../src/ports/rankings.ts';
import { nameOf, nameText } from '../../../src/wire/name-text.ts';

export interface FakeTarget extends ControlTarget {
  /** Calls that change something, as text. */
  readonly calls: string[];
}

const ok = (text = ''): Outcome => ({ ok: true, text });

export function fakeTarget(changes: Partial<ControlTarget> = {}): FakeTarget {
  const calls: string[] = [];
  const told = (text: string) => void calls.push(text);
  const rankings = new Map<string, RankingResult>([
    [
      'bogus-queries',
      {
        total: 8,
        entries: [
          { text: 'www.home.arpa|A', count: 5 },
          { text: 'home.arpa|MX', count: 2 },
          { text: 'x.home.arpa|AAAA', count: 1 },
        ],
      },
    ],
  ]);
  let logsBogus = false;
  return {
    calls,
    version: 'kedge 1.2.3',
    threadNames: ['main', 'worker'],
    quit: (nicely) => told(`quit ${nicely}`),
    metrics: () =>
      new Map([
        ['questions', 12],
        ['cache-hits', 7],
        ['x-our-latency', 55],
      ]),
    overview: () => '{"overview":1}',
    explain: async (name, type) => ok(`{"explained":"${nameText(name)} ${type}"}`),
    parameter: (key, which) => {
      if (key === 'dnssec') return which === 'current' ? 'dnssec=process' : 'dnssec=validate';
      if (key === 'incoming') return 'incoming:\n  port: 53\n';
      return key === '' ? 'dnssec:\n  validation: process\n' : undefined;
    },
    hasDnssec: true,
    trustAnchors: () => [
      { zone: nameOf('.'), ds: ['20326 8 2 e06d', '38696 8 2 683d'] },
      { zone: nameOf('home.arpa'), ds: ['12345 13 2 4a3b'] },
    ],
    negativeTrustAnchors: () => [
      { zone: nameOf('february.local'), reason: 'why' },
      { zone: nameOf('quiet.example'), reason: '' },
    ],
    addTrustAnchor: (zone, text) => {
      told(`addTrustAnchor ${nameText(zone)} ${text}`);
      return text === '' ? { ok: false, text: 'a DS has four fields' } : ok();
    },
    clearTrustAnchor: (zone) => {
      told(`clearTrustAnchor ${nameText(zone)}`);
      return true;
    },
    addNegativeTrustAnchor: (zone, reason) => told(`addNegativeTrustAnchor ${nameText(zone)} '${reason}'`),
    clearNegativeTrustAnchor: (zone) => {
      told(`clearNegativeTrustAnchor ${nameText(zone)}`);
      return false;
    },
    clearAllNegativeTrustAnchors: () => told('clearAllNegativeTrustAnchors'),
    reloadConfig: (file) => ok(`Reloaded dynamic part of YAML configuration${file === undefined ? '' : ` ${file}`}`),
    reloadZones: () => ok('nothing changed'),
    reloadAcls: () => ({ ok: false, text: "recursor.conf:3: '10.0.0.0/40' is no network" }),
    wipeCache: (name, subtree, type) => {
      told(`wipeCache ${nameText(name)} ${subtree} ${type}`);
      return { records: 3, negativeRecords: 2, packets: 0 };
    },
    dump: (what, sections) => {
      told(`dump ${what} ${sections}`);
      return { lines: ['; first', 'second'], count: () => 1 };
    },
    trace: (regex, write) => {
      told(`trace /${regex.source}/`);
      write('one line');
      return () => told('end of trace');
    },
    endTrace: () => {
      told('endTrace');
      return true;
    },
    ranking: (which) => rankings.get(which) ?? { total: 0, entries: [] },
    currentQueries: () => [
      { name: nameOf('www.example'), type: 28, client: '192.0.2.1', transport: 'udp', spentMs: 12.6 },
    ],
    queryTypes: () => [
      { type: 1, count: 9 },
      { type: 65_280, count: 1 },
    ],
    algorithms: () => [
      { name: 'RSASHA1', disabled: true },
      { name: 'RSASHA256', disabled: false },
    ],
    divert: (zone, port, seconds) => {
      told(`divert ${nameText(zone)} ${port} ${seconds}`);
      return { ok: true, text: '', servers: [{ address: '192.0.2.53', port: 53 }] };
    },
    endDivert: () => {
      told('endDivert');
      return true;
    },
    setLogBogus: (on) => {
      const was = logsBogus;
      logsBogus = on;
      return was;
    },
    setTunable: (what, value) => {
      told(`setTunable ${what} ${value}`);
      return what === 'max-packetcache-entries' ? { ok: false, text: 'Packet cache is disabled' } : ok();
    },
    dontThrottleNames: new Set(),
    dontThrottleNetmasks: new Set(),
    ...changes,
  };
}
