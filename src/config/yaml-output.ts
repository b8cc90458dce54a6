// How YAML is written: two spaces, single quotes, no line breaks inside values, and words that YAML 1.1 takes for booleans
// in quotes, so that every reader of YAML understands the same.
import { stringify, type ToStringOptions } from 'yaml';

const style: ToStringOptions = { singleQuote: true, lineWidth: 0, flowCollectionPadding: false };

/** A value as the text of a YAML file. */
export function yamlText(value: unknown): string {
  return stringify(value, { ...style, compat: 'yaml-1.1' });
}

/** A value on one line. */
export function yamlLine(value: unknown): string {
  return stringify(value, { ...style, compat: 'yaml-1.1', collectionStyle: 'flow' }).trimEnd();
}
