// The input node for a value that was written as text, in a file with `name=value` lines or on the command line.
import { Findings } from './findings.ts';
import type { InputNode, MapEntry, Place } from './input.ts';
import type { LocatedText } from './located-text.ts';
import type { OptionEntry } from './schema.ts';
import { isMisleadingBoolean, textInput } from './text-input.ts';
import { yamlInput } from './yaml-input.ts';

/**
 * The node for an option's value. `byPath` is for options written as `section.name`: booleans are then those of YAML, and
 * a list may stand in brackets. Undefined after reporting an error.
 */
export function settingInput(
  entry: OptionEntry,
  value: LocatedText,
  byPath: boolean,
  findings: Findings,
): InputNode | undefined {
  const { text, place } = value;
  const { textForm, isList } = entry.option.type;
  // A list in YAML's own notation; an address such as [::1]:53 also begins with a bracket, but does not end with one.
  if (textForm === 'none' || (byPath && isList && /^\[.*\]$/s.test(text))) return inlineYaml(value, findings);
  if (textForm === 'boolean' && !byPath && isMisleadingBoolean(text)) {
    findings.warn(place, entry.path, `'${text}' means on here, as in PowerDNS; write no or off`);
  }
  const node = textInput(textForm, value, byPath ? 'yaml' : 'old-style');
  return node.ok ? node.value : findings.error(place, entry.path, node.error);
}

/** YAML on one line, with its places moved to where the line stands. */
function inlineYaml({ text, place }: LocatedText, findings: Findings): InputNode | undefined {
  const own = new Findings();
  const node = yamlInput(text, place.file, own);
  for (const { line, column, path, message, expected } of own.errors) {
    findings.error(moved({ file: place.file, line, column }, place), path, message, expected);
  }
  return node && movedNode(node, place);
}

function moved(inner: Place, { file, line, column }: Place): Place {
  return { file, line, column: inner.line === 1 ? column + inner.column - 1 : column };
}

function movedNode(node: InputNode, to: Place): InputNode {
  const place = moved(node.place, to);
  if (node.kind === 'scalar') return { ...node, place };
  if (node.kind === 'list') return { ...node, place, items: node.items.map((item) => movedNode(item, to)) };
  const entries = node.entries.map(
    (entry): MapEntry => ({ key: entry.key, place: moved(entry.place, to), value: movedNode(entry.value, to) }),
  );
  return { ...node, place, entries };
}
