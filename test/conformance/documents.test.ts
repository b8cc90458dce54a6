// The documents that say what is tested where name files that exist.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));
const document = (name: string): string => readFileSync(`${projectFolder}docs/${name}`, 'utf8');

/** What stands in backticks. */
function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Cells of all table rows, without heads and rules. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('docs/rfcs.md', () => {
  const rows = rowsOf(document('rfcs.md')).filter(([first]) => first !== 'RFC');

  test('has a row for each RFC that the checklists name', () => {
    const named = rows.flatMap(([rfc = '']) => rfc.split(', ').map(Number));
    const wanted = [
      ...[1034, 1035, 2181, 2308, 3597, 4343, 4592, 6604, 6672, 8020, 8482, 9471, 9619],
      ...[6891, 7766, 7828, 7873, 9018, 9210, 9715, 5452, 9609, 9156, 9520, 8767, 4697],
      ...[3110, 3225, 4033, 4034, 4035, 4509, 5011, 5155, 5702, 6605, 6840, 7646, 8080, 8145, 8198, 8509, 8624],
      ...[9904, 9905, 9906, 9077, 9276, 9718, 9824, 8914, 9267, 8906],
      ...[6303, 6761, 6762, 7686, 7793, 8375, 8880, 9462, 9476, 9665],
    ];
    expect(wanted.filter((rfc) => !named.includes(rfc))).toEqual([]);
  });

  test.each(rows.map((cells) => ({ title: cells.slice(0, 3).join(' '), cells })))('$title', ({ cells }) => {
    const [, , what, source = '', tests = ''] = cells;
    expect(cells).toHaveLength(6);
    expect(what).not.toBe('');
    const paths = [...codeIn(source).map((path) => `src/${path}`), ...codeIn(tests).map((path) => `test/${path}`)];
    expect(codeIn(source).length).toBeGreaterThan(0);
    expect(codeIn(tests).length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(projectFolder + path))).toEqual([]);
  });
});

test('docs/conformance.md names test files that exist', () => {
  const paths = codeIn(document('conformance.md')).filter((code) => /^(test|src)\/\S+$/.test(code));
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(projectFolder + path))).toEqual([]);
});
