// A trust anchor in each form in which a person pastes it.
import type { DomainName } from '../../wire/name.ts';
import { nameText, nameTextWithoutDot } from '../../wire/name-text.ts';

/** `addTA("home.arpa", "12345 13 2 4a3b...")`, or the same with a reason for `addNTA`. */
export function luaCall(call: 'addTA' | 'addNTA', zone: DomainName, text: string): string {
  return `${call}(${luaString(nameTextWithoutDot(zone))}, ${luaString(text)})`;
}

/** In YAML's one-line form: the whole path, so that it says where it belongs. */
export function yamlAnchorLine(zone: DomainName, dsTexts: readonly string[]): string {
  return `dnssec: {trustanchors: [${yamlAnchorEntry(zone, dsTexts)}]}`;
}

export function yamlNegativeLine(zone: DomainName, reason: string): string {
  return `dnssec: {negative_trustanchors: [{name: ${yamlWord(nameTextWithoutDot(zone))}, reason: ${yamlWord(reason)}}]}`;
}

/** One item of `dnssec.trustanchors` in flow form. */
export function yamlAnchorEntry(zone: DomainName, dsTexts: readonly string[]): string {
  return `{name: ${yamlWord(nameTextWithoutDot(zone))}, dsrecords: [${dsTexts.map(yamlQuoted).join(', ')}]}`;
}

/** The DS record as a zone file has it. */
export function dsRecordLine(zone: DomainName, dsText: string): string {
  return `${nameText(zone)} IN DS ${dsText}`;
}

/** A Lua string; the text has no control characters, as names and DS content never do. */
function luaString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Bare where YAML reads it as this very text, else in single quotes. */
export function yamlWord(text: string): string {
  const isBare = /^[A-Za-z_][A-Za-z0-9_./ -]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|~)$/i.test(text);
  return isBare && !text.endsWith(' ') ? text : yamlQuoted(text);
}

export function yamlQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
