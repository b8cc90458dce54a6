// What the thread that writes and those that read have in common: replies that show whether they are whole.

export interface StressStart {
  readonly buffer: SharedArrayBuffer;
  readonly start: number;
  readonly octets: number;
  readonly hashSeed: number;
  /** Where the reader puts its queries. */
  readonly place: number;
  readonly seed: number;
  /** Word that becomes 1 at the end. */
  readonly stopAt: number;
  /** How many different questions there are. */
  readonly names: number;
}

const HEADER = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/** `nNNN. TXT`, of the same length for each number. */
export function stressQuery(number: number): Uint8Array {
  const label = `n${String(number).padStart(4, '0')}`;
  return Uint8Array.from([...HEADER, 5, ...Buffer.from(label), 0, 0, 16, 0, 1]);
}

/** A reply with one TXT record; all its octets are the same one, which depends on question and version. */
export function stressReply(number: number, version: number): Uint8Array {
  const query = stressQuery(number);
  const octet = (number * 31 + version * 7) & 0xff;
  const length = 40 + ((number * 13 + version * 97) % 900);
  const reply = Uint8Array.from([
    ...query,
    ...[0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44, length >> 8, length & 0xff],
    ...new Array<number>(length).fill(octet),
  ]);
  reply[2] = 0x81;
  reply[3] = 0x80;
  reply[7] = 1;
  return reply;
}

/** What is wrong with a reply; undefined when it is whole. */
export function wholeReply(reply: Uint8Array, query: Uint8Array): string | undefined {
  const record = query.length;
  if (reply[2] !== 0x81 || reply[3] !== 0x80 || reply[7] !== 1) return 'the header';
  for (let index = 12; index < record; index++) if (reply[index] !== query[index]) return 'the question';
  const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
  if (view.getUint16(record) !== 0xc00c || view.getUint32(record + 6) !== 300) return 'the record';
  if (record + 12 + view.getUint16(record + 10) !== reply.length) return 'the length';
  const first = reply[record + 12];
  for (let index = record + 12; index < reply.length; index++) if (reply[index] !== first) return 'the data';
  return undefined;
}
