// IPv4 and IPv6 addresses from text to octets and back (RFC 4291 2.2, RFC 5952).

const IPV4_OCTETS = 4;
const IPV6_OCTETS = 16;
const IPV6_GROUPS = 8;

/**
 * Text of an address of 4 or 16 octets: dotted decimal, or the form RFC 5952 recommends, in which an IPv4-mapped
 * address ends in dotted decimal (section 5). Octets that are missing count as zero.
 */
export function addressText(octets: Uint8Array): string {
  if (octets.length === IPV4_OCTETS) return octets.join('.');
  const groups = Array.from({ length: IPV6_GROUPS }, (_, index) => groupAt(octets, index));
  if (isIPv4Mapped(groups)) return `::ffff:${octets.subarray(12, IPV6_OCTETS).join('.')}`;
  const zeros = longestZeroRun(groups);
  if (zeros.count < 2) return hexGroups(groups);
  return `${hexGroups(groups.slice(0, zeros.start))}::${hexGroups(groups.slice(zeros.start + zeros.count))}`;
}

function groupAt(octets: Uint8Array, index: number): number {
  return ((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0);
}

function isIPv4Mapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

/** RFC 5952 4.2.3: the longest run of zero groups, the first of equal ones. */
function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let longest = { start: 0, count: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.count) longest = { start, count: index + 1 - start };
  }
  return longest;
}

/**
 * The 4 or 16 octets of an address; undefined when the text is none. Decimal parts have no leading zero, and a zone
 * index (`%eth0`) is not part of an address.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** The four octets of a dotted-decimal address. */
export function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.length <= 15 ? text.split('.') : [];
  if (parts.length !== IPV4_OCTETS) return undefined;
  const octets = new Uint8Array(IPV4_OCTETS);
  for (const [index, part] of parts.entries()) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    octets[index] = Number(part);
  }
  return octets;
}

/** The sixteen octets of an IPv6 address, whose last 32 bits may be in dotted decimal (RFC 4291 2.2 item 3). */
export function parseIPv6(text: string): Uint8Array | undefined {
  // Eight groups with a dotted-decimal end: the longest text an address can have.
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [headText = '', tailText] = halves;
  const head = parseGroups(headText, tailText === undefined);
  const tail = tailText === undefined ? [] : parseGroups(tailText, true);
  if (head === undefined || tail === undefined) return undefined;
  const count = head.length + tail.length;
  // A double colon stands for one group of zeros or more.
  if (tailText === undefined ? count !== IPV6_GROUPS : count >= IPV6_GROUPS) return undefined;
  const octets = new Uint8Array(IPV6_OCTETS);
  for (const [index, group] of head.entries()) setGroup(octets, index, group);
  for (const [index, group] of tail.entries()) setGroup(octets, IPV6_GROUPS - tail.length + index, group);
  return octets;
}

function setGroup(octets: Uint8Array, index: number, group: number): void {
  octets[index * 2] = group >> 8;
  octets[index * 2 + 1] = group & 0xff;
}

/** Groups between colons; `isEnd` allows the last to be an IPv4 address, which makes two groups. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const octets = isEnd && index === parts.length - 1 ? parseIPv4(part) : undefined;
    if (octets === undefined) return undefined;
    groups.push(groupAt(octets, 0), groupAt(octets, 1));
  }
  return groups;
}
