import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { signCheckpoint } from '@fedseal/chain/checkpoint/sign-checkpoint';
import { encodeChainFile } from '@fedseal/chain/file/chain-file';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { buildReceipt } from '@fedseal/chain/receipt/build-receipt';
import { encodeReceipt } from '@fedseal/chain/receipt/receipt';
import { receiptSource } from '@fedseal/chain/testing/receipt-source.testing';
import { TestFederation } from '@fedseal/chain/testing/test-federation.testing';
import { entryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { runTask } from './run-task.js';
import type { Task, Verdict } from './verdict.js';

const chain = new TestFederation();
const workers = ['Ward', 'Clinic'].map((name) => chain.enrol(name));
chain.createRun();
chain.seal();
for (let round = 0; round < 3; round++) {
  chain.playRound('digits', workers);
  chain.seal();
}

/** What the server hands out; tests change it to see that it is noticed. */
const served = new Map<string, Uint8Array | string>();
let server: Server;
const browserFetch = globalThis.fetch;

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const found = served.get(url.split('?')[0] as string);
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // A page's addresses are relative to its origin.
  globalThis.fetch = (path, init) => browserFetch(new URL(String(path), `http://127.0.0.1:${port}`), init);
  serveWhole();
});
afterEach(serveWhole);
afterAll(() => {
  globalThis.fetch = browserFetch;
  server.close();
});

/** A checkpoint of the whole chain's size. */
function signed(root: Uint8Array): string {
  return signCheckpoint({ origin: chain.rules.views.charter?.origin ?? '', size: chain.head().treeSize, root }, chain.operator, nodeCrypto);
}

function serveWhole(): void {
  const head = chain.head();
  served.clear();
  served.set('/checkpoint', signed(chain.tree.rootAt(head.treeSize)));
  served.set('/v1/headers', Buffer.concat(chain.headers));
  served.set(`/tile/entries/000.p/${head.treeSize}`, entryBundle(chain.leaves));
  served.set('/v1/federation', JSON.stringify({
    chain: chain.chainId, name: 'x', operator: { key: toHex(chain.operator.publicKey), keyId: toHex(chain.operator.keyId) }, head,
    counts: { blocks: chain.headers.length, leaves: head.treeSize, waiting: 0 },
  }));
}

async function verdictOf(task: Task): Promise<Verdict> {
  return runTask(task, () => undefined, () => performance.now());
}

const file = (bytes: Uint8Array): Task => ({ what: 'file', name: 'file', bytes });

describe('the server’s chain', () => {
  it('is verified from its headers and leaves alone', async () => {
    const verdict = await verdictOf({ what: 'server' });
    expect(verdict).toMatchObject({ result: 'chain', source: 'server', facts: { chainId: chain.chainId, rounds: 3, contributors: 2, head: chain.head() } });
  });

  it('is refused by the rule that a change breaks, at its place', async () => {
    const headers = Buffer.concat(chain.headers);
    headers[176 * 2 + 100] = (headers[176 * 2 + 100] as number) ^ 1;
    served.set('/v1/headers', headers);
    expect(await verdictOf({ what: 'server' })).toMatchObject({ result: 'refused', location: { block: 2 } });
    serveWhole();
    const leaves = chain.leaves.map((leaf) => leaf.slice());
    const last = leaves.at(-2) as Uint8Array;
    last[last.length - 1] = (last[last.length - 1] as number) ^ 1;
    served.set(`/tile/entries/000.p/${leaves.length}`, entryBundle(leaves));
    expect(await verdictOf({ what: 'server' })).toMatchObject({ result: 'refused', rule: expect.stringMatching(/signature$/) as string, location: { leaf: leaves.length - 2 } });
  });

  it('is refused where the checkpoint is signed for another tree, or the pages are told of another head', async () => {
    served.set('/checkpoint', signed(new Uint8Array(32)));
    expect(await verdictOf({ what: 'server' })).toMatchObject({ result: 'refused', rule: 'checkpoint.head' });
    serveWhole();
    served.set('/v1/federation', String(served.get('/v1/federation')).replaceAll(chain.head().blockHash, 'f'.repeat(64)));
    expect(await verdictOf({ what: 'server' })).toMatchObject({ result: 'refused', rule: 'view.head' });
  });

  it('that cannot be read is not called wrong', async () => {
    served.clear();
    expect(await verdictOf({ what: 'server' })).toMatchObject({ result: 'unreached' });
  });
});

describe('a dropped file', () => {
  it('that is a chain is verified by itself, and refused when it was changed', async () => {
    const bytes = encodeChainFile(chain);
    expect(await verdictOf(file(bytes))).toMatchObject({ result: 'chain', source: 'file', facts: { leaves: chain.leaves.length } });
    expect(await verdictOf(file(bytes.subarray(0, -1)))).toMatchObject({ result: 'refused', rule: 'file.truncated' });
  });

  it('that is a receipt is verified by itself, and compared with this server’s chain', async () => {
    const bytes = encodeReceipt(await buildReceipt(receiptSource(chain), 2));
    expect(await verdictOf(file(bytes))).toMatchObject({ result: 'receipt', facts: { leaf: { index: 2 }, isOfThisServer: true } });
    served.clear();
    expect(await verdictOf(file(bytes))).toMatchObject({ result: 'receipt', facts: { isOfThisServer: undefined } });
    expect(await verdictOf(file(new TextEncoder().encode('{"fedseal":"receipt/v1"}')))).toMatchObject({ result: 'refused', rule: 'receipt.format' });
  });

  it('that no leaf names is said to be unknown, on a chain that holds', async () => {
    expect(await verdictOf(file(new TextEncoder().encode('weights')))).toMatchObject({ result: 'model', namings: [], facts: { chainId: chain.chainId } });
  });
});
