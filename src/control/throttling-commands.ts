// Servers that are never throttled, and their cookies.
import { parseAddress } from '../wire/address-text.ts';
import { nameTextWithoutDot, parseName } from '../wire/name-text.ts';
import { type Command, type CommandAnswer, done, failed } from './command.ts';
import type { ControlTarget } from './target.ts';

/** A list of texts that can be looked at, added to and cleared. */
interface ListRow {
  /** `names`, `netmasks`. */
  readonly kind: string;
  /** In answers. */
  readonly list: string;
  readonly of: (target: ControlTarget) => Set<string>;
  /** The canonical text of an entry, or what is wrong with it. */
  readonly read: (word: string) => { readonly text: string } | { readonly error: string };
}

function readName(word: string): { text: string } | { error: string } {
  const parsed = parseName(word);
  return parsed.ok ? { text: nameTextWithoutDot(parsed.name.toLowerCase()) } : { error: parsed.error };
}

function readNetmask(word: string): { text: string } | { error: string } {
  const [address = '', length, ...more] = word.split('/');
  const octets = parseAddress(address);
  const error = { error: 'it is no network such as 192.0.2.0/24 or 2001:db8::/32' };
  if (octets === undefined || more.length > 0) return error;
  const bits = octets.length * 8;
  if (length === undefined) return { text: `${address}/${bits}` };
  return /^[0-9]{1,3}$/.test(length) && Number(length) <= bits ? { text: `${address}/${Number(length)}` } : error;
}

/** All entries in canonical form, or the answer that says what is wrong; nothing is done by halves. */
function readAll({ read }: ListRow, words: readonly string[], undone: string): string[] | CommandAnswer {
  const texts: string[] = [];
  for (const word of words) {
    const entry = read(word);
    if ('error' in entry) return failed(`Problem parsing '${word}': ${entry.error}, ${undone}`);
    texts.push(entry.text);
  }
  return texts;
}

function listCommands(row: ListRow): Command[] {
  const { kind, list, of } = row;
  return [
    {
      name: `get-dont-throttle-${kind}`,
      help: `List the ${list} that may not be throttled.`,
      run: ({ target }) => done([...of(target)].sort().join(' ')),
    },
    {
      name: `add-dont-throttle-${kind}`,
      usage: `${kind.slice(0, -1).toUpperCase()}...`,
      help: `Add to the ${list} that may not be throttled.`,
      run: ({ target, args }) => {
        if (args.length === 0) return failed(`No ${kind} specified, keeping existing list`);
        const texts = readAll(row, args, 'nothing added');
        if (!Array.isArray(texts)) return texts;
        for (const text of texts) of(target).add(text);
        return done(`Added ${texts.join(', ')} to the list of ${list} that may not be throttled`);
      },
    },
    {
      name: `clear-dont-throttle-${kind}`,
      usage: `${kind.slice(0, -1).toUpperCase()}...`,
      help: `Remove from the ${list} that may not be throttled; '*' means all.`,
      run: ({ target, args }) => {
        if (args.length === 0) return failed(`No ${kind} specified, doing nothing.`);
        if (args.length === 1 && args[0] === '*') {
          of(target).clear();
          return done(`Cleared list of ${list} that may not be throttled`);
        }
        if (args.includes('*')) return failed(`Please don't mix '*' with other ${kind}, nothing removed`);
        const texts = readAll(row, args, 'nothing removed');
        if (!Array.isArray(texts)) return texts;
        for (const text of texts) of(target).delete(text);
        return done(`Removed ${texts.join(', ')} from the list of ${list} that may not be throttled`);
      },
    },
  ];
}

export const throttlingCommands: readonly Command[] = [
  ...listCommands({
    kind: 'names',
    list: 'nameserver names',
    of: (target) => target.dontThrottleNames,
    read: readName,
  }),
  ...listCommands({
    kind: 'netmasks',
    list: 'nameserver netmasks',
    of: (target) => target.dontThrottleNetmasks,
    read: readNetmask,
  }),
  {
    name: 'clear-cookies',
    usage: '[IP...]',
    help: 'Taken for compatibility: there is no cookie table.',
    run: () => done('Cleared 0 entries from cookies table'),
  },
  {
    name: 'add-cookies-unsupported',
    usage: '[IP...]',
    help: 'Taken for compatibility: there is no cookie table.',
    run: () => done('Added 0 entries to cookies table'),
  },
];
