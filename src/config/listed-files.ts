// The small files that options name: networks one a line, and forward zones in text or YAML form.
import { dirname, extname } from 'node:path';
import type { DomainName } from '../wire/name.ts';
import type { Findings } from './findings.ts';
import { readerFor } from './given-values.ts';
import type { InputNode, MapEntry, Place, ScalarInput } from './input.ts';
import type { Network } from './network.ts';
import type { ValueReader } from './option.ts';
import { type ForwardZone, forwardZones } from './structured-types.ts';
import { domainNames, networks } from './value-types.ts';
import { yamlInput } from './yaml-input.ts';

/** Networks, or undefined after reporting errors: one a line with `#` comments, or a YAML list if the name ends in `.yml`. */
export function readNetworks(
  text: string,
  file: string,
  path: string,
  findings: Findings,
): readonly Network[] | undefined {
  const reader = readerFor(path, dirname(file), findings);
  const node = extname(file) === '.yml' ? yamlInput(text, file, findings) : lineList(text, file);
  const values = node === undefined ? [] : networks.read(node, reader);
  // An empty list in the options means everyone; a file that happens to be empty hardly does.
  if (values?.length === 0) return findings.error({ file, line: 1, column: 1 }, path, 'the file has no networks');
  return values;
}

/** Names, or undefined after reporting errors: one a line with `#` comments, or a YAML list if the name ends in `.yml`. */
export function readDomainNames(
  text: string,
  file: string,
  path: string,
  findings: Findings,
): readonly DomainName[] | undefined {
  const node = extname(file) === '.yml' ? yamlInput(text, file, findings) : lineList(text, file);
  return node === undefined ? [] : domainNames.read(node, readerFor(path, dirname(file), findings));
}

function lineList(text: string, file: string): InputNode {
  const items = contentLines(text, file).map(({ words, place }) => scalar(words, place));
  return { kind: 'list', items, override: false, place: { file, line: 1, column: 1 } };
}

interface ContentLine {
  readonly words: string;
  readonly place: Place;
}

/** Lines without comments and outer white space, with the place of their first character; empty ones left out. */
function contentLines(text: string, file: string): ContentLine[] {
  return text.split('\n').flatMap((line, index) => {
    const content = line.replace(/#.*$/, '');
    const words = content.trim();
    return words === '' ? [] : [{ words, place: { file, line: index + 1, column: content.search(/\S/) + 1 } }];
  });
}

function scalar(text: string, place: Place): ScalarInput {
  return { kind: 'scalar', value: text, text, place };
}

/**
 * Forward zones: `[+][^]zone=server[, server]` a line, where `+` asks with RD=1 and `^` lets a NOTIFY wipe the cache, or a
 * YAML list of zones if the name ends in `.yml`.
 */
export function readForwardZones(text: string, file: string, findings: Findings): readonly ForwardZone[] {
  const isYaml = extname(file) === '.yml';
  const nodes = isYaml ? yamlZones(text, file, findings) : textZones(text, file, findings);
  const all = readerFor('recursor.forward_zones_file', dirname(file), findings);
  return nodes.flatMap((node, index) => {
    // Each zone is read as a list of one; in a text file its line says which one it is.
    const ownPart = (part = '') => part.replace(/^\[0\]/, isYaml ? `[${index}]` : '');
    const reader: ValueReader = {
      ...all,
      error: (place, message, expected, part) => all.error(place, message, expected, ownPart(part)),
      warn: (place, message, part) => all.warn(place, message, ownPart(part)),
    };
    const list: InputNode = { kind: 'list', items: [node], override: false, place: node.place };
    return forwardZones(recurses(node)).read(list, reader) ?? [];
  });
}

/** In a file each zone says for itself whether it is asked with RD=1. */
function recurses(node: InputNode): boolean {
  const value = node.kind === 'map' ? node.entries.find((entry) => entry.key === 'recurse')?.value : undefined;
  return value?.kind === 'scalar' && value.value === true;
}

function yamlZones(text: string, file: string, findings: Findings): readonly InputNode[] {
  const node = yamlInput(text, file, findings);
  if (node === undefined) return [];
  if (node.kind === 'list') return node.items;
  findings.error(node.place, 'recursor.forward_zones_file', 'the file is no list', `- ${forwardZones(false).example}`);
  return [];
}

function textZones(text: string, file: string, findings: Findings): readonly InputNode[] {
  return contentLines(text, file).flatMap(({ words, place }) => {
    const parts = /^([+^]*)([^=]*)=(.*)$/.exec(words);
    if (parts === null) {
      const path = 'recursor.forward_zones_file';
      findings.error(place, path, `'${words}' has no =`, '[+]zone=server, for example home.arpa=192.0.2.1:5300');
      return [];
    }
    const [, marks = '', zone = '', servers = ''] = parts;
    const forwarders: InputNode = {
      kind: 'list',
      items: Array.from(servers.matchAll(/[^,;\s]+/g), (match) => scalar(match[0], place)),
      override: false,
      place,
    };
    const flag = (key: string, value: boolean): MapEntry => {
      return { key, place, value: { kind: 'scalar', value, text: String(value), place } };
    };
    const entries: MapEntry[] = [
      { key: 'zone', place, value: scalar(zone.trim(), place) },
      { key: 'forwarders', place, value: forwarders },
      flag('recurse', marks.includes('+')),
      flag('notify_allowed', marks.includes('^')),
    ];
    return [{ kind: 'map', entries, place } as const];
  });
}
