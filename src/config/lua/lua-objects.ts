// The objects of PowerDNS's Lua: names (newDN), addresses (newCA), networks (newNetmask) and lists of them (newNMG).
import { addressText, parseAddress } from '../../wire/address-text.ts';
import { compareNames, DomainName } from '../../wire/name.ts';
import { nameText, nameTextWithoutDot, parseName } from '../../wire/name-text.ts';
import { type Network, networkText, parseNetwork } from '../network.ts';
import { parseSocketAddress } from '../socket-address.ts';
import type { LuaCall, LuaMachine, NativeFunction } from './lua-machine.ts';
import { describeValue, LuaObject, LuaTable, type LuaValue } from './lua-values.ts';

/** Most networks in one list. */
const MAX_MASKS = 100_000;

class LuaName {
  readonly name: DomainName;

  constructor(name: DomainName) {
    this.name = name;
  }

  toString(): string {
    return nameText(this.name);
  }
}

class LuaAddress {
  readonly octets: Uint8Array;
  readonly port: number;

  constructor(octets: Uint8Array, port: number) {
    this.octets = octets;
    this.port = port;
  }
}

class LuaNetmask {
  readonly network: Network;

  constructor(network: Network) {
    this.network = network;
  }
}

class LuaNetmaskGroup {
  readonly networks: Network[] = [];
}

/** Adds the constructors and the methods of what they make. */
export function defineObjects(machine: LuaMachine): void {
  machine.define('newDN', (call) => nameObject(nameOf(call, 0)));
  machine.defineClass('DNSName', nameMethods);
  machine.define('newCA', (call) => addressObject(addressOf(call, 0)));
  machine.defineClass('ComboAddress', addressMethods);
  machine.define('newNetmask', (call) => new LuaObject('Netmask', new LuaNetmask(networkOf(call, 0))));
  machine.defineClass('Netmask', netmaskMethods);
  machine.define('newNMG', (call) => {
    const group = new LuaNetmaskGroup();
    addMasks(call, group, 0);
    return new LuaObject('NetMaskGroup', group);
  });
  machine.defineClass('NetMaskGroup', groupMethods);
}

function nameObject(name: DomainName): LuaObject {
  return new LuaObject('DNSName', new LuaName(name));
}

function addressObject(address: LuaAddress): LuaObject {
  return new LuaObject('ComboAddress', address);
}

function nameOf(call: LuaCall, index: number): DomainName {
  const value = call.values[index];
  if (value instanceof LuaObject && value.value instanceof LuaName) return value.value.name;
  const text = call.text(index, 'the name');
  const name = parseName(text);
  return name.ok ? name.name : call.fail(`'${text}' is no domain name: ${name.error}`);
}

function addressOf(call: LuaCall, index: number): LuaAddress {
  const value = call.values[index];
  if (value instanceof LuaObject && value.value instanceof LuaAddress) return value.value;
  const result = parseSocketAddress(call.text(index, 'the address'));
  const octets = result.ok ? parseAddress(result.value.address.replace(/%.*$/, '')) : undefined;
  if (!result.ok) return call.fail(result.error);
  return octets === undefined ? call.fail('this is no IP address') : new LuaAddress(octets, result.value.port ?? 0);
}

function networkOf(call: LuaCall, index: number): Network {
  const value = call.values[index];
  if (value instanceof LuaObject && value.value instanceof LuaNetmask) return value.value.network;
  const network = parseNetwork(call.text(index, 'the netmask').trim());
  return network.ok ? network.value : call.fail(network.error);
}

/** Other kinds of value are never equal, so that `==` needs no error. */
function sameText(call: LuaCall, text: (value: unknown) => string | undefined): boolean {
  const [first, second] = call.values.map((value) => (value instanceof LuaObject ? text(value.value) : undefined));
  return first !== undefined && first === second;
}

const self = (call: LuaCall) => call.self(LuaName).name;

const nameMethods: Readonly<Record<string, NativeFunction>> = {
  toString: (call: LuaCall) => nameText(self(call)),
  toStringNoDot: (call) => nameTextWithoutDot(self(call)),
  __tostring: (call) => nameText(self(call)),
  __eq: (call) => sameText(call, (value) => (value instanceof LuaName ? value.name.key : undefined)),
  __lt: (call) => compareNames(nameOf(call, 0), nameOf(call, 1)) < 0,
  equal: (call) => self(call).equals(nameOf(call, 1)),
  isPartOf: (call) => self(call).isSubdomainOf(nameOf(call, 1)),
  countLabels: (call) => self(call).labelCount,
  wirelength: (call) => self(call).octets.length,
  isWildcard: (call) => self(call).isWildcard,
  getRawLabels: (call) => new LuaTable(labelsOf(self(call))),
  makeRelative: (call) => {
    const zone = nameOf(call, 1);
    const name = self(call);
    return name.isSubdomainOf(zone) ? nameObject(name.replaceSuffix(zone, DomainName.root) ?? name) : undefined;
  },
  chopOff: (call) => {
    const object = call.values[0];
    const name = self(call);
    if (name.isRoot || !(object instanceof LuaObject)) return false;
    object.value = new LuaName(name.parent());
    return true;
  },
};

function labelsOf(name: DomainName): string[] {
  const labels: string[] = [];
  for (let rest = name; !rest.isRoot; rest = rest.parent()) {
    labels.push(Array.from(rest.firstLabel(), (octet) => String.fromCharCode(octet)).join(''));
  }
  return labels;
}

const addressMethods: Readonly<Record<string, NativeFunction>> = {
  toString: (call: LuaCall) => addressText(call.self(LuaAddress).octets),
  toStringWithPort: (call) => withPort(call.self(LuaAddress)),
  __tostring: (call) => addressText(call.self(LuaAddress).octets),
  __eq: (call) => sameText(call, (value) => (value instanceof LuaAddress ? withPort(value) : undefined)),
  getPort: (call) => call.self(LuaAddress).port,
  getRaw: (call) => Array.from(call.self(LuaAddress).octets, (octet) => String.fromCharCode(octet)).join(''),
  isIPv4: (call) => call.self(LuaAddress).octets.length === 4,
  isIPv6: (call) => call.self(LuaAddress).octets.length === 16,
  isIPv4Mapped: (call) => isMapped(call.self(LuaAddress).octets),
  mapToIPv4: (call) => {
    const address = call.self(LuaAddress);
    return isMapped(address.octets) ? addressObject(new LuaAddress(address.octets.slice(12), address.port)) : undefined;
  },
  truncate: (call) => {
    const object = call.values[0];
    const { octets, port } = call.self(LuaAddress);
    const network = parseNetwork(`${addressText(octets)}/${Math.trunc(call.number(1, 'the prefix length'))}`);
    if (!network.ok) return call.fail(network.error);
    if (object instanceof LuaObject) object.value = new LuaAddress(network.value.octets, port);
    return undefined;
  },
};

function withPort({ octets, port }: LuaAddress): string {
  const text = addressText(octets);
  return octets.length === 16 ? `[${text}]:${port}` : `${text}:${port}`;
}

/** `::ffff:0:0/96` (RFC 4291 2.5.5.2). */
function isMapped(octets: Uint8Array): boolean {
  return octets.length === 16 && octets.subarray(0, 12).every((octet, index) => octet === (index < 10 ? 0 : 0xff));
}

const netmaskMethods: Readonly<Record<string, NativeFunction>> = {
  toString: (call: LuaCall) => networkText(call.self(LuaNetmask).network),
  __tostring: (call) => networkText(call.self(LuaNetmask).network),
  __eq: (call) => sameText(call, (value) => (value instanceof LuaNetmask ? networkText(value.network) : undefined)),
  empty: () => false,
  getBits: (call) => call.self(LuaNetmask).network.prefixLength,
  getNetwork: (call) => addressObject(new LuaAddress(call.self(LuaNetmask).network.octets, 0)),
  getMaskedNetwork: (call) => addressObject(new LuaAddress(call.self(LuaNetmask).network.octets, 0)),
  isIPv4: (call) => call.self(LuaNetmask).network.octets.length === 4,
  isIPv6: (call) => call.self(LuaNetmask).network.octets.length === 16,
  match: (call) => matchLength(call.self(LuaNetmask).network, addressOf(call, 1).octets) !== undefined,
};

const groupMethods: Readonly<Record<string, NativeFunction>> = {
  addMask: (call) => addMasks(call, call.self(LuaNetmaskGroup), 1),
  addMasks: (call) => addMasks(call, call.self(LuaNetmaskGroup), 1),
  clear: (call) => {
    call.self(LuaNetmaskGroup).networks.length = 0;
    return undefined;
  },
  size: (call) => call.self(LuaNetmaskGroup).networks.length,
  empty: (call) => call.self(LuaNetmaskGroup).networks.length === 0,
  match: (call) => matches(call.self(LuaNetmaskGroup), addressOf(call, 1).octets),
  toString: (call: LuaCall) => call.self(LuaNetmaskGroup).networks.map(networkText).join(', '),
  __tostring: (call) => call.self(LuaNetmaskGroup).networks.map(networkText).join(', '),
};

/** One netmask or a list of them. */
function addMasks(call: LuaCall, group: LuaNetmaskGroup, index: number): undefined {
  const value = call.values[index];
  if (value === undefined) return undefined;
  const items: readonly LuaValue[] = value instanceof LuaTable ? value.list : [value];
  for (const item of items) {
    if (group.networks.length >= MAX_MASKS) return call.fail(`more than ${MAX_MASKS} netmasks`);
    if (item instanceof LuaObject && item.value instanceof LuaNetmask) {
      group.networks.push(item.value.network);
      continue;
    }
    if (typeof item !== 'string') return call.fail(`a netmask must be a string, not ${describeValue(item)}`);
    const network = parseNetwork(item.trim());
    if (!network.ok) return call.fail(network.error);
    group.networks.push(network.value);
  }
  return undefined;
}

/** The most specific network decides; a negated one says no. */
function matches({ networks }: LuaNetmaskGroup, octets: Uint8Array): boolean {
  let longest = -1;
  let found = false;
  for (const network of networks) {
    const length = matchLength(network, octets);
    if (length === undefined || length < longest) continue;
    longest = length;
    found = !network.negated;
  }
  return found;
}

/** The length of the network's prefix, when the address is in it. */
function matchLength({ octets: prefix, prefixLength }: Network, octets: Uint8Array): number | undefined {
  if (prefix.length !== octets.length) return undefined;
  for (let bit = 0; bit < prefixLength; bit += 8) {
    const mask = (0xff << (8 - Math.min(8, prefixLength - bit))) & 0xff;
    if (((prefix[bit / 8] ?? 0) & mask) !== ((octets[bit / 8] ?? 0) & mask)) return undefined;
  }
  return prefixLength;
}
