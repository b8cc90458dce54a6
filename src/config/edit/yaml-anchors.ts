// Adds trust anchors to the text of a recursor.yml. Only characters are inserted: comments, order and layout stay as they
// are. What cannot be done so safely is not done at all.
import { isMap, isScalar, isSeq, type Pair, parseDocument, YAMLMap, type YAMLSeq } from 'yaml';
import type { DomainName } from '../../wire/name.ts';
import { nameTextWithoutDot } from '../../wire/name-text.ts';
import { type Parsed, parsed, refused } from '../parsed.ts';
import { parseDomainName } from '../value-types.ts';
import { yamlAnchorEntry, yamlQuoted, yamlWord } from './anchor-lines.ts';

interface Insertion {
  readonly offset: number;
  readonly text: string;
}

const TOP = 'dnssec';
const LIST = 'trustanchors';
const RECORDS = 'dsrecords';

/** The text with the DS contents added to the anchors of a zone under `dnssec.trustanchors`. */
export function withYamlAnchors(text: string, zone: DomainName, dsTexts: readonly string[]): Parsed<string> {
  const before = parseDocument(text, { keepSourceTokens: true });
  if (before.errors.length > 0) return refused('the file is no valid YAML');
  const insertion = new AnchorInsertion(text, zone, dsTexts).into(before.contents);
  if (insertion === undefined) return refused('its layout is one that cannot be added to without changing the rest');
  const changed = `${text.slice(0, insertion.offset)}${insertion.text}${text.slice(insertion.offset)}`;
  const after = parseDocument(changed);
  if (after.errors.length > 0 || !addsExactly(before.toJS(), after.toJS(), zone, dsTexts)) {
    return refused('its layout is one that cannot be added to without changing the rest');
  }
  return parsed(changed);
}

class AnchorInsertion {
  private readonly text: string;
  private readonly newline: string;
  private readonly zone: DomainName;
  private readonly dsTexts: readonly string[];

  constructor(text: string, zone: DomainName, dsTexts: readonly string[]) {
    this.text = text;
    this.newline = /\r\n/.test(text) ? '\r\n' : '\n';
    this.zone = zone;
    this.dsTexts = dsTexts;
  }

  /** Where something is inserted; undefined for a layout that is not provided for. */
  into(root: unknown): Insertion | undefined {
    if (root === null || (isScalar(root) && root.value === null)) return this.atEnd();
    if (!isMap(root)) return undefined;
    const section = pairOf(root, TOP);
    if (section === undefined) return root.flow ? this.inFlow(root, `${TOP}: ${this.flowSection()}`) : this.atEnd();
    if (isEmpty(section.value)) return this.belowKey(section, this.blockList('  '));
    if (!isMap(section.value)) return undefined;
    const list = pairOf(section.value, LIST);
    if (list === undefined) {
      const inner = `${LIST}: [${yamlAnchorEntry(this.zone, this.dsTexts)}]`;
      if (section.value.flow) return this.inFlow(section.value, inner);
      return this.afterLast(section.value, (indent) => this.blockList(indent));
    }
    if (isEmpty(list.value)) return undefined;
    return isSeq(list.value) ? this.intoList(list.value) : undefined;
  }

  private intoList(list: YAMLSeq): Insertion | undefined {
    // An alias, or an entry that holds one, may stand in several places.
    if (!list.items.every((item) => isMap(item))) return undefined;
    const entries = list.items.filter((item) => isMap(item));
    const entry = entries.find((item) => isNameOf(item, this.zone));
    const records = entry === undefined ? undefined : pairOf(entry, RECORDS)?.value;
    if (entry !== undefined) {
      if (!isSeq(records)) return undefined;
      if (records.flow) return this.inFlow(records, this.dsTexts.map(yamlQuoted).join(', '));
      return this.afterLast(records, (indent) => this.lines(this.dsTexts.map((ds) => `${indent}- ${yamlQuoted(ds)}`)));
    }
    if (list.flow) return this.inFlow(list, yamlAnchorEntry(this.zone, this.dsTexts));
    return this.afterLast(list, (indent) => this.blockEntry(indent));
  }

  private flowSection(): string {
    return `{${LIST}: [${yamlAnchorEntry(this.zone, this.dsTexts)}]}`;
  }

  private blockList(indent: string): string {
    return this.lines([`${indent}${LIST}:`]) + this.blockEntry(`${indent}  `);
  }

  private blockEntry(indent: string): string {
    return this.lines([
      `${indent}- name: ${yamlWord(nameTextWithoutDot(this.zone))}`,
      `${indent}  ${RECORDS}:`,
      ...this.dsTexts.map((ds) => `${indent}    - ${yamlQuoted(ds)}`),
    ]);
  }

  private lines(lines: readonly string[]): string {
    return lines.map((line) => line + this.newline).join('');
  }

  /** A section of its own at the end of the file. */
  private atEnd(): Insertion | undefined {
    if (/^\.\.\.\s*$/m.test(this.text)) return undefined;
    return this.atLineEnd(this.text.length, this.lines([`${TOP}:`]) + this.blockList('  '));
  }

  /** Into `[...]` or `{...}`: behind the last item, or behind the opening bracket. */
  private inFlow(collection: YAMLMap | YAMLSeq, item: string): Insertion | undefined {
    const { range } = collection;
    if (range == null) return undefined;
    const end = lastEnd(collection);
    if (collection.items.length === 0) return { offset: range[0] + this.tagLength(range[0]), text: item };
    return end === undefined ? undefined : { offset: end, text: `, ${item}` };
  }

  /** Octets up to and with the opening bracket, when a tag stands in front of it. */
  private tagLength(start: number): number {
    return (/^[^[{]*[[{]/.exec(this.text.slice(start))?.[0] ?? '').length;
  }

  /** As the next item of a block collection, with the indentation of the others. */
  private afterLast(collection: YAMLMap | YAMLSeq, made: (indent: string) => string): Insertion | undefined {
    const token = collection.srcToken;
    const end = lastEnd(collection);
    if (end === undefined || token === undefined || !('indent' in token)) return undefined;
    return this.atLineEnd(end, made(' '.repeat(Math.max(0, token.indent))));
  }

  private belowKey({ key }: Pair, made: string): Insertion | undefined {
    const end = isScalar(key) ? key.range?.[1] : undefined;
    if (end === undefined || !/^\s*:[ \t]*(?:#.*)?$/.test(this.restOfLine(end))) return undefined;
    return this.atLineEnd(end, made);
  }

  private restOfLine(offset: number): string {
    return this.text.slice(offset, this.lineEnd(offset)).replace(/\r$/, '');
  }

  private lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    return end === -1 ? this.text.length : end;
  }

  /** As lines of their own below the line of `offset`, or exactly there where a line has just ended. */
  private atLineEnd(offset: number, lines: string): Insertion {
    if (offset === 0 || this.text[offset - 1] === '\n') return { offset, text: lines };
    const end = this.lineEnd(offset);
    return end === this.text.length
      ? { offset: end, text: `${this.newline}${lines}` }
      : { offset: end + 1, text: lines };
  }
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** Where the value of the last item ends, without the comment or white space behind it. */
function lastEnd(collection: YAMLMap | YAMLSeq): number | undefined {
  const last = collection.items.at(-1);
  const node = collection instanceof YAMLMap ? collection.items.at(-1)?.value : last;
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    const inner = (isMap(node) || isSeq(node)) && !node.flow && node.items.length > 0 ? lastEnd(node) : undefined;
    return inner ?? node.range?.[1];
  }
  return undefined;
}

function isNameOf(entry: YAMLMap, zone: DomainName): boolean {
  const name = entry.get('name');
  const parsedName = typeof name === 'string' ? parseDomainName(name) : undefined;
  return parsedName?.ok === true && parsedName.value.equals(zone);
}

/** Whether two documents differ by these anchors alone. */
function addsExactly(before: unknown, after: unknown, zone: DomainName, dsTexts: readonly string[]): boolean {
  const expected = recordOf(structuredClone(before ?? {}));
  if (expected === undefined) return false;
  const section = recordOf(expected[TOP] ?? {});
  if (section === undefined) return false;
  const list: unknown = section[LIST] ?? [];
  if (!Array.isArray(list)) return false;
  section[LIST] = list;
  expected[TOP] = section;
  const entry = list.map(recordOf).find((item) => {
    const name = typeof item?.['name'] === 'string' ? parseDomainName(item['name']) : undefined;
    return name?.ok === true && name.value.equals(zone);
  });
  const records: unknown = entry?.[RECORDS];
  if (entry === undefined) list.push({ name: nameTextWithoutDot(zone), [RECORDS]: [...dsTexts] });
  else if (Array.isArray(records)) records.push(...dsTexts);
  else return false;
  return sortedJson(expected) === sortedJson(after);
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** JSON with the keys of each object in order. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    const record = recordOf(part);
    return record === undefined
      ? part
      : Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
