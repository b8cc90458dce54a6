// Old-style settings to the values they give, as PowerDNS reads them: the last line of a name wins, `name+=value` joins
// the earlier ones, and unknown names are errors. (YAML files go through given-values.ts.)

import { isIPv4 } from 'node:net';
import { dirname } from 'node:path';
import type { ConfSetting } from './conf-text.ts';
import type { Findings } from './findings.ts';
import { type GivenValue, type GivenValues, readerFor, suggestion, type WrittenName } from './given-values.ts';
import { shortened } from './input.ts';
import { LocatedText } from './located-text.ts';
import { IPV6_SOURCE_NAME, presentName, SOURCE_NAME } from './renamed-settings.ts';
import { type OptionEntry, optionByOldName, optionByPath } from './schema.ts';
import { settingInput } from './setting-input.ts';

/** All that the lines of one name say together. */
interface FoldedSetting {
  readonly name: string;
  readonly values: readonly LocatedText[];
  readonly written: readonly WrittenName[];
  /** The first line was `name+=`: the values join the default. */
  readonly joinsDefault: boolean;
}

/** The values that settings give, in the order of their files' lines. */
export function givenFromSettings(settings: readonly ConfSetting[], findings: Findings): GivenValues {
  const folded = foldedSettings(settings, findings);
  const ignored = ignoredNames(folded);
  const given: GivenValues = new Map();
  for (const setting of folded.values()) {
    if (setting.name === IPV6_SOURCE_NAME) continue;
    const found = optionOf(setting.name);
    if (found === undefined) reportUnknown(setting, ignored, findings);
    else readSetting(setting, found.entry, found.byPath, given, findings);
  }
  const ipv6Source = folded.get(IPV6_SOURCE_NAME);
  if (ipv6Source !== undefined) joinIpv6Source(ipv6Source, given, findings);
  return given;
}

/** By present name, so that a line with an old name and one with the new name are one setting. */
function foldedSettings(settings: readonly ConfSetting[], findings: Findings): Map<string, FoldedSetting> {
  const values = new Map<string, LocatedText[]>();
  const written = new Map<string, WrittenName[]>();
  const joining = new Set<string>();
  for (const { name, place, value, isIncrement } of settings) {
    const today = presentName(name) ?? name;
    if (today !== name) findings.warn(place, name, `this setting is called ${today} today`);
    const present = values.get(today);
    if (isIncrement && present === undefined) {
      if (!hasListDefault(today)) {
        const message = `Incremental setting '${shortened(name)}' without a parent`;
        findings.error(place, name, message, `an earlier line ${shortened(name)}=VALUE`);
        continue;
      }
      joining.add(today);
    } else if (!isIncrement) {
      joining.delete(today);
    }
    if (isIncrement && present !== undefined) {
      present.push(value);
      written.get(today)?.push({ name, place });
    } else {
      values.set(today, [value]);
      written.set(today, [{ name, place }]);
    }
  }
  return new Map(
    Array.from(values, ([name, texts]) => [
      name,
      { name, values: texts, written: written.get(name) ?? [], joinsDefault: joining.has(name) },
    ]),
  );
}

/** The program of PowerDNS joins to the default where that is not empty. */
function hasListDefault(name: string): boolean {
  const option = optionByOldName(name)?.option;
  return option !== undefined && Array.isArray(option.default) && option.default.length > 0;
}

/** By old-style name, or by path for options that old-style files have no name for. */
function optionOf(name: string): { readonly entry: OptionEntry; readonly byPath: boolean } | undefined {
  const byOldName = optionByOldName(name);
  if (byOldName !== undefined) return { entry: byOldName, byPath: false };
  const entry = optionByPath(name);
  return entry && { entry, byPath: true };
}

function ignoredNames(folded: ReadonlyMap<string, FoldedSetting>): ReadonlySet<string> {
  const setting = folded.get('ignore-unknown-settings');
  const words = setting?.values.flatMap((value) => value.matches(/[^,\s]+/g)) ?? [];
  return new Set(words.map((word) => word.text));
}

function reportUnknown({ name, written }: FoldedSetting, ignored: ReadonlySet<string>, findings: Findings): void {
  for (const { name: word, place } of written) {
    if (ignored.has(word)) {
      findings.warn(place, word, 'unknown, and ignored as ignore-unknown-settings says');
      continue;
    }
    findings.error(place, '', `unknown setting '${shortened(word)}'${hintFor(name)}`);
  }
}

/** Settings of the other server, which people look for in one file with those of the recursor. */
const authoritativeNames =
  /^(?:launch|guardian|master|slave|primary|secondary|local-ipv6|recursor|allow-recursion|allow-axfr-ips|allow-dnsupdate-from|also-notify|api|cache-ttl|query-cache-ttl|default-ttl|default-soa-\w+|only-notify|resolver|expand-alias|dname-processing|(?:gsqlite3|gmysql|gpgsql|godbc|bind|lmdb|geoip|remote|pipe|ldap)-.*)$/;

/** The nearest old-style name, or the path where there is none. */
function hintFor(name: string): string {
  if (/^[a-z_]+:/.test(name)) return '; this line looks like YAML, but the file has name=value lines';
  if (/^[A-Za-z]+\s*\(/.test(name)) return '; this line is Lua: it belongs in the file that lua-config-file names';
  if (authoritativeNames.test(name)) return '; it belongs to the PowerDNS Authoritative Server, which reads pdns.conf';
  const path = suggestion(name);
  const option = path === undefined ? undefined : (optionByPath(path) ?? optionByOldName(path));
  // What only a section is called is no setting.
  return option === undefined ? '' : `; did you mean ${option.option.oldName ?? option.path}?`;
}

function readSetting(
  { values, written, joinsDefault }: FoldedSetting,
  entry: OptionEntry,
  byPath: boolean,
  given: GivenValues,
  findings: Findings,
): void {
  const value = LocatedText.joined(values, ', ');
  // An empty value is how old-style files say that there is none.
  if (value.text === '' && entry.option.default === undefined) return;
  const node = settingInput(entry, value, byPath, findings);
  if (node === undefined) return;
  const read = entry.option.type.read(node, readerFor(entry.path, dirname(value.place.file), findings));
  if (read === undefined) return;
  const all = joinsDefault && Array.isArray(entry.option.default) && Array.isArray(read);
  given.set(entry.path, {
    entry,
    value: all ? [...defaultList(entry), ...read] : read,
    place: value.place,
    override: false,
    written,
  });
}

function defaultList({ option }: OptionEntry): readonly unknown[] {
  return Array.isArray(option.default) ? option.default : [];
}

/** `query-local-address6`: these IPv6 sources, besides the IPv4 ones of `query-local-address` or its default. */
function joinIpv6Source(setting: FoldedSetting, given: GivenValues, findings: Findings): void {
  const entry = optionByOldName(SOURCE_NAME);
  if (entry === undefined) return;
  for (const { place } of setting.written) {
    findings.warn(place, IPV6_SOURCE_NAME, `this setting is gone; its addresses belong to ${SOURCE_NAME} today`);
  }
  const own: GivenValues = new Map();
  readSetting({ ...setting, joinsDefault: false }, entry, false, own, findings);
  const ipv6: GivenValue | undefined = own.get(entry.path);
  if (ipv6 === undefined || !Array.isArray(ipv6.value)) return;
  const present = given.get(entry.path);
  const base = present === undefined ? defaultList(entry).filter((text) => isIPv4(String(text))) : present.value;
  const value = [...new Set([...(Array.isArray(base) ? base : []), ...ipv6.value])];
  given.set(entry.path, { ...ipv6, value, written: [...(present?.written ?? []), ...setting.written] });
}
