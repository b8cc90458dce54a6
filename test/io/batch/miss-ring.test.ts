import { expect, test } from 'vitest';
import { NativeMemory } from '../../../src/io/batch/layout.ts';
import { MissRing } from '../../../src/io/batch/miss-ring.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

interface Miss {
  readonly listener: number;
  readonly query: Uint8Array;
  readonly address: Uint8Array;
  readonly control: Uint8Array;
}

class Ring {
  readonly memory = new NativeMemory(new SharedArrayBuffer(MissRing.octets + 16_384), 0x1000);
  readonly ring: MissRing;
  private readonly query = this.memory.take(8192);
  private readonly address = this.memory.take(32);
  private readonly control = this.memory.take(128);

  constructor() {
    this.ring = new MissRing(this.memory, this.memory.take(MissRing.octets));
  }

  push({ listener, query, address, control }: Miss): boolean {
    const { octets } = this.memory;
    octets.set(query, this.query);
    octets.set(address, this.address);
    octets.set(control, this.control);
    return this.ring.push(listener, this.query, query.length, this.address, this.control, control.length);
  }

  drain(most: number): { taken: Miss[]; isMore: boolean } {
    const { octets } = this.memory;
    const taken: Miss[] = [];
    const isMore = this.ring.drain(most, (listener, query, length, address, control, controlOctets) =>
      taken.push({
        listener,
        query: octets.slice(query, query + length),
        address: octets.slice(address, address + 28),
        control: octets.slice(control, control + controlOctets),
      }),
    );
    return { taken, isMore };
  }
}

function miss(random: SeededRandom, longest: number): Miss {
  const octets = (length: number) => new Uint8Array(length).fill(random.below(256));
  const control = octets(random.chance(0.5) ? 0 : 40);
  return { listener: random.below(4), query: octets(random.below(longest)), address: octets(28), control };
}

function text({ listener, query, address, control }: Miss): string {
  return `${listener} ${[query, address, control].map((octets) => Buffer.from(octets).toString('latin1')).join(' ')}`;
}

test('what goes in comes out, in order, however the ring turns', () => {
  const random = new SeededRandom();
  const ring = new Ring();
  const waiting: Miss[] = [];
  let refused = 0;
  for (let round = 0; round < 200; round++) {
    for (let count = random.below(random.chance(0.1) ? 400 : 40); count > 0; count--) {
      const next = miss(random, random.chance(0.2) ? 4097 : 80);
      if (ring.push(next)) waiting.push(next);
      else refused++;
    }
    const { taken, isMore } = ring.drain(random.below(40));
    expect(taken.map(text)).toEqual(waiting.splice(0, taken.length).map(text));
    expect(isMore).toBe(waiting.length > 0);
  }
  expect(refused).toBeGreaterThan(0);
});

test('a full ring refuses, and takes again when it has been read', () => {
  const ring = new Ring();
  const one: Miss = {
    listener: 0,
    query: new Uint8Array(4096),
    address: new Uint8Array(28),
    control: new Uint8Array(0),
  };
  let count = 0;
  while (ring.push(one)) count++;
  expect(count).toBe(63);
  expect(ring.drain(1).taken).toHaveLength(1);
  expect(ring.push(one)).toBe(true);
  expect(ring.push(one)).toBe(false);
});

test('nothing longer than a query or a control message can be is taken', () => {
  const ring = new Ring();
  const one: Miss = {
    listener: 0,
    query: new Uint8Array(4097),
    address: new Uint8Array(28),
    control: new Uint8Array(0),
  };
  expect(ring.push(one)).toBe(false);
  expect(ring.push({ ...one, query: new Uint8Array(12), control: new Uint8Array(65) })).toBe(false);
});

test('a reader that throws has taken its query', () => {
  const ring = new Ring();
  const one: Miss = { listener: 3, query: new Uint8Array(12), address: new Uint8Array(28), control: new Uint8Array(0) };
  ring.push(one);
  ring.push(one);
  expect(() =>
    ring.ring.drain(9, () => {
      throw new Error('of the resolver');
    }),
  ).toThrow('of the resolver');
  expect(ring.drain(9).taken).toHaveLength(1);
});
