// Every zone of the lab through the whole resolver: RCODE, verdict, extended error, and as its cause the fault injected.
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../src/dnssec/verdict.ts';
import { causeOfResolution } from '../../src/explain/cause.ts';
import { causeRow, isCauseCode } from '../../src/explain/causes.ts';
import { buildLab } from '../../src/lab/lab-internet.ts';
import { ownZone } from '../../src/lab/own-zone.ts';
import { rcodeText, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { authority } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const own = ownZone(
  '$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nnas A 192.0.2.7\n',
  'home',
  'home.lab.',
);
const lab = buildLab({ nowSeconds: DEFAULT_WALL_SECONDS, ownZones: own.ok ? [own.description] : [] });

/** A resolver that is configured as the lab's files say. */
function resolverInTheLab(): SimulatedResolver {
  const forwardZones = lab.forwards.map(({ zone, address }) => ({ zone, addresses: [address], recurse: false }));
  const simulation = new SimulatedResolver({ hierarchy: lab.hierarchy, forwardZones });
  for (const [address, zones] of lab.servers) {
    if (!lab.hierarchy.servers.has(address)) simulation.network.addServer(address, authority(zones));
  }
  for (const record of parseZoneText(`${[...lab.anchors.values()].flat().join('\n')}\n`).records) {
    const ds = parseDS(record.rdata);
    if (ds !== undefined) simulation.anchors.addDS(record.name, ds);
  }
  for (const [zone, reason] of lab.negativeAnchors) simulation.anchors.addNegative(nameOf(zone), reason);
  return simulation;
}

describe('the lab', () => {
  test('holds at least 50 zones, each with a name of its own', () => {
    expect(lab.zones.length).toBeGreaterThanOrEqual(100);
    expect(new Set(lab.zones.map(({ name }) => name)).size).toBe(lab.zones.length);
  });

  test('says of everything bogus or failed what the cause is, in codes that exist', () => {
    for (const { name, expected, cause } of lab.zones) {
      if (cause !== undefined) expect(isCauseCode(cause), name).toBe(true);
      else expect(['secure', 'insecure'], name).toContain(expected.status);
    }
  });

  for (const { name, text, question, expected, cause, rcode } of lab.zones) {
    test(`${name} ${text}: ${expected.status}`, () => {
      const { resolution, codes } = resolverInTheLab().ask(`${question.name} ${typeText(question.type)}`);
      expect(rcodeText(resolution.rcode)).toBe(rcodeText(rcode));
      if (expected.status !== 'failed') expect(resolution.verdict?.status).toBe(expected.status);
      expect(resolution.authentic && resolution.rcode === rcode).toBe(expected.status === 'secure');
      if ('ede' in expected) expect(codes[0]).toBe(expected.ede);
      if (cause !== undefined) expect(causeOfResolution(resolution)).toBe(cause);
      if (expected.status !== 'bogus' && expected.status !== 'failed') return;
      // The client is told which link broke: its name and type, or the zone that gave no answer.
      const said = resolution.errors.map((error) => error.text);
      const link = resolution.verdict === undefined ? undefined : failureOf(resolution.verdict);
      if (link === undefined) {
        expect(said.some((words) => words.includes(name.replace(/\.$/, '')))).toBe(true);
      } else {
        const where = `${nameText(link.name).replace(/\.$/, '')} ${typeText(link.type)}: `;
        const [told = ''] = said;
        expect(
          told.startsWith('..') ? where.endsWith(`${told.slice(2).split(': ')[0]}: `) : told.startsWith(where),
        ).toBe(true);
        expect(cause !== undefined && isCauseCode(cause) && told.endsWith(causeRow(cause).text)).toBe(true);
      }
    });
  }
});
