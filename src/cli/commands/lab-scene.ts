// `kedge lab --scene NAME`: a rollover in fast time, a line a day.
import { playScene, type SceneDay } from '../../daemon/lab-scene.ts';
import { StartError } from '../../daemon/start-error.ts';
import { type Scene, type SceneName, sceneNames, sceneOf, sceneQuestion } from '../../lab/scenes.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

const DEFAULT_PORT = 5300;
const DAY_MS = 1000;

/** Plays the scene; `list` lists them. The exit code is 1 when an answer was not the one that the scene promises. */
export async function labScene(
  name: string,
  port: number | undefined,
  terminal: Terminal,
  dayMs: number = DAY_MS,
): Promise<number> {
  if (name === 'list') {
    for (const known of sceneNames) terminal.out(`${known.padEnd(18)} ${sceneOf(known).text}\n`);
    return ExitCode.SUCCESS;
  }
  if (!isSceneName(name)) {
    terminal.error(`kedge: there is no scene '${name}'; kedge lab --scene list lists them\n`);
    return ExitCode.USAGE;
  }
  const scene = sceneOf(name);
  const at = port ?? DEFAULT_PORT;
  terminal.out(headline(scene, at));
  let isAsPromised = true;
  try {
    await playScene(scene, {
      port: at,
      dayMs,
      // What would be logged stands in the line of the day.
      sink: { write: () => {} },
      onDay: (day) => {
        terminal.out(dayText(day));
        if (day.step !== undefined && day.step.expected !== day.status) isAsPromised = false;
      },
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    terminal.error(`kedge: ${error.message}. ${error.remedy}\n`);
    return ExitCode.BAD;
  }
  if (isAsPromised) return ExitCode.SUCCESS;
  terminal.error('kedge: the resolver did not answer what this scene promises; this is a fault of kedge\n');
  return ExitCode.BAD;
}

function isSceneName(name: string): name is SceneName {
  return sceneNames.some((known) => known === name);
}

function headline(scene: Scene, port: number): string {
  const name = sceneQuestion(scene).replace(/\.$/, '');
  return `${scene.text}
Keys and DS records may be cached for two days. A day takes a second; kedge asks for ${name} every day,
and so can you: dig @127.0.0.1 -p ${port} ${name} +dnssec

`;
}

function dayText({ day, step, status, why }: SceneDay): string {
  const answer = status === 'bogus' || status === 'none' ? `SERVFAIL  ${status}: ${why}` : `NOERROR   ${status}`;
  const work = step === undefined ? '' : `day ${String(day).padStart(2)}  ${step.text}\n`;
  return `${work}day ${String(day).padStart(2)}    ${answer}\n`;
}
