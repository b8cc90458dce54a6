// YAML text to input nodes with places. YAML 1.2: only true and false are booleans; `no` and `off` are words.
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Findings } from './findings.ts';
import { type InputNode, type MapEntry, type Place, shortened } from './input.ts';
import { plainYaml } from './plain-yaml.ts';

/** Longest file read, in characters. */
const MAX_TEXT_LENGTH = 16_777_216;
/** From this length on, in characters, the quick reader is tried first. */
const LONG_TEXT_LENGTH = 65_536;
/** Most uses of aliases: a few aliases of aliases could stand for billions of values. */
const MAX_ALIASES = 1000;
/** Deepest nesting; the options need six. */
const MAX_DEPTH = 32;

const tooDeep = `values are nested deeper than ${MAX_DEPTH}`;

/** Our words for what the YAML library reports; it gives up by itself where nesting would exhaust its stack. */
const yamlMessages = new Map<string, string>([
  ['DUPLICATE_KEY', 'this key appears twice'],
  ['RESOURCE_EXHAUSTION', tooDeep],
]);

/** The content of a YAML file: undefined when it is empty or when errors were reported. */
export function yamlInput(text: string, file: string, findings: Findings): InputNode | undefined {
  const start: Place = { file, line: 1, column: 1 };
  if (text.length > MAX_TEXT_LENGTH) return findings.error(start, '', 'the file is larger than 16 MiB');
  const plain = text.length < LONG_TEXT_LENGTH ? undefined : plainYaml(text, file);
  if (plain !== undefined) return plain;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  let broken = false;
  for (const [index, error] of document.errors.entries()) {
    broken = true;
    const message = yamlMessages.get(error.code) ?? `this is no valid YAML: ${error.message}`;
    // Where the stack ends may be noticed on two levels, one after the other.
    if (message === tooDeep && document.errors[index - 1]?.code === error.code) continue;
    findings.error(placeAt(error.pos[0]), '', message);
  }
  for (const warning of document.warnings) {
    const tag = /Unresolved tag: (\S+)/.exec(warning.message)?.[1];
    if (tag === '!override') continue;
    broken = true;
    findings.error(placeAt(warning.pos[0]), '', warning.message, 'a string that contains ! or : to be in quotes');
  }
  if (broken || document.contents === null) return undefined;
  return new YamlReader(document, placeAt, findings).node(document.contents, 0);
}

class YamlReader {
  private aliasCount = 0;
  private readonly document: Document.Parsed;
  private readonly placeAt: (offset: number) => Place;
  private readonly findings: Findings;

  constructor(document: Document.Parsed, placeAt: (offset: number) => Place, findings: Findings) {
    this.document = document;
    this.placeAt = placeAt;
    this.findings = findings;
  }

  /** Undefined after reporting an error. */
  node(node: unknown, depth: number): InputNode | undefined {
    const place = this.placeOf(node);
    if (depth > MAX_DEPTH) return this.findings.error(place, '', tooDeep);
    if (isAlias(node)) {
      this.aliasCount++;
      if (this.aliasCount > MAX_ALIASES) {
        return this.findings.error(place, '', `aliases repeat too much: they are used more than ${MAX_ALIASES} times`);
      }
      const target = node.resolve(this.document);
      if (target === undefined)
        return this.findings.error(place, '', `the alias *${shortened(node.source)} has no anchor`);
      return this.node(target, depth + 1);
    }
    if (isSeq(node)) {
      const items = this.items(node.items, depth);
      return items && { kind: 'list', items, override: node.tag === '!override', place };
    }
    if (isMap(node)) {
      const entries = this.entries(node.items, depth);
      return entries && { kind: 'map', entries, place };
    }
    if (!isScalar(node)) return { kind: 'scalar', value: null, text: '', place };
    return { kind: 'scalar', ...scalarValue(node.value, node.source), place };
  }

  private items(nodes: readonly unknown[], depth: number): InputNode[] | undefined {
    const items: InputNode[] = [];
    for (const node of nodes) {
      const item = this.node(node, depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  private entries(pairs: readonly unknown[], depth: number): MapEntry[] | undefined {
    const entries: MapEntry[] = [];
    for (const pair of pairs) {
      if (!isPair(pair)) continue;
      const place = this.placeOf(pair.key);
      if (!isScalar(pair.key)) return this.findings.error(place, '', 'a key must be a single word');
      const value =
        pair.value === null
          ? ({ kind: 'scalar', value: null, text: '', place } as const)
          : this.node(pair.value, depth + 1);
      if (value === undefined) return undefined;
      entries.push({ key: pair.key.source ?? String(pair.key.value), place, value });
    }
    return entries;
  }

  private placeOf(node: unknown): Place {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    return this.placeAt(Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0);
  }
}

/** Numbers keep the text as written: as a string option, `1.10` is not 1.1. */
function scalarValue(value: unknown, source: string | undefined) {
  if (typeof value === 'string') return { value, text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { value, text: source ?? String(value) };
  return { value: null, text: '' };
}
