// Adds `addTA` lines to the text of a Lua configuration file; every other character stays.
import type { DomainName } from '../../wire/name.ts';
import { luaCall } from './anchor-lines.ts';

/**
 * The text with one `addTA` line for each DS content at its end, where no earlier `clearTA` can undo it: before a final
 * `return`, after which Lua allows nothing. `remark` becomes a comment on each line.
 */
export function withLuaAnchors(text: string, zone: DomainName, dsTexts: readonly string[], remark: string): string {
  const newline = /\r\n/.test(text) ? '\r\n' : '\n';
  const comment = remark === '' ? '' : ` -- ${remark.replace(/[^\x20-\x7e]/g, '?')}`;
  const added = dsTexts.map((ds) => `${luaCall('addTA', zone, ds)}${comment}${newline}`).join('');
  const end = insertionPoint(text);
  const before = text.slice(0, end);
  const separator = before === '' || before.endsWith('\n') ? '' : newline;
  return `${before}${separator}${added}${text.slice(end)}`;
}

/** The end of the text, or the start of the line of its final `return`. */
function insertionPoint(text: string): number {
  let end = text.length;
  let lineEnd = text.length;
  while (lineEnd > 0) {
    const lineStart = text.lastIndexOf('\n', lineEnd - 1) + 1;
    const line = text.slice(lineStart, lineEnd).trim();
    if (/^return\b/.test(line)) end = lineStart;
    if (line !== '' && !line.startsWith('--')) break;
    lineEnd = lineStart - 1;
  }
  return end;
}
