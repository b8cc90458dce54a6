// Writes docs/causes.md from the table of causes. Run after a build.
import { writeFileSync } from 'node:fs';
import { causesPage } from '../dist/explain/causes-page.js';

writeFileSync(new URL('../docs/causes.md', import.meta.url), causesPage());
