// `kedge lab` and `kedge tamper` in this process, on real sockets.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { lab } from '../../src/cli/commands/lab.ts';
import { labTable } from '../../src/cli/commands/lab-table.ts';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { tamper } from '../../src/cli/commands/tamper.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import { ExitCode } from '../../src/cli/terminal.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import { buildLab } from '../../src/lab/lab-internet.ts';
import { RRClass, RRType, rcodeText } from '../../src/wire/constants.ts';
import { extendedErrors } from '../../src/wire/edns.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { freePort } from '../support/free-port.ts';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-lab-test-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

class RecordingTerminal {
  text = '';
  errors = '';
  out = (text: string): void => {
    this.text += text;
  };
  error = (text: string): void => {
    this.errors += text;
  };
}

/** `SERVFAIL`, or `NOERROR AD`, and the extended error. */
async function asked(name: string, type: number, server: { address: string; port: number }): Promise<string> {
  const question = { name: nameOf(name), type, class: RRClass.IN };
  const result = await askServer(question, server, { ...defaultQueryOptions, timeoutMs: 10_000, tries: 1 });
  if (!result.ok) return result.error;
  const { message } = result;
  const flag = (message.header.flags & HeaderFlag.AD) !== 0 ? ' AD' : '';
  const error = extendedErrors(message.edns)[0]?.code;
  return `${rcodeText(message.rcode)}${flag}${error === undefined ? '' : ` EDE ${error}`}`;
}

/** Runs the lab while `during` works with it. */
async function inLab(
  flags: Parameters<typeof lab>[0],
  during: (terminal: RecordingTerminal) => Promise<void>,
): Promise<RecordingTerminal> {
  const terminal = new RecordingTerminal();
  let failure: unknown;
  const exitCode = await lab(flags, terminal, () =>
    during(terminal).catch((error: unknown) => {
      failure = error;
    }),
  );
  if (failure !== undefined) throw failure;
  expect(exitCode, terminal.errors).toBe(ExitCode.SUCCESS);
  return terminal;
}

describe('kedge lab', () => {
  test('is there at once', async () => {
    const before = process.cpuUsage();
    let used = process.cpuUsage(before);
    await inLab({ port: String(await freePort()) }, async () => {
      used = process.cpuUsage(before);
    });
    // Time of this process, so that others on the machine do not count: 2 s are promised for all of it, start included.
    expect((used.user + used.system) / 1e6).toBeLessThan(1.5);
  });

  test('answers on its port, with its own zone files beside the others', async () => {
    const [port, folder] = [await freePort(), newFolder()];
    const file = join(folder, 'home.zone');
    writeFileSync(file, '$TTL 300\n@ SOA ns1 admin 1 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\nnas A 192.0.2.9\n');
    const server = { address: '127.0.0.1', port };
    const terminal = await inLab({ port: String(port), zone: [file] }, async () => {
      expect(await asked('nsec3-answer.good.lab', RRType.A, server)).toBe('NOERROR AD');
      expect(await asked('expired.bad.lab', RRType.A, server)).toBe('SERVFAIL EDE 7');
      expect(await asked('ds-mismatch.bad.lab', RRType.A, server)).toBe('SERVFAIL EDE 9');
      expect(await asked('unsigned.insecure.lab', RRType.A, server)).toBe('NOERROR');
      expect(await asked('no-anchor.private', RRType.A, server)).toBe('SERVFAIL EDE 6');
      expect(await asked('nas.home.lab', RRType.A, server)).toBe('NOERROR AD');
      expect(await asked('ghost.home.lab', RRType.A, server)).toBe('NXDOMAIN AD');
    });
    expect(terminal.text).toContain(`port ${port}`);
    expect(terminal.text).toContain('home.lab SOA');
  });

  test('--serve-only writes a configuration for each resolver; that of kedge is in order', async () => {
    const folder = newFolder();
    const port = await freePort();
    await inLab({ serveOnly: true, port: String(port), dir: folder }, async () => {
      expect(await asked('expired.bad.lab', RRType.A, { address: '127.0.0.1', port })).toBe('NOERROR');
    });
    const files = ['kedge/recursor.yml', 'unbound/unbound.conf', 'bind/named.conf', 'knot/kresd.conf'];
    for (const file of [...files, 'powerdns/recursor.conf', 'powerdns/anchors.lua', 'root.hints', 'anchors.ds']) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    const result = loadConfigFile(join(folder, 'kedge/recursor.yml'));
    expect(result.ok ? result.warnings : result.errors).toEqual([]);
    expect(readFileSync(join(folder, 'anchors.ds'), 'utf8')).toMatch(/^\. \d+ IN DS /);
  });

  const mistakes = [
    { name: 'a port that is none', flags: { port: '99999' }, exit: ExitCode.USAGE, error: "'99999' is no port" },
    {
      name: 'a zone file that is not there',
      flags: { zone: ['/nowhere/x.zone'] },
      exit: ExitCode.BAD,
      error: 'cannot read',
    },
  ];
  for (const { name, flags, exit, error } of mistakes) {
    test(`${name} is told`, async () => {
      const terminal = new RecordingTerminal();
      expect(await lab(flags, terminal, () => Promise.resolve())).toBe(exit);
      expect(terminal.errors).toContain(error);
    });
  }

  test('a zone file with a mistake is told with its line', async () => {
    const file = join(newFolder(), 'bad.zone');
    writeFileSync(file, '@ SOA ns1 admin 1 3600 600 86400 60\nwww A 192.0.2.300\n');
    const terminal = new RecordingTerminal();
    expect(await lab({ zone: [file] }, terminal, () => Promise.resolve())).toBe(ExitCode.BAD);
    expect(terminal.errors).toContain('2');
  });

  test('the table has a line for each zone', () => {
    const { zones } = buildLab({ nowSeconds: 1_767_225_600 });
    const table = labTable(zones);
    for (const { question } of zones) expect(table).toContain(question.name.replace(/\.$/, ''));
  });
});

describe('kedge tamper', () => {
  test('shows that each change is refused, and leaves nothing behind', async () => {
    const [port, folder] = [await freePort(), newFolder()];
    await inLab({ port: String(port), dir: folder }, async () => {
      const terminal = new RecordingTerminal();
      const exitCode = await tamper(['anchored.private'], { socketDir: folder }, terminal, () => new Promise(() => {}));
      expect(exitCode, terminal.text + terminal.errors).toBe(ExitCode.SUCCESS);
      expect(terminal.text.match(/refused: /g)).toHaveLength(8);
      expect(terminal.text).toContain('Its own servers are asked again: anchored.private is secure.');
      expect(await asked('anchored.private', RRType.A, { address: '127.0.0.1', port })).toBe('NOERROR AD');
    });
  });

  test('says of a zone without anchor that nothing protects it', async () => {
    const [port, folder] = [await freePort(), newFolder()];
    await inLab({ port: String(port), dir: folder }, async () => {
      const terminal = new RecordingTerminal();
      const words = ['negative-anchor.private', 'negative-anchor.private'];
      expect(await tamper(words, { socketDir: folder }, terminal, () => new Promise(() => {}))).toBe(ExitCode.BAD);
      expect(terminal.text).toContain('Nothing protects this zone');
    });
  });

  const refusals = [
    { name: 'a zone that is not forwarded', words: ['good.lab'], error: 'good.lab is no forward zone; there are: ' },
    {
      name: 'a way that nobody knows',
      words: ['anchored.private'],
      how: 'melt',
      error: "'melt' is no way of tampering",
    },
  ];
  for (const { name, words, how, error } of refusals) {
    test(`${name} is told`, async () => {
      const [port, folder] = [await freePort(), newFolder()];
      await inLab({ port: String(port), dir: folder }, async () => {
        const terminal = new RecordingTerminal();
        const flags = { socketDir: folder, ...(how !== undefined && { how }) };
        expect(await tamper(words, flags, terminal, () => new Promise(() => {}))).not.toBe(ExitCode.SUCCESS);
        expect(terminal.errors).toContain(error);
      });
    });
  }
});
