// Numbers: metrics by name, the most frequent names and addresses, and the queries under way.

import type { RankingName } from '../ports/rankings.ts';
import { typeText } from '../wire/constants.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { type Command, type CommandAnswer, type CommandCall, done } from './command.ts';
import type { CurrentQuery } from './target.ts';

/** Lines of a top list, and rows of `current-queries`. */
const MAX_TOP_LINES = 20;
const MAX_CURRENT_ROWS = 100;

function get({ target, args }: CommandCall): CommandAnswer {
  const metrics = target.metrics();
  // Dashboards know the names with underscores: both forms are understood.
  const values = args.map((name) => metrics.get(name.toLowerCase().replaceAll('_', '-')) ?? 'UNKNOWN');
  return values.length === 0 ? { exit: 0, text: '' } : done(values.join('\n'));
}

function getAll({ target }: CommandCall): CommandAnswer {
  const rows = [...target.metrics()].sort(([a], [b]) => (a < b ? -1 : 1));
  return done(rows.map(([name, value]) => `${name}\t${value}`).join('\n'));
}

function top(ranking: RankingName, help: string): Command {
  return {
    name: `top-${ranking}`,
    help,
    run: ({ target }) => {
      const { total, entries } = target.ranking(ranking);
      if (total === 0) return done('No qualifying data available');
      const share = (count: number, text: string) => `${((100 * count) / total).toFixed(2)}%\t${text}`;
      const shown = entries.slice(0, MAX_TOP_LINES);
      const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
      const lines = shown.map(({ text, count }) => share(count, text));
      return done([`Over last ${total} entries:`, ...lines, '', share(rest, 'rest')].join('\n'));
    },
  };
}

/** Columns begin at these places; what is longer pushes the rest to the right. */
const COLUMNS = [40, 47, 63, 68, 78] as const;

function row(cells: readonly string[]): string {
  return cells.reduce((text, cell, index) => `${text} `.padEnd(COLUMNS[index - 1] ?? 0) + cell);
}

function queryRow({ name, type, client, transport, spentMs }: CurrentQuery): string {
  const isTcp = transport === 'tcp' ? 'Y' : 'n';
  // Who waits for the same question is no row of its own here, so nothing is ever chained.
  return row([nameTextWithoutDot(name), typeText(type), client, isTcp, 'n', String(Math.round(spentMs))]);
}

function currentQueries({ target }: CommandCall): CommandAnswer {
  const queries = target.currentQueries();
  const header = row(['qname', 'qtype', 'remote', 'tcp', 'chained', 'spent(ms)']);
  const rows = queries.slice(0, MAX_CURRENT_ROWS).map(queryRow);
  return done([`${queries.length} currently outstanding questions`, header, ...rows, ' - done'].join('\n'));
}

function queryTypes({ target }: CommandCall): CommandAnswer {
  const lines = target.queryTypes().map(({ type, count }) => `${typeText(type)}\t${count}`);
  return lines.length === 0 ? { exit: 0, text: '' } : done(lines.join('\n'));
}

export const statisticsCommands: readonly Command[] = [
  {
    name: 'overview',
    help: 'Print the numbers that kedge top shows, as JSON.',
    run: ({ target }) => done(target.overview()),
  },
  { name: 'get', usage: 'NAME...', help: 'Print the values of metrics.', run: get },
  { name: 'get-all', help: 'Print all metrics.', run: getAll },
  top('queries', 'Show the questions asked most.'),
  top('pub-queries', 'Show the domains asked for most.'),
  top('remotes', 'Show the clients that ask most.'),
  top('servfail-queries', 'Show the questions that fail most.'),
  top('servfail-remotes', 'Show the clients that get most failures.'),
  top('bogus-queries', 'Show the questions found bogus most.'),
  top('bogus-remotes', 'Show the clients that get most bogus results.'),
  top('pub-servfail-queries', 'Show the domains that fail most.'),
  top('pub-bogus-queries', 'Show the domains found bogus most.'),
  top('largeanswer-remotes', 'Show the clients that get most large replies.'),
  top('timeouts', 'Show the servers that time out most.'),
  { name: 'current-queries', help: 'Show the queries under way.', run: currentQueries },
  { name: 'get-qtypelist', help: 'Count the queries by type.', run: queryTypes },
];
