import { describe, expect, test } from 'vitest';
import { Diversion } from '../../src/daemon/diversion.ts';
import { serverAddress } from '../../src/iterator/server-address.ts';
import type { ForwardZone, ResolverChange } from '../../src/resolver/options.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const ownServer = serverAddress(Uint8Array.of(192, 0, 2, 53));
const forwards: readonly ForwardZone[] = [
  { zone: nameOf('home.'), servers: [ownServer], recurse: false, first: false },
  { zone: nameOf('work.'), servers: [ownServer], recurse: true, first: false },
];

function diversion(): { clock: VirtualClock; asked: () => string; run: Diversion } {
  const clock = new VirtualClock();
  let zones = forwards;
  const change = (wanted: ResolverChange): number => {
    zones = wanted.forwardZones ?? zones;
    return 0;
  };
  const run = new Diversion({ forwardZones: () => forwards, change, clock, timers: clock, log: { always: () => {} } });
  const asked = () => zones.map(({ servers }) => servers.map(({ key }) => key).join()).join(' ');
  return { clock, asked, run };
}

describe('a diversion', () => {
  test('goes to the port on this machine, and tells the servers that the zone has', () => {
    const { run, asked } = diversion();
    const outcome = run.start(nameOf('home.'), 5399, 30);
    expect(outcome).toMatchObject({ ok: true, servers: [{ address: '192.0.2.53', port: 53 }] });
    expect(asked()).toBe('127.0.0.1#5399 192.0.2.53#53');
    expect(run.end()).toBe(true);
    expect(asked()).toBe('192.0.2.53#53 192.0.2.53#53');
    expect(run.end()).toBe(false);
  });

  test('ends by itself', () => {
    const { run, asked, clock } = diversion();
    run.start(nameOf('home.'), 5399, 30);
    clock.advance(29_999);
    expect(asked()).toContain('127.0.0.1#5399');
    clock.advance(2);
    expect(asked()).not.toContain('127.0.0.1#5399');
  });

  const refused = [
    { name: 'a zone that is not forwarded', zone: 'example.', port: 5399, seconds: 30, text: 'there are: home, work' },
    { name: 'a port that is none', zone: 'home.', port: 70_000, seconds: 30, text: 'is no port' },
    { name: 'no end', zone: 'home.', port: 5399, seconds: Number.NaN, text: 'seconds go from 1 to 600' },
  ];
  for (const { name, zone, port, seconds, text } of refused) {
    test(`${name} is refused`, () => {
      const { run, asked } = diversion();
      const outcome = run.start(nameOf(zone), port, seconds);
      expect(outcome).toMatchObject({ ok: false });
      expect(outcome.text).toContain(text);
      expect(asked()).not.toContain('127.0.0.1');
    });
  }

  test('a second one has to wait', () => {
    const { run } = diversion();
    run.start(nameOf('home.'), 5399, 30);
    expect(run.start(nameOf('work.'), 5398, 30)).toMatchObject({ ok: false });
  });
});
