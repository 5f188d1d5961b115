import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DashboardModule } from './dashboard.module.js';
import { SITE_FOLDER } from './site-folder.js';

const PAGE = '<!doctype html><title>page</title>';
const folder = mkdtempSync(join(tmpdir(), 'fedseal-site-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), PAGE);
writeFileSync(join(folder, 'assets', 'index-abc.js'), 'export {};');
writeFileSync(join(folder, 'secret.txt'), 'secret');
const apps: NestExpressApplication[] = [];

async function serve(site: string): Promise<string> {
  const module = await Test.createTestingModule({ imports: [DashboardModule] }).overrideProvider(SITE_FOLDER).useValue(site).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

/** With the bytes as they were sent, which `fetch` does not show. */
function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }));
    }).on('error', reject).end();
  });
}

let url: string;
beforeAll(async () => {
  url = await serve(folder);
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe('the dashboard', () => {
  it('is one page at each of its addresses, asked about before each use, and lets nothing foreign or inline in', async () => {
    for (const path of ['/', '/runs', '/runs/digits-1/rounds/3', '/chain/blocks/5', '/verify', '/contributors', '/models/00', '/start-worker']) {
      const { status, headers, body } = await get(url + path);
      expect([path, status, body.toString()]).toEqual([path, 200, PAGE]);
      expect(headers['cache-control']).toBe('no-cache');
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
    }
  });

  it('sends assets compressed where that is understood, to be kept for good', async () => {
    const plain = await get(`${url}/assets/index-abc.js`);
    expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-type': 'text/javascript; charset=utf-8' });
    expect(plain.body.toString()).toBe('export {};');
    const packed = await get(`${url}/assets/index-abc.js`, { 'accept-encoding': 'gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toBe('export {};');
  });

  it('answers that nothing changed', async () => {
    const { headers } = await get(url);
    const again = await get(url, { 'if-none-match': String(headers.etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('gives out nothing but the built site', async () => {
    for (const path of ['/assets/gone.js', '/assets/..%2Fsecret.txt', '/assets/..%2Findex.html', '/secret.txt']) {
      const answer = await get(url + path);
      expect([path, answer.status >= 400, answer.headers['cache-control']]).toEqual([path, true, undefined]);
    }
  });

  it('says what to do where it was not built', async () => {
    const answer = await get(await serve(join(folder, 'nowhere')));
    expect(answer.status).toBe(503);
    expect(answer.body.toString()).toContain('npm run setup');
  });
});
