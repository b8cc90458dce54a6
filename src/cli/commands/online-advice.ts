// What the forwarders of a configuration showed, as advice with the lines to paste.

import { ConfigError } from '../../config/config-error.ts';
import { loadConfigAt } from '../../config/source.ts';
import { checkOnline, type OnlineFinding } from '../../daemon/online-check.ts';
import { StartError } from '../../daemon/start-error.ts';
import type { Terminal } from '../terminal.ts';

/** Asks and prints; false when the configuration cannot be used, which `check-config` has said already. */
export async function adviseOnline(path: string, json: boolean, terminal: Terminal): Promise<boolean> {
  const loaded = loadConfigAt(path);
  if (loaded instanceof ConfigError || !loaded.result.ok) return false;
  try {
    const findings = await checkOnline(loaded.result.config);
    terminal.out(json ? `${JSON.stringify({ online: findings }, undefined, 2)}\n` : adviceText(findings));
    return true;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    terminal.error(`kedge: ${error.message} ${error.remedy}\n`);
    return false;
  }
}

/** The advice for people: each finding, and below it the lines for each kind of file. */
export function adviceText(findings: readonly OnlineFinding[]): string {
  if (findings.length === 0) return 'online: the root servers and all forwarders answer as they should\n';
  const lines = findings.flatMap(({ level, message, zone, details, remedy, lua, yaml }) => [
    `online ${level === 'warn' ? 'warning' : 'advice'}: ${zone === undefined ? '' : `${zone} `}${message}`,
    ...details.map((detail) => `    ${detail}`),
    ...(remedy === undefined ? [] : [`    remedy: ${remedy}`]),
    ...(lua === undefined
      ? []
      : [
          `    recursor.lua:  ${lua}`,
          '    recursor.conf: lua-config-file=/etc/powerdns/recursor.lua (with the line above in it)',
        ]),
    ...(yaml === undefined ? [] : [`    recursor.yml:  ${yaml}`]),
  ]);
  return `${lines.join('\n').replace(/[^\n\x20-\x7e]/g, '?')}\n`;
}
