/**
 * The pages in a browser, on made-up data: every page in both themes on phone and desktop, without data, with hostile
 * names, while the server fails, by keyboard alone; their weight and how fast they are there.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LONG_NAME, MARKUP_LABEL } from '../support/sample-explanations.ts';
import { MOCK_API_KEY, WebMock } from '../support/web-mock.ts';
import {
  focusedText,
  keepPicture,
  launchBrowser,
  PAGES,
  settled,
  sidewaysOverflow,
  THEMES,
  type Viewed,
  type ViewOptions,
  view,
  violations,
  WIDTHS,
} from './support/browser.ts';
import { describeWithPrograms } from './support/programs.ts';

const MAX_OCTETS = 150 * 1024;
const MAX_LOAD_MS = 500;

const chains = [
  { path: '/chain?name=www.test.&type=A', verdict: 'Secure', says: 'Every link from the trust anchor' },
  { path: '/chain?name=alias.test.&type=A', verdict: 'Insecure', says: 'an alias of www.plain.test.' },
  { path: '/chain?name=far.test.&type=A', verdict: 'Secure', says: 'vouched for from above' },
  { path: '/chain?name=x.wild.test.&type=A', verdict: 'Secure', says: '*.wild.test.' },
  { path: '/chain?name=nope.test.&type=A', verdict: 'Secure', says: 'proved not to exist' },
  { path: '/chain?name=www.expired.test.&type=A', verdict: 'Bogus', says: 'rndc sign expired.test' },
  { path: '/chain?name=www.dead.test.&type=A', verdict: 'Failed', says: 'servers-refuse' },
  { path: `/chain?name=${encodeURIComponent(LONG_NAME)}&type=A`, verdict: 'Secure', says: LONG_NAME },
  {
    path: `/chain?name=${encodeURIComponent(`${MARKUP_LABEL}.test.`)}&type=TXT`,
    verdict: 'Secure',
    says: '<img src=x',
  },
] as const;

describeWithPrograms('the pages', ['chromium'], () => {
  let browser: Browser;
  let mock: WebMock;
  let folder: string;
  const opened: Viewed[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kedge-pages-'));
    const script = fileURLToPath(new URL('../../scripts/build-pages.mjs', import.meta.url));
    const built = spawnSync(process.execPath, [script, '--outdir', folder], { encoding: 'utf8' });
    expect(built.stderr).toBe('');
    mock = await WebMock.start(join(folder, 'web', 'pages'));
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    for (const viewed of opened.splice(0)) await viewed.close();
    mock.scene = 'full';
    mock.isLogging = true;
    mock.writes.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    await mock?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(path: string, options: ViewOptions = {}): Promise<Viewed> {
    const viewed = await view(browser, mock.origin, path, options);
    opened.push(viewed);
    return viewed;
  }

  async function expectSound({ page, problems }: Viewed): Promise<void> {
    await settled(page);
    await keepPicture(page, expect.getState().currentTestName ?? 'page');
    expect(await violations(page)).toEqual([]);
    expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  }

  const looks = THEMES.flatMap((theme) => WIDTHS.map((width) => ({ theme, width })));
  /** What does not change with the look itself is seen in two of them. */
  const fewLooks = looks.filter(({ theme, width }) => (theme === 'light') === (width === 360));

  describe.each(looks)('in the $theme theme, $width pixels wide', (options) => {
    it.each(PAGES)('$path is sound', async ({ path, heading }) => {
      const viewed = await open(path, options);
      await expectSound(viewed);
      expect(await viewed.page.locator('h1').textContent()).toBe(heading);
    });
  });

  describe.each(fewLooks)('in the $theme theme, $width pixels wide, too', (options) => {
    it.each(PAGES)('$path without data says what to do', async ({ path }) => {
      mock.scene = 'empty';
      const viewed = await open(path, options);
      await expectSound(viewed);
      const text = (await viewed.page.locator('.empty').first().textContent()) ?? '';
      expect(text.length).toBeGreaterThan(15);
    });

    it.each(chains)('$path is sound', async ({ path, verdict, says }) => {
      const viewed = await open(path, options);
      await expectSound(viewed);
      const { page } = viewed;
      expect(await page.locator('#verdict').textContent()).toContain(verdict);
      expect(await page.locator('main').textContent()).toContain(says);
    });
  });

  it.each(chains)('$path: drawing and list say the same', async ({ path, verdict }) => {
    const { page } = await open(path);
    await settled(page);
    const boxes = await page.locator('.drawing .unit').count();
    expect(await page.locator('.step').count()).toBe(boxes);
    expect(await page.locator('.drawing .cross').count()).toBe(verdict === 'Bogus' ? 1 : 0);
    expect(
      await page
        .locator('.drawing')
        .textContent()
        .then((text) => text?.includes('BROKEN')),
    ).toBe(verdict === 'Bogus');
  });

  it('fits a drawing onto a phone', async () => {
    const { page } = await open('/chain?name=www.expired.test.&type=A', { width: 360 });
    await settled(page);
    const [scrolled, shown]: number[] = await page.evaluate(
      '(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector(".drawing-box"))',
    );
    expect(scrolled).toBe(shown);
  });

  it('shows the broken link at once', async () => {
    const { page } = await open('/chain?name=www.expired.test.&type=A');
    await settled(page);
    await page.getByRole('button', { name: 'Show the broken link' }).click();
    const broken = page.locator('.step-broken');
    expect(await page.evaluate('document.activeElement === document.querySelector(".step-broken")')).toBe(true);
    expect(await broken.textContent()).toMatch(/BROKEN.*signature expired.*Expected.*Found/s);
    const isInside = await page.evaluate(`(() => {
      const outer = document.querySelector('.drawing-box').getBoundingClientRect();
      return document.querySelector('.unit.is-current').getBoundingClientRect().bottom <= outer.bottom + 10;
    })()`);
    expect(isInside).toBe(true);
  });

  it('walks through a chain by keyboard alone', async () => {
    const { page } = await open('/chain');
    await settled(page);
    await tabTo(page, 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('www.expired.test');
    await page.keyboard.press('Enter');
    await page.locator('#verdict').waitFor();
    expect(await page.locator('#announce').textContent()).toContain('bogus');
    await tabTo(page, 'Show the broken link');
    await page.keyboard.press('Enter');
    expect(await focusedText(page)).toContain('www.expired.test. A');
    await page.keyboard.press('Home');
    expect(await focusedText(page)).toContain('. (the root)');
    await page.keyboard.press('ArrowDown');
    expect(await focusedText(page)).toMatch(/^test\./);
    // What has the focus in the list is marked in the drawing, and the other way round.
    const current = page.locator('.unit.is-current');
    expect(await current.getAttribute('aria-label')).toMatch(/^test\.:/);
    await page.keyboard.press('Enter');
    expect(await focusedText(page)).toMatch(/^test\.: secure/);
    await page.keyboard.press('End');
    expect(await focusedText(page)).toMatch(/BROKEN/);
    expect(await page.locator('.step.is-current').textContent()).toContain('signature expired');
    await page.keyboard.press('Enter');
    expect(await focusedText(page)).toContain('www.expired.test. A');
  });

  it('asks what would be if, and keeps it in the address', async () => {
    const { page } = await open('/chain?name=www.test.&type=A');
    await settled(page);
    await page.getByText('What if …').click();
    await page.getByLabel('The date were').fill('2026-12-31');
    await page.getByLabel('These anchors were added').fill('home.arpa 1 13 2 AB\nlab 2 13 2 CD');
    await page.getByLabel('The anchors of these zones were missing').fill('test');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.locator('#verdict').waitFor();
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('at')).toBe('2026-12-31');
    expect(searchParams.getAll('with-anchor')).toEqual(['home.arpa 1 13 2 AB', 'lab 2 13 2 CD']);
    expect(searchParams.getAll('without-anchor')).toEqual(['test']);
    expect(await page.getByLabel('The date were').inputValue()).toBe('2026-12-31');
  });

  it('says what is wrong with a name', async () => {
    const { page } = await open('/chain?name=a..b&type=A', { expectsFailures: true });
    expect(await page.locator('.refusal').textContent()).toContain('no domain name');
  });

  it('offers the drawing as a file', async () => {
    const { page } = await open('/chain?name=www.test.&type=A');
    await settled(page);
    const download = page.waitForEvent('download');
    await page.getByText('Download the drawing').click();
    expect(await (await download).failure()).toBeNull();
  });

  it('keeps a chosen theme, and follows the system without', async () => {
    const { page, context } = await open('/', { theme: 'light' });
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    const button = page.getByRole('button', { name: /^Theme/ });
    await button.click();
    expect(await background()).toBe(light);
    await button.click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await background()).toBe(dark);
    expect(await button.getAttribute('aria-label')).toContain('dark');
    await context.clearCookies();
    await button.click();
    expect(await background()).toBe(light);
  });

  it('moves between pages without loading anew, and tells where it is', async () => {
    const { page } = await open('/');
    await page.evaluate('globalThis.mark = 1');
    for (const { path, heading } of PAGES.slice(1)) {
      await page.locator(`#nav a[href="${path}"]`).click();
      await settled(page);
      expect(await focusedText(page)).toBe(heading);
      expect(await page.locator('#nav [aria-current=page]').getAttribute('href')).toBe(path);
    }
    await page.goBack();
    expect(await page.locator('h1').textContent()).toBe('History');
    expect(await page.evaluate('globalThis.mark')).toBe(1);
  });

  it('has a menu on a phone', async () => {
    const { page } = await open('/', { width: 360 });
    const menu = page.getByRole('button', { name: 'Menu' });
    expect(await page.locator('#nav').isVisible()).toBe(false);
    await menu.click();
    expect(await menu.getAttribute('aria-expanded')).toBe('true');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Failures' }).click();
    expect(await page.locator('h1').textContent()).toBe('Failures');
    expect(await page.locator('#nav').isVisible()).toBe(false);
  });

  describe('when the server', () => {
    it.each(PAGES.filter(({ path }) => path !== '/chain'))('breaks, $path says so', async ({ path }) => {
      mock.scene = 'failing';
      const { page, problems } = await open(path, { expectsFailures: true });
      await page.getByText('Something broke inside.').first().waitFor();
      expect(await violations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    it('is gone, a banner says so until it is back', async () => {
      const { page } = await open('/', { expectsFailures: true });
      await settled(page);
      mock.scene = 'gone';
      const banner = page.locator('.banner');
      await banner.waitFor();
      expect(await page.locator('#connection').textContent()).toBe('no connection');
      // What was there stays.
      expect(await page.locator('.tile').count()).toBeGreaterThan(5);
      expect(await violations(page)).toEqual([]);
      mock.scene = 'full';
      await page.getByRole('button', { name: 'Try now' }).click();
      await banner.waitFor({ state: 'detached' });
      expect(await page.locator('#announce').textContent()).toContain('again');
    });
  });

  describe('changes', () => {
    it('ask for the key once, and again when it is wrong', async () => {
      const { page } = await open('/anchors', { expectsFailures: true });
      await settled(page);
      await page.locator('summary', { hasText: 'Add a trust anchor' }).click();
      await page.locator('#anchor-zone').fill('home.arpa');
      await page.locator('#anchor-value').fill('1 13 2 ABCD');
      await page.getByRole('button', { name: 'Add a trust anchor' }).click();
      await page.getByLabel('Key', { exact: true }).fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('The API key is wrong.').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Key', { exact: true }).fill(MOCK_API_KEY);
      await page.keyboard.press('Enter');
      await page.getByText('Done: home.arpa.').waitFor();
      await page.getByRole('button', { name: 'Remove the trust anchor of lab.example.' }).click();
      await expect
        .poll(() => mock.writes)
        .toEqual([
          'POST /api/kedge/anchors {"zone":"home.arpa","record":"1 13 2 ABCD"}',
          'DELETE /api/kedge/anchors/lab.example.',
        ]);
      // In memory only.
      expect(
        await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
      ).not.toContain(MOCK_API_KEY);
      expect(page.url()).not.toContain(MOCK_API_KEY);
    });

    it('that are refused say why', async () => {
      const { page } = await open('/anchors', { expectsFailures: true });
      await settled(page);
      await page.locator('summary', { hasText: 'Add a trust anchor' }).click();
      await page.locator('#anchor-zone').fill('home.arpa');
      await page.locator('#anchor-value').fill('nonsense');
      await page.getByRole('button', { name: 'Add a trust anchor' }).click();
      await page.getByLabel('Key', { exact: true }).fill(MOCK_API_KEY);
      await page.keyboard.press('Enter');
      await page.getByText('This is no DS or DNSKEY record.').waitFor();
      expect(await page.locator('#anchor-value').inputValue()).toBe('nonsense');
    });

    it('turn the query log on and off', async () => {
      mock.isLogging = false;
      const { page } = await open('/queries');
      await page.getByText('The query log is off.').waitFor();
      await page.getByRole('button', { name: 'Turn on' }).click();
      await page.getByLabel('Key', { exact: true }).fill(MOCK_API_KEY);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Turn off' }).waitFor();
      await page.locator('tbody tr').first().waitFor();
      expect(await page.locator('tbody tr').count()).toBe(40);
      await page.getByLabel('Name contains').fill('expired');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('tbody tr').count()).toBe(10);
    });
  });

  it('shows older failures on demand', async () => {
    const { page } = await open('/failures');
    await settled(page);
    await page.getByRole('button', { name: 'Show older ones' }).click();
    await page.getByText('older.www.expired.test. A').waitFor();
    expect(await page.locator('.failure').count()).toBe(6);
  });

  it('filters expiries and the history', async () => {
    const { page } = await open('/expiries');
    await settled(page);
    await page.getByLabel('Zone contains').fill('EXPIRED');
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.goto(`${mock.origin}/history?zone=expired.test`);
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
  });

  it('is light and fast', async () => {
    const { page } = await open('/anchors');
    await settled(page);
    for (const path of ['/', '/chain?name=www.expired.test.&type=A']) {
      await page.goto('about:blank');
      const times: number[] = [];
      // The best of several: what else the machine does is not the page's.
      for (let round = 0; round < 5; round++) {
        mock.sentOctets = 0;
        await page.goto(`${mock.origin}${path}`);
        await settled(page);
        expect(mock.sentOctets).toBeLessThan(MAX_OCTETS);
        times.push(await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'));
      }
      expect(Math.min(...times)).toBeLessThan(MAX_LOAD_MS);
    }
  });
});

/** Presses Tab until the element with this text or name has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await focusedText(page)) === text) return;
  }
  throw new Error(`the Tab key does not lead to ${text}`);
}
