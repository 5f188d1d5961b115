import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { signCheckpoint } from '@fedseal/chain/checkpoint/sign-checkpoint';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { keyIdHex, TestFederation } from '@fedseal/chain/testing/test-federation.testing';
import { tilePath } from '@fedseal/chain/tiles/tile-path';
import { TileRows, type FilledTile } from '@fedseal/chain/tiles/tile-rows';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { HttpReader } from './http-reader.js';
import { RemoteChain } from './remote-chain.js';

/** Fewer than are asked for, so that a reader must ask again. */
const HEADERS_PER_ANSWER = 3;

/** Everything a coordinator serves of a chain, up to a block; more than one bundle of leaves. */
let chain: TestFederation;
const next = testSigner('the next operator');

beforeAll(() => {
  chain = new TestFederation();
  const alice = chain.enrol('alice');
  for (let block = 0; block < 5; block++) {
    for (let i = 0; i < 130; i++) {
      chain.add('resource.register', {
        contributor: keyIdHex(alice), device: 'a device', backend: 'wasm', memoryBytes: 1000 * block + i, imagesPerSecond: '1', software: testHash('worker'),
      }, [alice]);
    }
    chain.seal();
  }
  chain.add('operator.rotate', { key: toHex(next.publicKey) }, [chain.operator, next]);
  chain.seal();
});

let server: Server | undefined;
afterEach(() => void server?.close());

/** @param size of the tree that is signed and served */
async function serve(size: number, signer: Signer = chain.operator): Promise<RemoteChain> {
  const files = new Map<string, Uint8Array>();
  const rows = new TileRows(nodeCrypto);
  const put = (tiles: readonly FilledTile[]) => {
    for (const { level, index, width, bytes } of tiles) files.set(`/${tilePath(level, index, width)}`, bytes);
  };
  const signed = chain.leaves.slice(0, size);
  const hashes = signed.map((leaf) => leafHash(nodeCrypto, leaf));
  for (const [i, leaf] of signed.entries()) put(rows.append(leaf, hashes[i]!));
  put(rows.rest());
  const note = signCheckpoint({ origin: 'fedseal.test/federation', size, root: rootOf(nodeCrypto, hashes) }, signer);
  files.set('/checkpoint', Buffer.from(note));
  const started = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const from = Number(searchParams.get('from'));
    const bytes = pathname === '/v1/headers' ? Buffer.concat(chain.headers.slice(from, from + HEADERS_PER_ANSWER)) : files.get(pathname);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new RemoteChain(new HttpReader(`http://127.0.0.1:${(started.address() as AddressInfo).port}/`));
}

describe('RemoteChain', () => {
  it('reads many bundles and pages, to the block that the checkpoint signs and no further', async () => {
    const { treeSize } = chain.decodedHeaders[5]!;
    const treeRoot = toHex(chain.decodedHeaders[5]!.treeRoot);
    expect(treeSize).toBeGreaterThan(512);
    let leaves = 0;
    const { report, checkpoint, tiles } = await (await serve(treeSize)).verify({ onLeaf: () => void leaves++ });
    expect(report.head).toMatchObject({ height: 5, treeSize, treeRoot });
    expect(leaves).toBe(treeSize);
    expect(checkpoint).toEqual({ origin: 'fedseal.test/federation', size: treeSize, root: treeRoot, keyId: keyIdHex(chain.operator) });
    // Three of leaves, three of their hashes, one of the roots of the two full ones.
    expect(tiles).toBe(7);
  });

  it('believes the key that is the operator\'s at the end of the signed tree, and no earlier one', async () => {
    const size = chain.leaves.length;
    expect((await (await serve(size, next)).verify()).checkpoint).toMatchObject({ size, keyId: keyIdHex(next) });
    server!.close();
    expect((await refusalOf((await serve(size)).verify())).rule).toBe('note.unsigned');
  });

  it('refuses a checkpoint that ends inside a block', async () => {
    const error = await refusalOf((await serve(chain.decodedHeaders[5]!.treeSize - 1)).verify());
    expect(error).toMatchObject({ rule: 'checkpoint.block', location: { block: 5 } });
  });
});
