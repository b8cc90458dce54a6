// What a configuration file says before anyone knows which option it is for: scalars, lists and maps with their places.
// Every format (YAML, `name=value` lines, command line) is turned into this, so that each option is read in one way.

/** A position in a configuration file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A single word, number or boolean. `text` is what was written, without quotes. */
export interface ScalarInput {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly text: string;
  readonly place: Place;
}

/** A sequence. `override` is set by the tag `!override`: replace what earlier files said instead of appending. */
export interface ListInput {
  readonly kind: 'list';
  readonly items: readonly InputNode[];
  readonly override: boolean;
  readonly place: Place;
}

/** A mapping, in the order of the file. */
export interface MapInput {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
  readonly place: Place;
}

/** One key of a mapping with its value; `place` is that of the key. */
export interface MapEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: InputNode;
}

export type InputNode = ScalarInput | ListInput | MapInput;

/** What kind of thing a node is, in the words of an error message. */
export function describeInput(node: InputNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string')
    return node.text === '' ? 'an empty string' : `the text '${shortened(node.text)}'`;
  return node.text;
}

/** Text from a file, cut to a length fit for one line of a message. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
