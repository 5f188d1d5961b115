import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
/** Where to leave pictures of the pages; nowhere unless asked. */
const PICTURES = process.env['FEDSEAL_PICTURES'];

/** Undefined where none is installed. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page must never do: ask another origin, break its policy, throw. */
  readonly offences: string[];
  close(): Promise<void>;
}

export async function openBrowser(executablePath: string, theme: 'light' | 'dark'): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'fedseal-chromium-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS, colorScheme: theme, locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  const page = context.pages()[0] ?? await context.newPage();
  const offences: string[] = [];
  page.on('pageerror', (error) => offences.push(error.message));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) offences.push(message.text());
  });
  context.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(request.url())) offences.push(`asked ${request.url()}`);
  });
  return {
    context, page, offences,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** What axe finds serious on the page as it stands. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run();
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  });
}

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
