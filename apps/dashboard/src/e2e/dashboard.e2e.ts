import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, openBrowser, picture, seriousFindings, type Browser } from './browser.testing.js';
import { Demo } from './demo.testing.js';
import { Line } from './line.testing.js';

const chromium = findChromium();
const RUN = 'digits-1';

describe.skipIf(chromium === undefined)('the dashboard in a browser (needs Chromium: `apt-get install chromium`)', () => {
  let demo: Demo;
  let line: Line;
  let browser: Browser;

  beforeAll(async () => {
    demo = await Demo.start(['--workers', '2', '--rounds', '4', '--examples', '2400']);
    line = new Line(demo.port);
    await line.join();
    browser = await openBrowser(chromium as string, 'light');
  });
  afterAll(async () => {
    await browser?.close();
    await line?.cut();
    await demo?.stop();
  });

  const open = async (path: string) => {
    await browser.page.goto(line.url + path);
    await browser.page.getByText('Live', { exact: true }).waitFor();
  };
  const read = async <T>(path: string): Promise<T> => (await fetch(demo.url + path)).json() as Promise<T>;

  it('shows a run live, loses the line, and catches up without a reload', async () => {
    const { page } = browser;
    await open('/');
    await page.evaluate(() => Object.assign(window, { notReloaded: true }));
    await page.getByText('training', { exact: true }).first().waitFor();
    await page.getByRole('progressbar', { name: 'clinic-1: Progress' }).waitFor();
    await picture(page, 'overview-live');
    await line.cut();
    await page.getByText('Connection lost, trying again…').waitFor();
    await line.join();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('completed', { exact: true }).waitFor();
    await page.getByRole('heading', { name: `${RUN} · Round 4 of 4` }).waitFor();
    await expect.poll(() => page.locator('.steps li[data-state=done]').count(), { timeout: 30_000 }).toBe(5);
    expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
  });

  it('verifies the chain in the page, a receipt too, and names the rule that a tampered server breaks', async () => {
    const { page, context } = browser;
    await open('/verify');
    await page.getByRole('button', { name: 'Verify the whole chain' }).click();
    await page.getByRole('heading', { name: 'Verified: This server’s chain' }).waitFor();
    const { head } = await read<{ head: { blockHash: string } }>('/v1/federation');
    expect(await page.locator('.verdict').innerText()).toContain(head.blockHash);
    await picture(page, 'verified');
    const receipt = Buffer.from(await (await fetch(`${demo.url}/v1/leaves/5/receipt`)).arrayBuffer());
    await page.locator('input[type=file]').setInputFiles({ name: 'leaf-5.json', mimeType: 'application/json', buffer: receipt });
    await page.getByRole('heading', { name: 'Verified: Receipt leaf-5.json' }).waitFor();
    await context.route('**/v1/headers?*', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[176 * 3 + 90] = (body[176 * 3 + 90] as number) ^ 1;
      await route.fulfill({ response, body });
    });
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByRole('heading', { name: 'Refused: This server’s chain' }).waitFor();
    expect(await page.getByTestId('rule').innerText()).toBe('header.work');
    expect(await page.locator('.verdict').innerText()).toContain('block 3');
    await context.unroute('**/v1/headers?*');
  });

  it('finds a block by its height and a leaf by its hash', async () => {
    const { page } = browser;
    const search = async (text: string) => {
      await open('/chain');
      await page.getByRole('searchbox').fill(text);
      await page.getByRole('button', { name: 'Search' }).click();
    };
    await search('2');
    await page.getByRole('heading', { name: 'Block #2' }).waitFor();
    const { hash } = await read<{ hash: string }>('/v1/leaves/4');
    await search(hash);
    await page.getByRole('heading', { name: /^Leaf 4 ·/ }).waitFor();
  });

  it('makes an invitation for whoever has the token, and refuses a wrong one by its code', async () => {
    const { page } = browser;
    await open('/start-worker');
    await page.getByLabel('Public name').fill('North Clinic');
    await page.getByLabel('Operator token').fill('wrong');
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    await page.getByText('auth.invalid').waitFor();
    await page.getByLabel('Operator token').fill(demo.operatorToken);
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    await page.getByText(/^npx fedseal worker start .* --name 'North Clinic' --data \.\/mnist --invite fsinv1\./).waitFor();
  });

  it('has nothing serious for axe on any page, light or dark, wide or narrow, and never leaves its origin', async () => {
    const { page } = browser;
    const { contributors } = await read<{ contributors: { keyId: string }[] }>('/v1/contributors');
    const { runs } = await read<{ runs: { model: { sha256: string } }[] }>('/v1/runs');
    const paths = [
      '/', '/runs', `/runs/${RUN}`, `/runs/${RUN}/rounds/2`, '/chain', '/chain/blocks/3', '/chain/leaves/8', '/verify', '/contributors',
      `/contributors/${contributors[0]?.keyId}`, '/models', `/models/${runs[0]?.model.sha256}`, '/start-worker', '/runs/nothing-here',
    ];
    const findings: string[] = [];
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const path of paths) {
        await open(path);
        await page.locator('h1, [role=alert]').first().waitFor();
        await page.waitForLoadState('networkidle');
        findings.push(...(await seriousFindings(page)).map((finding) => `${theme} ${path} ${finding}`));
        await picture(page, `${path.replace(/\W+/g, '-').slice(0, 40)}-${theme}`);
      }
    }
    expect(findings).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of paths) {
      await open(path);
      await page.locator('h1, [role=alert]').first().waitFor();
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 390]);
    }
    expect(browser.offences).toEqual([]);
  });
});
