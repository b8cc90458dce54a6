// The shape of the option table: sections of options, each with its type, default, old-style name and help.
import type { InputNode, Place } from './input.ts';

/** Receives what a value type finds wrong, and knows where the configuration lives. */
export interface ValueReader {
  /** Reports an error of this option; `part` names the place inside it (`[0].zone`). Returns undefined for the caller to return. */
  error(place: Place, message: string, expected?: string, part?: string): undefined;
  /** Reports something that does not stop the program. */
  warn(place: Place, message: string, part?: string): void;
  /** The wall clock, seconds since 1970: durations that end count from here. */
  nowSeconds(): number;
  /** The absolute form of a path that is relative to the configuration file's directory. */
  absolutePath(path: string): string;
}

/** How an option's value is written as one text: in `name=value` lines and on the command line. */
export type TextForm = 'word' | 'boolean' | 'list' | 'forward-zones' | 'auth-zones' | 'none';

/** One kind of value: how it is read, checked and written. */
export interface ValueType<T> {
  /** For the reference page: `integer, 0 to 150`. */
  readonly text: string;
  /** A YAML value that would be right; quoted in error messages. */
  readonly example: string;
  /** Values of a list type are appended when files are merged. */
  readonly isList: boolean;
  readonly textForm: TextForm;
  /** The value of a node, or undefined after reporting at least one error. */
  read(node: InputNode, reader: ValueReader): T | undefined;
  /** What YAML would hold for this value; undefined when there is nothing to write. */
  toYaml(value: T): unknown;
}

/**
 * Whether an option changes what kedge does today: `yes`; `accepted` is read and checked, has no effect and warns when it
 * is set to something else than its default; `rejected` stops the program then, because ignoring it would cost security,
 * privacy or a filter that was asked for.
 */
export type Effect = 'yes' | 'accepted' | 'rejected';

/** One row of the option table. */
export interface Option<T> {
  readonly kind: 'option';
  readonly type: ValueType<T>;
  readonly default: T;
  /** The name in `name=value` files and on the command line; absent when only YAML has the option. */
  readonly oldName?: string;
  /** Plain sentences for the reference page. */
  readonly help: string;
  readonly effect: Effect;
  /** For `rejected`: what the user can do instead. */
  readonly instead?: string;
  /** May change while the program runs. */
  readonly reloadable?: boolean;
  /** The default in words, where the value does not say it (`the host name`). */
  readonly defaultText?: string;
  /** Path of another option that is the same thing under another name: both always have one value. */
  readonly sameAs?: string;
}

/** A row without what is filled in by `option`. */
export type OptionRow<T> = Omit<Option<T>, 'kind' | 'effect' | 'default'> & {
  readonly default: NoInfer<T>;
  readonly effect?: Effect;
};

/** A section of the file, by key. */
export interface Section {
  readonly [key: string]: Option<unknown> | Section;
}

/** The values of a section: what its options' types say. */
export type ValuesOf<S> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? T : ValuesOf<S[K]>;
};

/** A row of the table; `effect` is `yes` unless it says otherwise. */
export function option<T>(row: OptionRow<T>): Option<T> {
  return { effect: 'yes', ...row, kind: 'option' };
}

export function isOption(entry: Option<unknown> | Section): entry is Option<unknown> {
  return entry.kind === 'option';
}
