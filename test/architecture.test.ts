// Which folder of src/ may import what. An import that this table does not name fails here, with file and import.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Rule {
  /** Folders of src/ besides its own. */
  readonly folders: readonly string[];
  /** Packages and modules of Node.js; `@scope/*` and `node:*` stand for all of them. */
  readonly modules: readonly string[];
}

function rule(folders: string, modules = ''): Rule {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return { folders: words(folders), modules: words(modules) };
}

const pureAndMachines = 'wire ports dnssec cache iterator validator resolver explain fast-path';

const rules = new Map<string, Rule>([
  ['wire', rule('')],
  ['native', rule('', 'node:module koffi')],
  ['ports', rule('wire')],
  ['dnssec', rule('wire native', '@noble/* node:crypto node:module')],
  ['cache', rule('wire ports dnssec', 'lru-cache')],
  ['iterator', rule('wire ports cache explain')],
  ['validator', rule('wire dnssec cache')],
  ['resolver', rule('wire ports dnssec cache iterator validator explain')],
  ['explain', rule('wire dnssec')],
  ['fast-path', rule('wire')],
  ['upstream', rule('wire ports')],
  ['io', rule('wire native ports fast-path', 'node:*')],
  ['policy', rule('wire ports resolver')],
  ['server', rule('wire ports fast-path policy resolver')],
  ['telemetry', rule('wire ports dnssec explain', 'pino')],
  ['config', rule('wire dnssec', 'yaml node:fs node:net node:path')],
  ['lab', rule('wire dnssec ports', 'node:crypto node:dgram node:net')],
  ['control', rule('wire ports', 'node:fs node:net node:os node:path')],
  ['web', rule('wire ports explain', 'fastify prom-client node:*')],
  // What runs in the browser; of `web` it has the types of what is sent.
  ['web/pages', rule('explain web')],
  ['daemon', rule(`${pureAndMachines} upstream io policy server telemetry config lab control web`, 'node:*')],
  ['cli', rule('wire dnssec explain config control lab daemon web', 'commander node:*')],
  ['launch', rule('', 'node:*')],
]);

/** Files that may import more than their folder. */
const exceptions = new Map<string, readonly string[]>([
  ['wire/rdata-text.ts', ['dns-packet']],
  ['config/lua/lua-engine.ts', ['fengari', 'node:module']],
  // The program that it launches, once that is built.
  ['launch/launch.ts', ['import(PROGRAM_MODULES']],
]);

/** Files of src/ that lie in no folder, and the folders that they may import. */
const entryPoints = new Map<string, readonly string[]>([['cli.ts', ['cli']]]);

const source = fileURLToPath(new URL('../src', import.meta.url));

function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

const importForms = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /(?<![#.\w])import\(\s*['"]([^'"]+)['"]/g,
  // What is not written out cannot be checked, and is reported under its own text.
  /(?<![#.\w])(import\((?!\s*['"])[^)\n]*)/g,
];

/** What a file's text imports, as written. */
function importsOf(text: string): string[] {
  const withoutComments = text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  return importForms.flatMap((form) => Array.from(withoutComments.matchAll(form), (match) => match[1] ?? ''));
}

function matchesModule(pattern: string, specifier: string): boolean {
  return pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern;
}

/** The row of a file or target: a folder of src/, or a folder in one that has a row of its own. */
function folderOf(path: string): string | undefined {
  if (path.startsWith('web/pages/')) return 'web/pages';
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

function isAllowed(file: string, specifier: string): boolean {
  const folder = folderOf(file);
  const allowed = folder === undefined ? rule((entryPoints.get(file) ?? []).join(' ')) : rules.get(folder);
  if (allowed === undefined) return false;
  if (!specifier.startsWith('.')) {
    const modules = [...allowed.modules, ...(exceptions.get(file) ?? [])];
    return modules.some((pattern) => matchesModule(pattern, specifier));
  }
  const target = relative(source, join(source, dirname(file), specifier))
    .split(sep)
    .join('/');
  const targetFolder = folderOf(target) ?? '';
  return targetFolder === folder || allowed.folders.includes(targetFolder);
}

describe('imports', () => {
  const files = sourceFiles();

  it('the sources are found', () => {
    expect(files).toContain('wire/name.ts');
  });

  it('each folder of src/ has its row', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.slice(0, file.indexOf('/'))));
    expect([...folders].filter((folder) => !rules.has(folder))).toEqual([]);
    expect(files.filter((file) => !file.includes('/') && !entryPoints.has(file))).toEqual([]);
  });

  it('each file imports only what its row allows', () => {
    const violations = files.flatMap((file) =>
      importsOf(readFileSync(join(source, file), 'utf8'))
        .filter((specifier) => !isAllowed(file, specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(violations).toEqual([]);
  });

  it('the rows form no circle', () => {
    const done = new Set<string>();
    const visit = (folder: string, path: readonly string[]): void => {
      if (path.includes(folder)) throw new Error([...path, folder].join(' imports '));
      if (done.has(folder)) return;
      for (const next of rules.get(folder)?.folders ?? []) visit(next, [...path, folder]);
      done.add(folder);
    };
    for (const folder of rules.keys()) visit(folder, []);
    expect([...done].sort()).toEqual([...rules.keys()].sort());
  });
});

/** The rows of the table in docs/architecture.md, as rules; those of single files under their own path. */
function documentedRules(): Map<string, Rule> {
  const text = readFileSync(fileURLToPath(new URL('../docs/architecture.md', import.meta.url)), 'utf8');
  const documented = new Map<string, Rule>();
  for (const [, folder = '', cell = ''] of text.matchAll(/^\| `([\w/-]+)\/` \| [^|]* \| ([^|]*) \|$/gm)) {
    const modules: string[] = [];
    const folders: string[] = [];
    if (cell.startsWith('all but ')) {
      const but = Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name);
      folders.push(...[...rules.keys()].filter((other) => other !== folder && !but.includes(other)));
      modules.push(...cell.slice(cell.indexOf(';') + 1).split(','));
    } else {
      for (const part of cell.split(',').map((item) => item.trim())) {
        const [, module = '', file] = /^(\S+) \(in `([^`]+)` only\)$/.exec(part) ?? [];
        const isFolder = part.startsWith('`');
        if (file === undefined) (isFolder ? folders : modules).push(part.replaceAll('`', ''));
        else {
          const path = `${folder}/${file}`;
          documented.set(path, rule('', [...(documented.get(path)?.modules ?? []), module].join(' ')));
        }
      }
    }
    documented.set(folder, rule(folders.join(' '), modules.map((module) => module.trim()).join(' ')));
  }
  return documented;
}

describe('the table in docs/architecture.md', () => {
  const sorted = ({ folders, modules }: Rule) => ({ folders: [...folders].sort(), modules: [...modules].sort() });
  const inForce = new Map([
    ...[...rules].map(([folder, row]) => [folder, sorted(row)] as const),
    ...[...exceptions].map(([file, modules]) => [file, sorted({ folders: [], modules })] as const),
  ]);

  it('is the one in force', () => {
    const documented = new Map([...documentedRules()].map(([path, row]) => [path, sorted(row)] as const));
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(inForce));
  });
});

describe('this check itself', () => {
  const forms = [
    { text: "import { a } from './a.ts';", want: ['./a.ts'] },
    { text: "import type { A } from '../b/a.ts';", want: ['../b/a.ts'] },
    { text: "import {\n  a,\n  type B,\n} from './a.ts';", want: ['./a.ts'] },
    { text: "import * as a from 'yaml';", want: ['yaml'] },
    { text: "import a, { b } from 'pino';", want: ['pino'] },
    { text: "import './a.ts';", want: ['./a.ts'] },
    { text: "export { a } from './a.ts';", want: ['./a.ts'] },
    { text: "export * from './a.ts';", want: ['./a.ts'] },
    { text: "const a = await import('koffi');", want: ['koffi'] },
    { text: "type A = import('./a.ts').A;", want: ['./a.ts'] },
    { text: 'const a = await import(name);', want: ['import(name'] },
    { text: "const a = await import(\n  'koffi'\n);", want: ['koffi'] },
    { text: 'const key = this.#import();', want: [] },
    { text: "export const a = 'text from';\nconst b = 'x';", want: [] },
    { text: "// import { a } from './a.ts';\n * import('b')", want: [] },
  ];
  it.each(forms)('reads $text', ({ text, want }) => {
    expect(importsOf(text)).toEqual(want);
  });

  const verdicts = [
    { file: 'wire/name.ts', specifier: './reader.ts', want: true },
    { file: 'wire/name.ts', specifier: '../dnssec/rrsig.ts', want: false },
    { file: 'wire/name.ts', specifier: 'node:net', want: false },
    { file: 'wire/name.ts', specifier: 'dns-packet', want: false },
    { file: 'wire/rdata-text.ts', specifier: 'dns-packet', want: true },
    { file: 'dnssec/ecdsa.ts', specifier: '@noble/curves/nist.js', want: true },
    { file: 'dnssec/ecdsa.ts', specifier: 'node:fs', want: false },
    { file: 'iterator/iteration.ts', specifier: '../dnssec/verdict.ts', want: false },
    { file: 'cli/commands/serve.ts', specifier: '../main.ts', want: true },
    { file: 'cli/commands/serve.ts', specifier: '../../daemon/daemon.ts', want: true },
    { file: 'cli/commands/serve.ts', specifier: '../../resolver/task.ts', want: false },
    { file: 'daemon/daemon.ts', specifier: '../cli/main.ts', want: false },
    { file: 'cli.ts', specifier: './cli/main.ts', want: true },
    { file: 'cli.ts', specifier: './daemon/daemon.ts', want: false },
    { file: 'launch/launch.ts', specifier: '../cli/main.ts', want: false },
    { file: 'wire/name.ts', specifier: '../../test/support/clock.ts', want: false },
    { file: 'nowhere/a.ts', specifier: './b.ts', want: false },
    { file: 'web/pages/main.ts', specifier: '../../explain/drawing.ts', want: true },
    { file: 'web/pages/views/chain.ts', specifier: '../../target.ts', want: true },
    { file: 'web/pages/main.ts', specifier: 'node:fs', want: false },
    { file: 'web/server.ts', specifier: './pages/main.ts', want: false },
  ];
  it.each(verdicts)('$file imports $specifier: $want', ({ file, specifier, want }) => {
    expect(isAllowed(file, specifier)).toBe(want);
  });
});
