// Each scene to its end, in days without length: what is answered is what the scene promises.
import { expect, test } from 'vitest';
import { labScene } from '../../src/cli/commands/lab-scene.ts';
import { ExitCode } from '../../src/cli/terminal.ts';
import { sceneNames } from '../../src/lab/scenes.ts';
import { freePort } from '../support/free-port.ts';

async function played(name: string): Promise<{ exitCode: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
  };
  const exitCode = await labScene(name, await freePort(), terminal, 0);
  return { exitCode, out, error };
}

for (const name of sceneNames) {
  test(`${name} goes as it says`, async () => {
    const { exitCode, out, error } = await played(name);
    expect(error).toBe('');
    expect(out).toContain('day  0    NOERROR   secure');
    expect(exitCode, out).toBe(ExitCode.SUCCESS);
  });
}

test('a scene that nobody knows is wrong usage', async () => {
  expect(await played('no-such-scene')).toMatchObject({ exitCode: ExitCode.USAGE });
});

test('list names them all', async () => {
  const { out } = await played('list');
  for (const name of sceneNames) expect(out).toContain(name);
});
