/**
 * The pages of the real program in front of the lab: every broken zone is drawn with the verdict, the broken link and the
 * cause that it has, and what is changed on a page has its effect.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildLab, type LabZone } from '../../src/lab/lab-internet.ts';
import { typeText } from '../../src/wire/constants.ts';
import { freePort } from '../support/free-port.ts';
import {
  keepPicture,
  launchBrowser,
  PAGES,
  settled,
  sidewaysOverflow,
  type Viewed,
  view,
  violations,
} from './support/browser.ts';
import { describeWithPrograms, programPath } from './support/programs.ts';
import { KEDGE_ENTRY } from './support/resolver.ts';

const START_MS = 60_000;
const LOOK_UP_MS = 20_000;
/** Of zones that are sound, this many of a kind are enough. */
const FEW = 4;

/** Names and types to look up, and what to expect; keys and times are others than those that are served. */
const { zones } = buildLab({ nowSeconds: Math.floor(Date.now() / 1000) });
const looked = zones.filter(
  ({ group }, index) =>
    group === 'bad' || group === 'private' || zones.slice(0, index).filter((zone) => zone.group === group).length < FEW,
);

interface RunningLab {
  readonly process: ChildProcess;
  readonly port: number;
  readonly origin: string;
  readonly apiKey: string;
}

describeWithPrograms('the pages of the lab', ['chromium'], () => {
  let lab: RunningLab;
  let browser: Browser;
  let folder: string;
  const opened: Viewed[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kedge-pages-lab-'));
    lab = await startLab(folder);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    lab?.process.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(path: string, options: Parameters<typeof view>[3] = {}): Promise<Viewed> {
    for (const viewed of opened.splice(0)) await viewed.close();
    const viewed = await view(browser, lab.origin, path, options);
    opened.push(viewed);
    return viewed;
  }

  /** As a client of the resolver. */
  function ask(name: string): void {
    spawnSync(programPath('dig'), ['@127.0.0.1', '-p', String(lab.port), '+tries=1', name]);
  }

  it('draw every broken zone as what it is', { timeout: 600_000 }, async () => {
    const { page, problems } = await open('/chain');
    const different: string[] = [];
    for (const zone of looked) {
      const shown = await lookUp(page, zone);
      const wanted = wantedOf(zone);
      if (shown !== wanted) different.push(`${zone.question.name}: ${shown}, not ${wanted}`);
    }
    expect(different).toEqual([]);
    expect(problems).toEqual([]);
  });

  it.each(PAGES)('$path is sound on the phone in the dark, and on the desk in the light', async ({ path, heading }) => {
    for (const options of [{ theme: 'dark', width: 360 } as const, { theme: 'light', width: 1280 } as const]) {
      const { page, problems } = await open(path, options);
      await settled(page);
      await keepPicture(page, `lab-${path}-${options.theme}-${options.width}`);
      expect(await page.locator('h1').textContent()).toBe(heading);
      expect(await violations(page)).toEqual([]);
      expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
      expect(problems).toEqual([]);
    }
  });

  it('show what failed, and lead to its chain', async () => {
    ask('answer-expired.bad.lab');
    const { page } = await open('/failures');
    await settled(page);
    await page.getByRole('link', { name: 'answer-expired.bad.lab. A', exact: true }).click();
    const verdict = page.locator('#verdict');
    await verdict.waitFor({ timeout: LOOK_UP_MS });
    expect(await verdict.textContent()).toBe('Bogus: answer-expired.bad.lab. A');
  });

  it('change a negative anchor with the key, and everything follows', async () => {
    const { page } = await open('/anchors');
    await settled(page);
    await page.locator('summary', { hasText: 'Add a negative trust anchor' }).click();
    await page.locator('#negative-anchor-zone').fill('expired.bad.lab');
    await page.locator('#negative-anchor-value').fill('its owner was told');
    await page.getByRole('button', { name: 'Add a negative trust anchor' }).click();
    await page.getByLabel('Key', { exact: true }).fill(lab.apiKey);
    await page.keyboard.press('Enter');
    await page.getByText('Done: expired.bad.lab.').waitFor();
    await page.getByRole('button', { name: 'Remove the negative trust anchor of expired.bad.lab.' }).waitFor();
    await page.getByRole('row', { name: /expired\.bad\.lab.*done/s }).waitFor();
    const { page: chain } = await open('/chain?name=expired.bad.lab&type=A');
    await chain.locator('#verdict').waitFor();
    expect(await chain.locator('#verdict').textContent()).toContain('Insecure');
    expect(await chain.locator('main').textContent()).toContain('its owner was told');
  });

  it('log queries once that is turned on, whatever is in their names', async () => {
    const { page, problems } = await open('/queries');
    await page.getByText('The query log is off.').waitFor();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByLabel('Key', { exact: true }).fill(lab.apiKey);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Turn off' }).waitFor();
    for (const name of ['nsec-answer.good.lab', '<script>alert(1)</script>.good.lab', 'answer-expired.bad.lab'])
      ask(name);
    await page.getByRole('link', { name: 'answer-expired.bad.lab.', exact: true }).waitFor();
    const text = await page.locator('tbody').textContent();
    expect(text).toContain('nsec-answer.good.lab.');
    expect(text?.toLowerCase()).toContain('script');
    expect(problems).toEqual([]);
  });

  it('ask what would be if', async () => {
    const { page } = await open('/chain?name=nsec-answer.good.lab&type=A&at=2036-01-01');
    await page.locator('#verdict').waitFor({ timeout: LOOK_UP_MS });
    expect(await page.locator('#verdict').textContent()).toContain('Bogus');
    expect(await page.locator('main').textContent()).toContain('resolved aside');
  });
});

/** Verdict, whether one link is crossed out, and the cause, as the page says them. */
async function lookUp(page: Page, { question }: LabZone): Promise<string> {
  await page.locator('#name').fill(question.name);
  await page.locator('#type').fill(typeText(question.type));
  await page.getByRole('button', { name: 'Look up' }).click();
  const verdict = page.locator('#verdict');
  await verdict.or(page.locator('.refusal')).first().waitFor({ timeout: LOOK_UP_MS });
  if ((await verdict.count()) === 0) return `refused: ${await page.locator('.refusal').textContent()}`;
  const word = /^\w+/.exec((await verdict.textContent()) ?? '')?.[0] ?? 'none';
  const crosses = await page.locator('.drawing .cross').count();
  const drawn = await page.locator('.drawing').textContent();
  const broken = await page.locator('.step-broken .badge').allTextContents();
  const isBroken = crosses === 1 && drawn?.includes('BROKEN') === true && broken.join() === 'BROKEN';
  const cause = await page
    .locator('.chain-cause strong')
    .first()
    .textContent({ timeout: 1000 })
    .catch(() => null);
  return `${word}, ${isBroken ? 'one broken link' : 'none'}, ${cause ?? 'no cause'}`;
}

function wantedOf({ expected: { status }, cause }: LabZone): string {
  const word = `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
  return `${word}, ${status === 'bogus' ? 'one broken link' : 'none'}, ${cause ?? 'no cause'}`;
}

async function startLab(folder: string): Promise<RunningLab> {
  const [port, webPort] = [await freePort(), await freePort()];
  const process_ = spawn(
    process.execPath,
    [KEDGE_ENTRY, 'lab', `--port=${port}`, `--web=${webPort}`, `--dir=${folder}`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const told = new Promise<RunningLab>((resolve, reject) => {
    const fail = () => reject(new Error(`the lab does not start:\n${output.slice(-2000)}`));
    const timer = setTimeout(fail, START_MS);
    process_.once('exit', fail);
    process_.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    process_.stdout.on('data', (chunk) => {
      output += String(chunk);
      const found = /Pages in the browser: (\S+?)\/? \(API key (\S+)\)/.exec(output);
      if (found?.[1] === undefined || found[2] === undefined) return;
      clearTimeout(timer);
      resolve({ process: process_, port, origin: found[1], apiKey: found[2] });
    });
  });
  return await told;
}
