// Who counts as one client where places are handed out: an IPv4 address, an IPv6 address of the local network (fc00::/7,
// fe80::/10, whose /64 is shared by everyone there), or else an IPv6 /64, of which a single host commands all addresses.

const localNetwork = /^f[cd]|^fe[89ab]/;

/** A key for the client's network. `address` is what the operating system gave: well formed, IPv6 possibly with a zone. */
export function clientNetwork(address: string, family: 4 | 6): string {
  if (family === 4 || localNetwork.test(address)) return address;
  const gap = address.indexOf('::');
  const head = gap === -1 ? address : address.slice(0, gap);
  const groups = head === '' ? [] : head.split(':');
  // Written out groups behind the gap can reach into the first four only when the gap is that short.
  const tail = gap === -1 ? [] : address.slice(gap + 2).split(':');
  const missing = gap === -1 ? 0 : 8 - groups.length - (tail[0] === '' ? 0 : tail.length);
  for (let count = 0; count < missing; count++) groups.push('0');
  return groups.concat(tail).slice(0, 4).join(':');
}
