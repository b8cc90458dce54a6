import { describe, expect, test } from 'vitest';
import { answer } from '../../src/lab/authority.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { RecordedSets } from '../../src/lab/recorded-sets.ts';
import { tampered, tamperings } from '../../src/lab/tampering.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import { messageOf, queryOctets } from '../support/message-text.ts';

const nowSeconds = 1_767_225_600;
const hierarchy = buildHierarchy({ nowSeconds, zones: [{ name: 'home.', records: 'www A 192.0.2.80\n' }] });

function reply(question: string): Uint8Array {
  const [address = ''] = hierarchy.zone('home.').addresses;
  const zones = hierarchy.servers.get(address);
  const octets = zones && answer(zones, queryOctets(question, { dnssecOk: true }), { transport: 'tcp' });
  if (octets === undefined) throw new Error('no reply');
  return octets;
}

/** Type and RDATA of each answer record. */
function answerOf(octets: Uint8Array | undefined): string[] {
  return messageOf(octets).answer.map(({ type, rdata }) => `${type} ${Buffer.from(rdata).toString('hex')}`);
}

describe('a tampered reply', () => {
  const honest = reply('www.home. A');

  for (const how of tamperings) {
    test(`${how}: is another one that can be read, with the same question`, () => {
      const other = tampered(honest, how);
      expect(answerOf(other)).not.toEqual(answerOf(honest));
      expect(messageOf(other).question).toEqual(messageOf(honest).question);
      expect(messageOf(other).header.id).toBe(messageOf(honest).header.id);
      expect(messageOf(other).edns?.dnssecOk).toBe(true);
    });
  }

  test('strip: only the data are left', () => {
    expect(messageOf(tampered(honest, 'strip')).answer.map(({ type }) => type)).toEqual([RRType.A]);
  });

  test('replay: the signature has expired', () => {
    const signature = messageOf(tampered(honest, 'replay')).answer.find(({ type }) => type === RRType.RRSIG);
    expect(signature && parseRRSIG(signature.rdata)?.expiration).toBeLessThan(nowSeconds);
  });

  test('replay: an earlier version of a set, once its signatures have expired', () => {
    const DAY = 86_400;
    const [old, fresh] = [nowSeconds - 40 * DAY, nowSeconds].map((at) => {
      const { zone } = buildHierarchy({
        nowSeconds: at,
        zones: [{ name: 'home.', records: 'www A 192.0.2.80\n' }],
      }).zone('home.');
      return zone.rrset(nameOf('www.home.'), RRType.A);
    });
    if (old === undefined || fresh === undefined) throw new Error('no set');
    const recorded = new RecordedSets();
    expect(recorded.expired(fresh, nowSeconds)).toBeUndefined();
    recorded.note(old);
    recorded.note(fresh);
    expect(recorded.expired(fresh, nowSeconds)).toEqual(old);
    expect(recorded.expired(fresh, nowSeconds - 20 * DAY), 'it still holds').toBeUndefined();
    expect(recorded.expired(old, nowSeconds), 'it is the same').toBeUndefined();
    const replayed = tampered(honest, 'replay', (rrset) => recorded.expired(rrset, nowSeconds));
    const signature = messageOf(replayed).answer.find(({ type }) => type === RRType.RRSIG);
    expect(signature?.rdata).toEqual(old.signatures[0]);
  });

  test('address: signatures stay as they are', () => {
    const signatures = (octets: Uint8Array | undefined) => answerOf(octets).filter((line) => line.startsWith('46 '));
    expect(signatures(tampered(honest, 'address'))).toEqual(signatures(honest));
  });

  test('nothing is made of a reply that has nothing of the kind, or cannot be read', () => {
    expect(tampered(reply('home. NS'), 'address')).toBeUndefined();
    for (const how of tamperings) expect(tampered(Uint8Array.of(1, 2, 3), how)).toBeUndefined();
  });
});
