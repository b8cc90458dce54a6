// Values written as one text (`name=value` lines, the command line) to the same input nodes that YAML gives.
import type { InputNode, ListInput, MapInput, Place, ScalarInput } from './input.ts';
import type { LocatedText } from './located-text.ts';
import type { TextForm } from './option.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** How booleans are written: as in old-style files (any text but `no` and `off` is on), or as in YAML. */
export type TextDialect = 'old-style' | 'yaml';

/** The node for a text; `none` forms have no such text. */
export function textInput(form: Exclude<TextForm, 'none'>, text: LocatedText, dialect: TextDialect): Parsed<InputNode> {
  switch (form) {
    case 'word':
      return parsed(wordInput(text));
    case 'boolean':
      return parsed(booleanInput(text, dialect));
    case 'list':
      return parsed(listInput(words(text).map(textScalar), text.place));
    case 'forward-zones':
      return zonesInput(text, (value) => ({
        key: 'forwarders',
        node: listInput(value.split(';').map(textScalar), value.place),
      }));
    case 'auth-zones':
      return zonesInput(text, (value) => ({ key: 'file', node: textScalar(value) }));
    default:
      return form satisfies never;
  }
}

/** Whether an old-style boolean is on although its text looks like off: worth a warning. */
export function isMisleadingBoolean(text: string): boolean {
  return ['false', '0', 'disabled', 'disable', 'never', 'none', 'n', 'f'].includes(text.toLowerCase());
}

function scalarInput(value: ScalarInput['value'], text: string, place: Place): ScalarInput {
  return { kind: 'scalar', value, text, place };
}

function textScalar({ text, place }: LocatedText): ScalarInput {
  return scalarInput(text, text, place);
}

function listInput(items: readonly InputNode[], place: Place): ListInput {
  return { kind: 'list', items, override: false, place };
}

function wordInput({ text, place }: LocatedText): ScalarInput {
  return scalarInput(/^-?[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : text, text, place);
}

function booleanInput({ text, place }: LocatedText, dialect: TextDialect): ScalarInput {
  const word = text.toLowerCase();
  if (dialect === 'old-style') return scalarInput(word !== 'no' && word !== 'off', text, place);
  if (['', 'true', 'yes', 'on'].includes(word)) return scalarInput(true, text, place);
  return scalarInput(['false', 'no', 'off'].includes(word) ? false : text, text, place);
}

/** The parts between commas, spaces and tabs; empty ones do not count. */
function words(text: LocatedText): LocatedText[] {
  return text.matches(/[^,\s]+/g);
}

/** `zone=value, zone=value` as mappings with the key `zone` and one more. */
function zonesInput(
  text: LocatedText,
  second: (value: LocatedText) => { readonly key: string; readonly node: InputNode },
): Parsed<InputNode> {
  const zones: MapInput[] = [];
  for (const pair of words(text)) {
    const equals = pair.text.indexOf('=');
    if (equals === -1) return refused(`'${pair.text}' has no =; zones are written zone=value, without spaces around =`);
    const zone = pair.slice(0, equals);
    const { key, node } = second(pair.slice(equals + 1));
    const entries = [
      { key: 'zone', place: pair.place, value: textScalar(zone) },
      { key, place: node.place, value: node },
    ];
    zones.push({ kind: 'map', entries, place: pair.place });
  }
  return parsed(listInput(zones, text.place));
}
