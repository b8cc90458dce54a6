// The pages of the web server: one script and one style sheet, without anything from elsewhere, in dist/web/pages/.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../src/web/pages/', import.meta.url));
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: 'string', default: dist } } });
const target = join(values.outdir, 'web', 'pages');

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
await build({
  entryPoints: [`${source}main.ts`, `${source}theme.ts`, `${source}style.css`],
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // Escaped, so that no declaration of an encoding is needed.
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) copyFileSync(join(source, file), join(target, file));
