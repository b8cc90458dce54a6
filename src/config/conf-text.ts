// The lines of an old-style `recursor.conf`: `name=value`, `name+=value`, `name` alone; comments; continued lines.
import type { Findings } from './findings.ts';
import type { Place } from './input.ts';
import { LocatedText } from './located-text.ts';

/** One setting of a file, as written. */
export interface ConfSetting {
  readonly name: string;
  /** Of the name. */
  readonly place: Place;
  /** Without outer white space; empty for a name alone. */
  readonly value: LocatedText;
  /** `name+=value`: joins what an earlier line says. */
  readonly isIncrement: boolean;
}

/** Longest file read, in characters. */
const MAX_TEXT_LENGTH = 16_777_216;

/** The settings of an old-style text, in its order. */
export function confSettings(text: string, file: string, findings: Findings): ConfSetting[] {
  if (text.length > MAX_TEXT_LENGTH) {
    findings.error({ file, line: 1, column: 1 }, '', 'the file is larger than 16 MiB');
    return [];
  }
  return logicalLines(text, file).flatMap((parts) => {
    const line = LocatedText.joined(parts);
    const comment = line.text.search(/(?<=^|\s)#/);
    if (comment !== -1) warnOfSwallowedLines(parts, comment, findings);
    const content = (comment === -1 ? line : line.slice(0, comment)).trimmed();
    return content.text === '' ? [] : [settingOf(content)];
  });
}

/** Lines with those that a backslash at their end joins to them; white space after it does not count. */
function logicalLines(text: string, file: string): LocatedText[][] {
  const lines: LocatedText[][] = [];
  let parts: LocatedText[] = [];
  text.split('\n').forEach((physical, index) => {
    const start = index === 0 && physical.startsWith('\uFEFF') ? 1 : 0;
    const content = physical.slice(start).trimEnd();
    const isContinued = content.endsWith('\\');
    parts.push(LocatedText.at(isContinued ? content.slice(0, -1) : content, { file, line: index + 1, column: 1 }));
    if (isContinued) return;
    lines.push(parts);
    parts = [];
  });
  if (parts.length > 0) lines.push(parts);
  return lines;
}

/** A comment that ends in a backslash goes on in the next line, whatever stands there. */
function warnOfSwallowedLines(parts: readonly LocatedText[], comment: number, findings: Findings): void {
  let offset = 0;
  for (const part of parts) {
    if (offset > comment && !/^\s*(#|$)/.test(part.text)) {
      findings.warn(part.place, '', 'this line belongs to the comment above it, which ends in a backslash');
    }
    offset += part.text.length;
  }
}

function settingOf(line: LocatedText): ConfSetting {
  const equals = line.text.indexOf('=');
  if (equals === -1) {
    return { name: line.text, place: line.place, value: line.slice(line.text.length), isIncrement: false };
  }
  const isIncrement = line.text[equals - 1] === '+';
  const name = line.text.slice(0, isIncrement ? equals - 1 : equals).trim();
  return { name, place: line.place, value: line.slice(equals + 1).trimmed(), isIncrement };
}
