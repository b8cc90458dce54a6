/** Debian's Chromium, and what every page of kedge must keep in it: nothing from elsewhere, no error, no barrier. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { programPath } from './programs.ts';

export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [360, 1280] as const;

export type Theme = (typeof THEMES)[number];

/** Every page of the shell, with its heading. */
export const PAGES = [
  { path: '/', heading: 'Overview' },
  { path: '/chain', heading: 'Chain of trust' },
  { path: '/anchors', heading: 'Anchors' },
  { path: '/expiries', heading: 'Expiries' },
  { path: '/rollovers', heading: 'Rollovers' },
  { path: '/forwarders', heading: 'Forwarders' },
  { path: '/failures', heading: 'Failures' },
  { path: '/history', heading: 'History' },
  { path: '/queries', heading: 'Query log' },
] as const;

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] });
}

export interface Viewed {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts and of the content policy, dialogs that opened, and requests to other places. */
  readonly problems: string[];
  close(): Promise<void>;
}

export interface ViewOptions {
  readonly theme?: Theme;
  readonly width?: number;
  /** Of HTTP, when the page is to show a refusal. */
  readonly expectsFailures?: boolean;
}

/** A fresh window at a page of `origin`. */
export async function view(browser: Browser, origin: string, path: string, options: ViewOptions = {}): Promise<Viewed> {
  const { theme = 'light', width = 1280, expectsFailures = false } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 740 : 900 },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const isOfNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !(expectsFailures && isOfNetwork)) problems.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    if (dialog.type() === 'alert') problems.push('a script of the data ran');
    void dialog.accept();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`request to ${request.url()}`);
  });
  await page.goto(`${origin}${path}`);
  return { page, context, problems, close: () => context.close() };
}

/** Waits until what is loaded at first is shown. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor();
  await page.locator('.loading').waitFor({ state: 'detached' });
}

/** Octets by which a page is wider than the window. */
export async function sidewaysOverflow(page: Page): Promise<number> {
  return await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical violations of the rules of axe-core, best practices included: rule and where. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results: AxeResults = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}: ${failureSummary}`));
}

/** Keeps a picture of the whole page for people to look at, where they named a folder for it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['KEDGE_E2E_PICTURES'];
  if (folder === undefined) return;
  const file = `${name.replace(/[^a-z0-9-]+/gi, '-').slice(0, 80)}.png`;
  await page.screenshot({ path: join(folder, file), fullPage: true });
}

/** Where the focus is: the text or the name of the element. */
export async function focusedText(page: Page): Promise<string> {
  return await page.evaluate(
    'document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""',
  );
}
