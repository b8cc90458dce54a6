// Makes dist/cli.js and dist/program/ out of the sources: the program in few files, because finding and reading two
// hundred modules takes longer than starting. What commands load when they are called stays in files of their own. The
// small packages that every start needs are taken in, with their licences; the others are loaded from node_modules.
//
// The same once more as one script, for a cache of V8's code for the Node.js that builds: `src/launch/` takes it where it
// fits, and the modules elsewhere.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: 'string', default: join(root, 'dist') } } });
const folder = join(values.outdir, 'program');

/** Has a native part, or is loaded by few. */
const LEFT_OUTSIDE = ['koffi', 'fengari', '@noble/*'];
/** Parts of fastify that the web server never calls for: requests are checked by src/web/schema-check.ts. */
const NEVER_LOADED = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/**
 * What is loaded when it is called for makes files: modules that the same of these need go into one. To find and read
 * a file takes a millisecond of each start of the server, which would need some forty. So commands of one kind are one
 * part, and parts that need most of the server anyway, or are only loaded by it, take all of it.
 */
const TOGETHER = [
  ['ctl', 'query', 'top'],
  ['check-config', 'convert-config'],
];
const WITH_SERVER = [
  'explain',
  'lab',
  'anchor-import',
  'anchor-list',
  'online-advice',
  'tamper',
  'web-powerdns',
  'web-store',
  'load-app',
  'app',
  'metrics',
];

/** @type {import('esbuild').Plugin} */
const fewFiles = {
  name: 'few files',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\.\.?\// }, async ({ kind, path, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'resolved') return undefined;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'resolved' });
      const part = basename(found.path, '.ts');
      const group = TOGETHER.find((names) => names.includes(part));
      if (group !== undefined) return { path: group.join('+'), namespace: 'together', pluginData: resolveDir };
      return WITH_SERVER.includes(part) ? { path: found.path, namespace: 'with-server' } : found;
    });
    onLoad({ filter: /.*/, namespace: 'together' }, ({ path }) => ({
      contents: path
        .split('+')
        .map((name) => `export * from './${name}.ts';`)
        .join('\n'),
      resolveDir: join(root, 'src/cli/commands'),
    }));
    onLoad({ filter: /.*/, namespace: 'with-server' }, ({ path }) => ({
      contents: `import './serve.ts';\nexport * from ${JSON.stringify(path)};`,
      resolveDir: join(root, 'src/cli/commands'),
    }));
  },
};

/** Longest time for the cache of V8's code. */
const COMPILE_MS = 30_000;

/** Packages that are CommonJS call `require` for modules of Node. */
const REQUIRE =
  "import { createRequire as requireMaker } from 'node:module';\nconst require = requireMaker(import.meta.url);";

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: [...LEFT_OUTSIDE, ...NEVER_LOADED],
  // Names stay as they are: the stacks of faults are read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
const mapped = { sourcemap: 'linked', sourcesContent: false };

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  ...mapped,
  // The second is where further threads begin; src/io/batch/client-threads.ts looks for it beside itself.
  entryPoints: { kedge: 'src/cli.ts', 'client-thread-entry': 'src/io/batch/client-thread-entry.ts' },
  outdir: folder,
  splitting: true,
  format: 'esm',
  banner: { js: REQUIRE },
  plugins: [fewFiles],
});

const whole = await build({
  ...common,
  ...mapped,
  entryPoints: { whole: 'src/cli.ts' },
  entryNames: '[name]-[hash]',
  outdir: folder,
  format: 'cjs',
  charset: 'ascii',
  // A script has no `import()` of its own.
  supported: { 'dynamic-import': false },
  // What a module finds around it; modules are strict.
  define: { 'import.meta.url': 'location' },
  banner: { js: "(function(require,location){'use strict';" },
  footer: { js: '})' },
});
const script = Object.keys(whole.metafile.outputs).find((file) => file.endsWith('.js')) ?? '';

/** Folders of the packages that were taken in. */
const packages = new Set(
  Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((found) => found !== undefined),
);
const notices = [...packages].sort().map((found) => {
  const { name, version } = JSON.parse(readFileSync(join(root, found, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${licenceOf(join(root, found))}`;
});
writeFileSync(join(folder, 'LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));

const command = join(values.outdir, 'cli.js');
await build({
  ...common,
  entryPoints: ['src/launch/launch.ts'],
  outfile: command,
  format: 'esm',
  external: ['./program/*'],
  define: {
    PROGRAM_SCRIPT: JSON.stringify(`./program/${basename(script)}`),
    PROGRAM_MODULES: JSON.stringify('./program/kedge.js'),
  },
});
rmSync(`${command}.map`, { force: true });
chmodSync(command, 0o755);

// Without a cache the program starts as well, but more slowly.
const workplace = mkdtempSync(join(tmpdir(), 'kedge-build-'));
const compiling = spawnSync(process.execPath, [join(root, 'scripts/compile.mjs'), join(root, script), workplace], {
  stdio: ['ignore', 'ignore', 'pipe'],
  encoding: 'utf8',
  timeout: COMPILE_MS,
  killSignal: 'SIGKILL',
  // The cache is for a Node.js without switches.
  env: { ...process.env, NODE_OPTIONS: '' },
});
rmSync(workplace, { recursive: true, force: true });
if (compiling.status !== 0) {
  const why = compiling.error?.message ?? compiling.stderr.trim().slice(-2000);
  console.warn(`No cache of V8's code could be made, so that starts take longer: ${why}`);
}

/** The text of a package's licence, or its word that it is the MIT one; without any it is not to be taken in. */
function licenceOf(found) {
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']) {
    try {
      return readFileSync(join(found, file), 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  const { license, author } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'));
  if (license !== 'MIT') throw new Error(`no licence in ${found}`);
  return `The MIT License. Copyright ${author}\n`;
}
