// Plays a scene of the lab: a kedge asks every day, while days pass in moments.
import { setTimeout } from 'node:timers/promises';
import { failureOf, failureText } from '../dnssec/verdict.ts';
import { buildScene, type Scene, type SceneStep, sceneQuestion } from '../lab/scenes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Resolution, Resolver } from '../resolver/resolution.ts';
import type { LogSink } from '../telemetry/log.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import { nameOf } from '../wire/name-text.ts';
import { serveLabZones, startLabDaemon } from './lab-daemon.ts';

const DAY_SECONDS = 86_400;

/** What was answered on one day. */
export interface SceneDay {
  readonly day: number;
  /** What the operator did on this day; undefined on days without work. */
  readonly step: SceneStep | undefined;
  readonly status: 'secure' | 'insecure' | 'bogus' | 'indeterminate' | 'none';
  /** Why, where it is bogus. */
  readonly why: string;
}

export interface SceneOptions {
  /** Port on 127.0.0.1 where the resolver of the scene answers others, too. */
  readonly port: number;
  /** How long a day takes. */
  readonly dayMs: number;
  readonly onDay: (day: SceneDay) => void;
  readonly sink: LogSink;
  /** True ends the scene before the next day. */
  readonly isOver?: () => boolean;
}

/** A clock whose days are as short as one likes; deadlines and timeouts keep to real time. */
class SceneClock implements Clock {
  readonly startSeconds = Math.floor(Date.now() / 1000);
  day = 0;

  wallSeconds(): number {
    return this.startSeconds + this.day * DAY_SECONDS;
  }

  cacheSeconds(): number {
    return this.wallSeconds();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

/** Plays the scene to its end. Rejects with a `StartError` where ports are taken. */
export async function playScene(scene: Scene, options: SceneOptions): Promise<void> {
  const clock = new SceneClock();
  const stage = buildScene(scene, clock.startSeconds);
  const lab = await serveLabZones({ internet: stage.internet, port: 0, resolverPort: options.port });
  try {
    const { daemon, resolver } = await startLabDaemon(lab, { sink: options.sink, clock });
    try {
      const last = scene.steps.at(-1)?.day ?? 0;
      for (; clock.day <= last && options.isOver?.() !== true; clock.day++) {
        const step = scene.steps.find(({ day }) => day === clock.day);
        if (step !== undefined) stage.show(step, clock.wallSeconds());
        options.onDay({ day: clock.day, step, ...judged(await ask(resolver, sceneQuestion(scene))) });
        if (clock.day < last) await setTimeout(options.dayMs);
      }
    } finally {
      daemon.stop();
    }
  } finally {
    await lab.close();
  }
}

function ask(resolver: Resolver, name: string): Promise<Resolution> {
  const question = { name: nameOf(name), type: RRType.A, class: RRClass.IN };
  const request = { question, checkingDisabled: false, recursionDesired: true, validate: true };
  return new Promise((resolve) => resolver.resolve(request, resolve));
}

function judged({ verdict, errors }: Resolution): Pick<SceneDay, 'status' | 'why'> {
  if (verdict === undefined) return { status: 'none', why: errors.map(({ text }) => text).join('; ') };
  const failure = failureOf(verdict);
  return { status: verdict.status, why: failure === undefined ? '' : failureText(failure) };
}
