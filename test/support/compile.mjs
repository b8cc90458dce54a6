// Programs under test/ are TypeScript, which Node 20 does not run: they are compiled into node_modules/.cache first.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles `entry`, a path from the project's folder such as `test/fuzz/main.ts`, with all that it imports. Returns the
 * file that stands for it. Types are not checked: `npm run typecheck` does that.
 */
export function compile(entry) {
  const folder = join(projectFolder, 'node_modules/.cache/kedge', entry.replace(/\W+/g, '-'));
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'tsconfig.json');
  const config = {
    extends: join(projectFolder, 'tsconfig.json'),
    compilerOptions: {
      noCheck: true,
      sourceMap: false,
      rootDir: projectFolder,
      outDir: folder,
      typeRoots: [join(projectFolder, 'node_modules/@types')],
    },
    include: [],
    files: [join(projectFolder, entry)],
  };
  writeFileSync(configFile, JSON.stringify(config));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', configFile], { stdio: 'inherit' });
  // Beside the compiled files stands no package.json that would make them modules.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  return join(folder, entry.replace(/\.ts$/, '.js'));
}

/** Compiles `entry` and runs what it exports as `main(args, projectFolder)`; the process ends with the code it gives. */
export async function runCompiled(entry) {
  const { main } = await import(pathToFileURL(compile(entry)).href);
  process.exit(await main(process.argv.slice(2), projectFolder));
}
