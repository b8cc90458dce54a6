// Values written as one text (`name=value` lines, the command line) to the same input nodes that YAML gives.
import type { InputNode, ListInput, MapInput, Place, ScalarInput } from './input.ts';
import type { TextForm } from './option.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** How booleans are written: as in old-style files (any text but `no` and `off` is on), or as in YAML. */
export type TextDialect = 'old-style' | 'yaml';

/** The node for a text; `none` forms have no such text. Columns of list parts are counted from `place`. */
export function textInput(
  form: Exclude<TextForm, 'none'>,
  text: string,
  place: Place,
  dialect: TextDialect,
): Parsed<InputNode> {
  switch (form) {
    case 'word':
      return parsed(wordInput(text, place));
    case 'boolean':
      return parsed(booleanInput(text, place, dialect));
    case 'list':
      return parsed(
        listInput(
          words(text, place).map((word) => scalarInput(word.text, word.text, word.place)),
          place,
        ),
      );
    case 'forward-zones':
      return zonesInput(text, place, (value) => ({
        key: 'forwarders',
        node: listInput(
          splitAt(value, ';').map((part) => scalarInput(part.text, part.text, part.place)),
          value.place,
        ),
      }));
    case 'auth-zones':
      return zonesInput(text, place, (value) => ({
        key: 'file',
        node: scalarInput(value.text, value.text, value.place),
      }));
    default:
      return form satisfies never;
  }
}

/** Whether an old-style boolean is on although its text looks like off: worth a warning. */
export function isMisleadingBoolean(text: string): boolean {
  return ['false', '0', 'disabled', 'disable', 'never'].includes(text.toLowerCase());
}

interface Word {
  readonly text: string;
  readonly place: Place;
}

function scalarInput(value: ScalarInput['value'], text: string, place: Place): ScalarInput {
  return { kind: 'scalar', value, text, place };
}

function listInput(items: readonly InputNode[], place: Place): ListInput {
  return { kind: 'list', items, override: false, place };
}

function wordInput(text: string, place: Place): ScalarInput {
  return scalarInput(/^-?[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : text, text, place);
}

function booleanInput(text: string, place: Place, dialect: TextDialect): ScalarInput {
  const word = text.toLowerCase();
  if (dialect === 'old-style') return scalarInput(word !== 'no' && word !== 'off', text, place);
  if (['', 'true', 'yes', 'on'].includes(word)) return scalarInput(true, text, place);
  return scalarInput(['false', 'no', 'off'].includes(word) ? false : text, text, place);
}

/** The parts between commas, spaces and tabs; empty ones do not count. */
function words(text: string, place: Place): Word[] {
  return Array.from(text.matchAll(/[^,\s]+/g), (match) => ({ text: match[0], place: movedBy(place, match.index) }));
}

/** The parts of a word between a separator; empty ones do not count. */
function splitAt(word: Word, separator: string): Word[] {
  let offset = 0;
  return word.text.split(separator).flatMap((text) => {
    const place = movedBy(word.place, offset);
    offset += text.length + separator.length;
    return text === '' ? [] : [{ text, place }];
  });
}

function movedBy(place: Place, columns: number): Place {
  return { ...place, column: place.column + columns };
}

/** `zone=value, zone=value` as mappings with the key `zone` and one more. */
function zonesInput(
  text: string,
  place: Place,
  second: (value: Word) => { readonly key: string; readonly node: InputNode },
): Parsed<InputNode> {
  const zones: MapInput[] = [];
  for (const pair of words(text, place)) {
    const equals = pair.text.indexOf('=');
    if (equals === -1) return refused(`'${pair.text}' has no =; zones are written zone=value`);
    const zone = pair.text.slice(0, equals);
    const { key, node } = second({ text: pair.text.slice(equals + 1), place: movedBy(pair.place, equals + 1) });
    const entries = [
      { key: 'zone', place: pair.place, value: scalarInput(zone, zone, pair.place) },
      { key, place: node.place, value: node },
    ];
    zones.push({ kind: 'map', entries, place: pair.place });
  }
  return parsed(listInput(zones, place));
}
