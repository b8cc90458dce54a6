// Anchors, forward zones and wipes while questions are under way: what was found out under the old configuration is not
// kept and not shared (POWERDNS 2.1, 2.5; SECURITY I-3, I-5).
import { describe, expect, test } from 'vitest';
import { Region } from '../../src/cache/region.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { serverAddress as addressOfOctets } from '../../src/iterator/server-address.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import type { ForwardZone } from '../../src/resolver/options.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { parseAddress } from '../../src/wire/address-text.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { authority, silent } from '../support/server-behaviours.ts';
import { describeResolution, SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const FORWARDER = '198.18.2.1';
const OTHER_FORWARDER = '198.18.2.2';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: 'www A 192.0.2.1\ninto CNAME www.inner.\n' },
    { name: 'other.test.', records: 'www A 192.0.2.2' },
    { name: 'inner.', records: 'www A 192.0.2.9\n*.wild A 192.0.2.10\ndeep.er A 192.0.2.11' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const inner = nameOf('inner.');
const belowInner = Region.below(inner);

/** The root's anchor, and for `inner.` the right one or one that no key has. */
function anchorsWith(kind: 'right' | 'wrong' | 'none'): TrustAnchors {
  const anchors = new TrustAnchors();
  const lines = [...hierarchy.trustAnchors, ...(kind === 'none' ? [] : hierarchy.anchorsOf('inner.'))];
  for (const { name, rdata } of parseZoneText(`${lines.join('\n')}\n`, { defaultTtl: 0 }).records) {
    const ds = parseDS(rdata);
    if (ds === undefined) continue;
    const digest = ds.digest.slice();
    if (kind === 'wrong' && name.equals(inner)) digest[0] = (digest[0] ?? 0) ^ 1;
    anchors.addDS(name, { ...ds, digest });
  }
  return anchors;
}

function simulation(anchors: TrustAnchors, options: Partial<SimulationOptions> = {}): SimulatedResolver {
  const made = new SimulatedResolver({ hierarchy, ...options });
  made.anchors.replaceWith(anchors);
  return made;
}

const RIGHT = 'NOERROR secure AD';
const questions = [
  'www.inner. A',
  'a.b.wild.inner. A',
  'none.inner. A',
  'deep.er.inner. TXT',
  'into.test. A',
  'inner. DNSKEY',
];

/** How many wake-ups a question takes from an empty cache. */
function stepsOf(question: string): number {
  const simulated = simulation(anchorsWith('wrong'));
  let isDone = false;
  let steps = 0;
  simulated.start(question, {}, () => {
    isDone = true;
  });
  for (; !isDone && simulated.clock.step(); ) steps++;
  return steps;
}

describe('an anchor corrected while a question is under way', () => {
  for (const question of questions) {
    test(`${question}: nothing found under the old one is kept, at whatever moment it is corrected`, () => {
      const right = simulation(anchorsWith('right')).status(question);
      expect(right).toMatch(/secure AD$/);
      const total = stepsOf(question);
      expect(total).toBeGreaterThan(3);
      for (let moment = 0; moment <= total; moment++) {
        const simulated = simulation(anchorsWith('wrong'));
        const old: Resolution[] = [];
        simulated.start(question, {}, (resolution) => old.push(resolution));
        for (let step = 0; step < moment; step++) simulated.clock.step();
        simulated.resolver.reconfigure({ anchors: anchorsWith('right') }, belowInner);
        // Asked at once, beside the one under way, and again when both have ended.
        expect([moment, simulated.status(question)]).toEqual([moment, right]);
        simulated.clock.runUntil(() => old.length === 1, 'the old question');
        simulated.advance(1);
        expect([moment, simulated.status(question)]).toEqual([moment, right]);
        expect(simulated.leftovers()).toEqual([]);
      }
    });
  }

  test('the other way round: a wrong anchor is obeyed at once', () => {
    const total = stepsOf('www.inner. A');
    for (let moment = 0; moment <= total; moment++) {
      const simulated = simulation(anchorsWith('right'));
      const old: Resolution[] = [];
      simulated.start('www.inner. A', {}, (resolution) => old.push(resolution));
      for (let step = 0; step < moment; step++) simulated.clock.step();
      simulated.resolver.reconfigure({ anchors: anchorsWith('wrong') }, belowInner);
      expect(simulated.status('www.inner. A')).toMatch(/^SERVFAIL bogus/);
      simulated.clock.runUntil(() => old.length === 1, 'the old question');
      expect(simulated.status('www.inner. A')).toMatch(/^SERVFAIL bogus/);
    }
  });

  test('what is outside the region stays cached', () => {
    const simulated = simulation(anchorsWith('wrong'));
    simulated.ask('www.inner. A');
    simulated.ask('www.other.test. A');
    simulated.resolver.reconfigure({ anchors: anchorsWith('right') }, belowInner);
    expect(simulated.ask('www.other.test. A').packets).toBe(0);
    const mark = simulated.mark;
    expect(simulated.status('www.inner. A')).toBe(RIGHT);
    expect(simulated.asked(mark)).toEqual(['inner. A', 'www.inner. A', 'inner. DNSKEY']);
  });

  test('a negative anchor that is set and dropped', () => {
    const simulated = simulation(anchorsWith('wrong'));
    expect(simulated.status('www.inner. A')).toMatch(/^SERVFAIL/);
    const negative = anchorsWith('wrong');
    negative.addNegative(inner, 'while it is repaired');
    simulated.resolver.reconfigure({ anchors: negative }, belowInner);
    expect(simulated.status('www.inner. A')).toBe('NOERROR insecure:negative-trust-anchor');
    simulated.resolver.reconfigure({ anchors: anchorsWith('none') }, belowInner);
    expect(simulated.status('www.inner. A')).toBe(RIGHT);
  });
});

function forward(zone: string, address: string): ForwardZone {
  return {
    zone: nameOf(zone),
    servers: [addressOfOctets(parseAddress(address) ?? new Uint8Array(4))],
    recurse: true,
    first: false,
  };
}

describe('a forward zone that is changed while a question is under way', () => {
  function forwarding(): SimulatedResolver {
    const simulated = simulation(anchorsWith('right'), {
      forwardZones: [{ zone: 'inner.', addresses: [FORWARDER] }],
    });
    simulated.network.addServer(FORWARDER, silent);
    simulated.network.addServer(OTHER_FORWARDER, authority(new ZoneSet([hierarchy.zone('inner.').zone])));
    return simulated;
  }

  test('newcomers do not wait for the dead server that was replaced', () => {
    const simulated = forwarding();
    const old: Resolution[] = [];
    simulated.start('www.inner. A', {}, (resolution) => old.push(resolution));
    simulated.advance(1);
    simulated.resolver.reconfigure({ forwardZones: [forward('inner.', OTHER_FORWARDER)] }, belowInner);
    const { status, elapsedMs } = simulated.ask('www.inner. A');
    expect(status).toBe(RIGHT);
    expect(elapsedMs).toBeLessThan(200);
    simulated.clock.runUntil(() => old.length === 1, 'the old question');
    expect(simulated.ask('www.inner. A')).toMatchObject({ status: RIGHT, packets: 0 });
    expect(simulated.leftovers()).toEqual([]);
  });

  test('a server that was dead and is listed again is asked again', () => {
    const simulated = forwarding();
    for (const host of ['a', 'b', 'c']) simulated.ask(`${host}.inner. A`);
    simulated.network.addServer(FORWARDER, authority(new ZoneSet([hierarchy.zone('inner.').zone])));
    simulated.resolver.reconfigure({ forwardZones: [forward('inner.', FORWARDER)] }, belowInner);
    expect(simulated.ask('www.inner. A')).toMatchObject({ status: RIGHT });
  });

  test('dropped, its names are resolved from the root', () => {
    const simulated = forwarding();
    simulated.resolver.reconfigure({ forwardZones: [] }, belowInner);
    expect(simulated.status('www.inner. A')).toBe(RIGHT);
    expect(simulated.packetsTo(FORWARDER)).toBe(0);
  });
});

describe('a wipe', () => {
  const rows: [
    name: string,
    region: Region,
    type: number | undefined,
    gone: readonly string[],
    kept: readonly string[],
  ][] = [
    ['of one name', Region.at(nameOf('www.INNER.')), undefined, ['www.inner. A'], ['deep.er.inner. A', 'www.test. A']],
    ['of one type', Region.at(nameOf('www.inner.')), 16, ['www.inner. TXT'], ['www.inner. A']],
    ['of a tree', belowInner, undefined, ['www.inner. A', 'deep.er.inner. A'], ['www.test. A', 'www.other.test. A']],
    ['of everything', Region.below(DomainName.root), undefined, ['www.inner. A', 'www.test. A'], []],
  ];
  for (const [name, region, type, gone, kept] of rows) {
    test(`${name} takes that and leaves the rest`, () => {
      const simulated = simulation(anchorsWith('right'));
      for (const question of [...gone, ...kept]) simulated.ask(question);
      simulated.resolver.wipe(region, type);
      for (const question of kept) expect([question, simulated.ask(question).packets]).toEqual([question, 0]);
      for (const question of gone) expect([question, simulated.ask(question).packets > 0]).toEqual([question, true]);
    });
  }

  test('counts records and denials apart', () => {
    const simulated = simulation(anchorsWith('right'));
    simulated.askAll(['www.inner. A', 'deep.er.inner. A', 'none.inner. A']);
    simulated.resolver.wipe(Region.at(inner));
    expect(simulated.resolver.wipe(belowInner)).toEqual({ positive: 2, negative: 1 });
  });

  test('a denial from cached NSEC records does not outlive the wipe of its name', () => {
    const simulated = simulation(anchorsWith('right'));
    simulated.askAll(['none.inner. A', 'zz.inner. A']);
    expect(simulated.ask('nonesuch.inner. A').packets).toBe(0);
    simulated.resolver.wipe(Region.at(nameOf('nonesuch.inner.')));
    expect(simulated.ask('nonesuch.inner. A').packets).toBeGreaterThan(0);
  });

  test('many wipes during one question: it still ends, and keeps nothing', () => {
    const simulated = simulation(anchorsWith('wrong'));
    const old: Resolution[] = [];
    simulated.start('www.inner. A', {}, (resolution) => old.push(resolution));
    simulated.clock.step();
    for (let count = 0; count < 1000; count++) simulated.resolver.wipe(Region.at(nameOf(`x${count}.test.`)));
    simulated.resolver.reconfigure({ anchors: anchorsWith('right') }, belowInner);
    simulated.clock.runUntil(() => old.length === 1, 'the old question');
    expect(old.map((resolution) => describeResolution(resolution).status)).toHaveLength(1);
    expect(simulated.status('www.inner. A')).toBe(RIGHT);
  });
});

describe('a trace', () => {
  test('tells the steps of the question that it was asked for, and how it ended', () => {
    const simulated = simulation(anchorsWith('wrong'));
    const lines: string[] = [];
    const ends: boolean[] = [];
    simulated.traceOf = ({ name }) => {
      if (!name.isSubdomainOf(inner)) return undefined;
      return { line: (text) => void lines.push(text), end: (failed) => void ends.push(failed) };
    };
    simulated.ask('www.test. A');
    expect(lines).toEqual([]);
    simulated.ask('www.inner. A');
    expect(ends).toEqual([true]);
    for (const part of [
      /^asked 198\.18\.\d+\.\d+#53 over udp for www\.inner\. A: NOERROR in /,
      /^zone cut inner\.: ns1\.inner\. \(1 addresses\); with /,
      /^trust: inner\. is bogus: dnskey-digest-mismatch/,
      /^www\.inner\. A: data, bogus: dnskey-/,
      /^answer: SERVFAIL, bogus, EDE 9 /,
    ]) {
      expect(lines).toContainEqual(expect.stringMatching(part));
    }
  });
});
