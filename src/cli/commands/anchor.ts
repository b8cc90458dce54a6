// The commands below `kedge anchor`.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import type { ImportOptions } from './anchor-import.ts';
import type { ListOptions } from './anchor-list.ts';

const CONFIG_HELP = 'configuration file or directory; else that of /etc/kedge or /etc/powerdns';
/** As the other commands have it. */
const DIRECTORY_HELP = 'directory of the configuration, as --config';

interface WithDirectory {
  readonly configDir?: string;
}

/** Adds the commands to the program. */
export function addAnchorCommands(program: Command, terminal: Terminal, exitWith: (code: number) => void): void {
  const anchor = program.command('anchor').description('trust anchors: import, list, show');
  anchor
    .command('import')
    .description('fetch the keys of a zone, show them, and add them to the configuration as trust anchors')
    .argument('<words...>', 'ZONE [@SERVER[:PORT]]...; without a server the forwarders of the zone')
    .option('--config <path>', CONFIG_HELP)
    .option('--config-dir <directory>', DIRECTORY_HELP)
    .option('--file <file>', 'write to this file: recursor.lua, or a YAML file')
    .option('--digest <type>', 'digest of the DS: 2 (SHA-256) or 4 (SHA-384)')
    .option('--yes', 'write without asking')
    .option('--json', 'print JSON')
    .action(async (words: string[], options: ImportOptions & WithDirectory) => {
      const { anchorImport } = await import('./anchor-import.ts');
      exitWith(await anchorImport(words, placed(options), terminal));
    });
  anchor
    .command('list')
    .description('every anchor, where it comes from, and whether the zone still has its key')
    .option('--config <path>', CONFIG_HELP)
    .option('--config-dir <directory>', DIRECTORY_HELP)
    .option('--json', 'print JSON')
    .action(async (options: ListOptions & WithDirectory) => {
      const { anchorList } = await import('./anchor-list.ts');
      exitWith(await anchorList(placed(options), terminal));
    });
  anchor
    .command('show')
    .description('one zone: its keys, its anchors, and the lines that would trust it')
    .argument('<zone>')
    .option('--config <path>', CONFIG_HELP)
    .option('--config-dir <directory>', DIRECTORY_HELP)
    .option('--json', 'print JSON')
    .action(async (zone: string, options: ListOptions & WithDirectory) => {
      const { anchorShow } = await import('./anchor-list.ts');
      exitWith(await anchorShow(zone, placed(options), terminal));
    });
}

function placed<T extends { readonly config?: string | undefined }>(options: T & WithDirectory): T {
  return { ...options, config: options.config ?? options.configDir };
}
