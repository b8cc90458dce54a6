// Trust anchors given as keys: `example. [TTL] [IN] DNSKEY 257 3 8 <base64>` (RFC 4034 2.2).
import type { DomainName } from '../wire/name.ts';
import { nameText, parseName } from '../wire/name-text.ts';
import { parseAlgorithm } from './algorithm-text.ts';
import { shortened } from './input.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** A trust anchor that is a key. */
export interface DNSKEYAnchor {
  readonly name: DomainName;
  readonly flags: number;
  readonly protocol: number;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

/** Reads one whole DNSKEY line, owner included; the key may contain white space. */
export function parseDNSKEYText(text: string): Parsed<DNSKEYAnchor> {
  const words = text.replace(/;.*$/s, '').trim().split(/\s+/);
  const type = words.findIndex((word) => word.toUpperCase() === 'DNSKEY');
  if (type < 1 || type > 3) return refused('a key is written with its owner: example. DNSKEY 257 3 13 BASE64');
  const name = parseName(words[0] ?? '');
  if (!name.ok) return name;
  const [flags = '', protocol = '', algorithmText = '', ...keyWords] = words.slice(type + 1);
  if (!/^[0-9]{1,5}$/.test(flags) || Number(flags) > 65535) {
    return refused(`the flags '${shortened(flags)}' are not a number from 0 to 65535`);
  }
  if (protocol !== '3') return refused(`the protocol field is '${shortened(protocol)}'; it must be 3 (RFC 4034 2.1.2)`);
  const algorithm = parseAlgorithm(algorithmText);
  if (!algorithm.ok) return algorithm;
  const base64 = keyWords.join('');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64) || base64 === '') {
    return refused('the key is not valid base64');
  }
  const publicKey = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return parsed({ name: name.name, flags: Number(flags), protocol: 3, algorithm: algorithm.value, publicKey });
}

/** The whole line, as it can be read back. */
export function dnskeyText({ name, flags, protocol, algorithm, publicKey }: DNSKEYAnchor): string {
  const base64 = btoa(String.fromCharCode(...publicKey));
  return `${nameText(name)} DNSKEY ${flags} ${protocol} ${algorithm} ${base64}`;
}
