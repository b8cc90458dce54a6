// IPv4 and IPv6 addresses from text to octets and back (RFC 4291 2.2, RFC 5952).
import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 octets of an address; undefined when the text is none. A zone (`%eth0`) is not part of an address. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = withoutDottedQuad(text).split('::');
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  first.forEach((group, index) => {
    view.setUint16(index * 2, group);
  });
  last.forEach((group, index) => {
    view.setUint16(16 - (last.length - index) * 2, group);
  });
  return octets;
}

/** `::ffff:192.0.2.1` with its last part as two groups. */
function withoutDottedQuad(text: string): string {
  const colon = text.lastIndexOf(':');
  const tail = text.slice(colon + 1);
  if (!tail.includes('.')) return text;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${text.slice(0, colon + 1)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** The text form of 4 or 16 octets, IPv6 shortened as RFC 5952 says. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const values = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2));
  const zeros = longestZeroRun(values);
  const hex = (part: readonly number[]) => part.map((value) => value.toString(16)).join(':');
  if (zeros.length < 2) return hex(values);
  return `${hex(values.slice(0, zeros.start))}::${hex(values.slice(zeros.start + zeros.length))}`;
}

function longestZeroRun(values: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  values.forEach((value, index) => {
    if (value !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
