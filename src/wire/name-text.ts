// Presentation form of names and back (RFC 1035 5.1, RFC 4343 2.1): escapes live at this edge and nowhere else.
import { DomainName, MAX_LABEL_OCTETS } from './name.ts';

/** A name read from text, or why it is none. */
export type ParsedName =
  | { readonly ok: true; readonly name: DomainName }
  | { readonly ok: false; readonly error: string };

/** Characters that have a meaning in zone files and are escaped with a backslash. */
const escaped = new Set(Array.from('."();@$\\', (character) => character.charCodeAt(0)));

/** Presentation form with a trailing dot; octets outside printable ASCII as `\DDD`. */
export function nameText(name: DomainName): string {
  const octets = name.octets;
  if (octets.length === 1) return '.';
  let text = '';
  for (let offset = 0; offset < octets.length - 1; ) {
    const end = offset + 1 + (octets[offset] ?? 0);
    for (let index = offset + 1; index < end; index++) text += octetText(octets[index] ?? 0);
    text += '.';
    offset = end;
  }
  return text;
}

/** As `nameText`, without the trailing dot (the root stays `.`): for people, logs and extended errors. */
export function nameTextWithoutDot(name: DomainName): string {
  return name.isRoot ? '.' : nameText(name).slice(0, -1);
}

function octetText(octet: number): string {
  if (escaped.has(octet)) return `\\${String.fromCharCode(octet)}`;
  if (octet > 0x20 && octet < 0x7f) return String.fromCharCode(octet);
  return `\\${String(octet).padStart(3, '0')}`;
}

/**
 * A name from presentation form. The trailing dot is optional; with `origin`, a name without it is relative to that.
 * `@` alone means the origin when one is given.
 */
export function parseName(text: string, origin?: DomainName): ParsedName {
  if (text === '.') return { ok: true, name: DomainName.root };
  if (text === '@' && origin !== undefined) return { ok: true, name: origin };
  if (text === '') return { ok: false, error: 'the name is empty' };
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let absolute = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2e) {
      if (label.length === 0) return { ok: false, error: 'the name has an empty label' };
      labels.push(Uint8Array.from(label));
      label = [];
      absolute = index === text.length - 1;
    } else if (code === 0x5c) {
      const parsed = parseEscape(text, index + 1);
      if (parsed === undefined) return { ok: false, error: `bad escape at character ${index + 1}` };
      label.push(parsed.octet);
      index += parsed.length;
    } else if (code > 0x7e || code <= 0x20) {
      return { ok: false, error: `character ${index + 1} must be written as an escape (\\DDD) or in Punycode` };
    } else {
      label.push(code);
    }
    if (label.length > MAX_LABEL_OCTETS) return { ok: false, error: 'a label is longer than 63 octets' };
  }
  if (label.length > 0) labels.push(Uint8Array.from(label));
  if (!absolute && origin !== undefined) {
    for (let rest = origin; !rest.isRoot; rest = rest.parent()) labels.push(rest.firstLabel());
  }
  const name = DomainName.fromLabels(labels);
  return name === undefined ? { ok: false, error: 'the name is longer than 255 octets' } : { ok: true, name };
}

/** The octet that an escape stands for, `start` being behind the backslash; `length` is the characters it takes. */
export function parseEscape(text: string, start: number): { octet: number; length: number } | undefined {
  const digits = text.slice(start, start + 3);
  if (/^[0-9]{3}$/.test(digits)) {
    const octet = Number(digits);
    return octet <= 255 ? { octet, length: 3 } : undefined;
  }
  const code = text.charCodeAt(start);
  return code >= 0x20 && code < 0x7f && !(code >= 0x30 && code <= 0x39) ? { octet: code, length: 1 } : undefined;
}

/** A name from text that the program itself contains; throws on a programming mistake. */
export function nameOf(text: string): DomainName {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`);
  return parsed.name;
}
