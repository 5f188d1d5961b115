import { beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../bytes.js';
import { encodeChainFile } from '../file/chain-file.js';
import { buildReceipt } from '../receipt/build-receipt.js';
import { encodeReceipt } from '../receipt/receipt.js';
import type { Receipt } from '../receipt/receipt.js';
import { bundleForBrowser, loadInBareRealm } from './browser-bundle.testing.js';
import type { BrowserBundle } from './browser-bundle.testing.js';
import { leafIndex, receiptSource } from './receipt-source.testing.js';
import { buildSmallChain } from './test-federation.testing.js';

describe('in a browser', () => {
  const chain = buildSmallChain({ rounds: 2 });
  let bundle: BrowserBundle;
  let page: ReturnType<typeof loadInBareRealm>;
  const text = (receipt: Receipt) => new TextDecoder().decode(encodeReceipt(receipt));

  beforeAll(async () => {
    bundle = await bundleForBrowser();
    page = loadInBareRealm(bundle);
  });

  it('everything is bundled without a module of Node', () => {
    expect(bundle.moduleIds.filter((id) => /node:|browser-external|\/native\//.test(id))).toEqual([]);
    expect(bundle.code).not.toMatch(/["'`]node:|\brequire\(/);
    expect(bundle.moduleIds.some((id) => id.includes('/receipt/verify-receipt'))).toBe(true);
    console.log(`Bundle: ${bundle.moduleIds.length} modules, ${(bundle.code.length / 1024).toFixed(0)} KiB before compression.`);
  });

  it('finds nothing of Node in its realm', () => {
    expect(page.run('[typeof process, typeof Buffer, typeof require, typeof setTimeout].join()')).toBe('undefined,undefined,undefined,undefined');
  });

  it('verifies a receipt, and refuses a changed one', async () => {
    const receipt = await buildReceipt(receiptSource(chain), leafIndex(chain, 'update.commit', 1));
    const verify = (json: string) => page.run(`(() => {
      const { decodeReceipt, verifyReceipt, nobleCrypto } = fedseal;
      try { return verifyReceipt(decodeReceipt(new TextEncoder().encode(${JSON.stringify(json)})), nobleCrypto).status; } catch (error) { return error.rule ?? String(error.stack); }
    })()`);
    expect(verify(text(receipt))).toBe('sealed');
    expect(verify(text({ ...receipt, index: receipt.index + 1 }))).toBe('receipt.inclusion');
    const started = performance.now();
    for (let i = 0; i < 20; i++) verify(text(receipt));
    console.log(`A receipt is verified in ${((performance.now() - started) / 20).toFixed(1)} ms, warm, with JavaScript signatures.`);
  });

  it('verifies a whole chain, and searches with WebAssembly', async () => {
    const file = toBase64url(encodeChainFile(chain));
    const answer = page.run(`(async () => {
      const { decodeChainFile, verifyChain, nobleCrypto } = fedseal;
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const bits = [...'${file}'].map((c) => alphabet.indexOf(c).toString(2).padStart(6, '0')).join('');
      const bytes = Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2));
      const report = await verifyChain(decodeChainFile(bytes), nobleCrypto);
      return JSON.stringify([report.blocks, report.head.blockHash]);
    })()`) as Promise<string>;
    expect(JSON.parse(await answer)).toEqual([chain.headers.length, chain.head().blockHash]);
    const found = page.run(`(() => {
      const header = new Uint8Array(176);
      header.set([0x46, 0x53, 0x4c, 0x31, 0, 1]);
      header[144] = 4; header[148] = 0xff;
      return String(fedseal.createSearcher(header).run(0n, 4096));
    })()`);
    expect(found).toMatch(/^\d+$/);
  });
});
