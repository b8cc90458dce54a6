// Which of the two languages a configuration file is written in, found by its content (POWERDNS 1.1).
import { extname } from 'node:path';

export type FileFormat = 'yaml' | 'old-style';

/** What can stand at the start of a YAML file of sections: a key, a mapping in braces, a document mark, a directive. */
const yamlStart = /^(?:["']?[A-Za-z_][\w-]*["']?\s*:(?:\s|$)|\{|---|%|- )/;

/**
 * The first line that is neither empty nor a comment decides, so that a file with a mistake further down is still read, and
 * its mistake reported, in its own language. A file without such a line, or with a word that fits both, goes by its name.
 */
export function fileFormat(text: string, file: string): FileFormat {
  for (const line of text.replace(/^\uFEFF/, '').split('\n', 100_000)) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    if (yamlStart.test(content)) return 'yaml';
    if (/^[A-Za-z][\w.-]*\s*\+?=/.test(content)) return 'old-style';
    break;
  }
  return ['.yml', '.yaml'].includes(extname(file)) ? 'yaml' : 'old-style';
}
