// Writes docs/settings.md and config/recursor.yml from the option table. Run after a build.
import { writeFileSync } from 'node:fs';
import { exampleFile, settingsPage } from '../dist/config/reference.js';

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsPage());
writeFileSync(new URL('../config/recursor.yml', import.meta.url), exampleFile());
