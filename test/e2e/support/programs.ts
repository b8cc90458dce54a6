/**
 * The programs an end-to-end file needs. Where one is missing the file is skipped with a message; with CI=true it fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** Debian package of each program, for the message. */
const PACKAGES = {
  chromium: 'chromium',
  curl: 'curl',
  delv: 'bind9-dnsutils',
  dig: 'bind9-dnsutils',
  drill: 'ldnsutils',
  gcc: 'gcc',
  ip: 'iproute2',
  knotd: 'knot',
  kresd: 'knot-resolver',
  'ldns-keygen': 'ldnsutils',
  'ldns-signzone': 'ldnsutils',
  'musl-gcc': 'musl-tools',
  named: 'bind9',
  nsd: 'nsd',
  pdns_recursor: 'pdns-recursor',
  pdns_server: 'pdns-server',
  pdnsutil: 'pdns-server',
  promtool: 'prometheus',
  rec_control: 'pdns-recursor',
  setpriv: 'util-linux',
  sqlite3: 'sqlite3',
  unbound: 'unbound',
} as const;

export type Program = keyof typeof PACKAGES;

/** What every file needs: the namespace, the private root's signer and server, and the askers. */
const BASE_PROGRAMS: readonly Program[] = [
  'ip',
  'setpriv',
  'nsd',
  'ldns-keygen',
  'ldns-signzone',
  'dig',
  'delv',
  'drill',
];

const SEARCHED_FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of a program, or undefined where it is not installed. */
export function findProgram(program: Program): string | undefined {
  for (const folder of SEARCHED_FOLDERS) {
    if (folder === '') continue;
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Absolute path of a program; throws where it is not installed. */
export function programPath(program: Program): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed (Debian package ${PACKAGES[program]})`);
  return path;
}

/** Why the tests cannot run here, one phrase per reason; empty when they can. */
function findObstacles(programs: readonly Program[]): string[] {
  const obstacles: string[] = [];
  for (const program of new Set([...BASE_PROGRAMS, ...programs])) {
    if (findProgram(program) === undefined) obstacles.push(`${program} (package ${PACKAGES[program]})`);
  }
  if (obstacles.length === 0) {
    const trial = `kedge-trial-${process.pid}`;
    const ip = programPath('ip');
    if (spawnSync(ip, ['netns', 'add', trial]).status !== 0) obstacles.push('the right to make network namespaces');
    else spawnSync(ip, ['netns', 'delete', trial]);
  }
  return obstacles;
}

/** A `describe` for tests that need `programs` beside the basic ones. */
export function describeWithPrograms(title: string, programs: readonly Program[], body: () => void): void {
  const wanted: readonly Program[] =
    process.env['KEDGE_E2E_RESOLVER'] === 'unbound' ? [...programs, 'unbound'] : programs;
  const obstacles = findObstacles(wanted);
  if (obstacles.length === 0) {
    describe(title, body);
    return;
  }
  const reason = `needs ${obstacles.join(', ')}`;
  if (process.env['CI'] === 'true') {
    it(`${title} ${reason}`, () => {
      throw new Error(`${title} ${reason}`);
    });
    return;
  }
  console.warn(`skipped: ${title} ${reason}`);
  describe.skip(`${title} (${reason})`, body);
}
