import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { openCheckpoint } from '@fedseal/chain/checkpoint/open-checkpoint';
import type { Checkpoint } from '@fedseal/chain/checkpoint/checkpoint';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodeEntryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { decodeHashTile } from '@fedseal/chain/tiles/hash-tile';
import { tilePath } from '@fedseal/chain/tiles/tile-path';
import type { Tile } from '@fedseal/chain/tiles/tile-path';
import { entryTiles, treeTiles } from '@fedseal/chain/tiles/tree-tiles';
import { MerkleTree } from '@fedseal/chain/tree/merkle-tree';
import { playSmallFederation, startTestFederation } from '../federation.testing.js';
import type { TestFederation } from '../federation.testing.js';
import { federation as federationSchema } from './ledger.schemas.js';

describe('the tree in C2SP form', () => {
  let federation: TestFederation;

  beforeAll(async () => {
    federation = await startTestFederation();
    // More than one full tile of leaves, so that there are tiles of two levels.
    await playSmallFederation(federation, 600);
  });
  afterAll(() => federation.coordinator.close());

  async function checkpoint(): Promise<Checkpoint> {
    const { charter } = federationSchema.parse(await (await federation.get('/v1/federation')).json());
    const publicKey = Buffer.from(charter.operator, 'hex');
    return openCheckpoint(await (await federation.get('/checkpoint')).text(), { origin: charter.origin, publicKey }, nodeCrypto);
  }

  async function fetchTile({ level, index, width }: Tile): Promise<Uint8Array> {
    const response = await federation.get(`/${tilePath(level, index, width)}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    return new Uint8Array(await response.arrayBuffer());
  }

  /** A monitor's copy: the tree of `size`, from tiles alone, each level compared with the one below. */
  async function assemble(size: number): Promise<MerkleTree> {
    const tree = new MerkleTree(nodeCrypto);
    const levels: string[][] = [];
    for (const tile of treeTiles(size)) {
      for (const hash of decodeHashTile(await fetchTile(tile), tile.width)) {
        (levels[tile.level] ??= []).push(toHex(hash));
        if (tile.level === 0) tree.append(hash);
      }
    }
    expect(levels[1]).toEqual(Array.from({ length: Math.floor(size / 256) }, (_, i) => toHex(tree.subtreeRoot(8, i))));
    return tree;
  }

  it('has a checkpoint of the newest block that the operator signed', async () => {
    const response = await federation.get('/checkpoint');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-cache');
    const { treeSize, treeRoot } = federation.ledger.head();
    const { size, root } = await checkpoint();
    expect({ treeSize: size, treeRoot: toHex(root) }).toEqual({ treeSize, treeRoot });
    expect(await (await federation.get('/checkpoint')).text()).toBe(await response.text());
  });

  it('reassembles from its tiles to the root of the checkpoint', async () => {
    const { size, root } = await checkpoint();
    expect(size).toBeGreaterThan(600);
    expect(toHex((await assemble(size)).root())).toBe(toHex(root));
  });

  it('holds in its bundles the leaves that its tiles hash', async () => {
    const { size } = await checkpoint();
    const tree = await assemble(size);
    let index = 0;
    for (const tile of entryTiles(size)) {
      for (const leaf of decodeEntryBundle(await fetchTile(tile), tile.width)) {
        expect(toHex(leafHash(nodeCrypto, leaf))).toBe(toHex(tree.leafHash(index++)));
      }
    }
    expect(index).toBe(size);
  });

  it('grows without a change to any tile it had, partial ones too', async () => {
    const before = await checkpoint();
    const tiles = [...treeTiles(before.size), ...entryTiles(before.size)];
    const bytes = await Promise.all(tiles.map(fetchTile));
    await federation.scene.createRun('more');
    await federation.ledger.sealed(await federation.scene.endRun('more'));
    expect((await checkpoint()).size).toBeGreaterThan(before.size);
    expect(await Promise.all(tiles.map(fetchTile))).toEqual(bytes);
    expect(toHex((await assemble(before.size)).root())).toBe(toHex(before.root));
  });

  it.each([
    ['nothing there yet', '0/003'],
    ['wider than the tree', '0/002.p/255'],
    ['no such level yet', '2/000.p/1'],
    ['not full', 'entries/002'],
    ['a full one spelled as partial', '0/000.p/256'],
    ['width 0', '0/000.p/0'],
    ['an index of fewer digits', '0/0'],
    ['an escaped spelling', '0/00%30'],
    ['a level beyond all', '64/000'],
    ['no number', 'data/000'],
    ['an index beyond counting', '0/x999/x999/x999/x999/x999/999'],
  ])('has no tile: %s', async (_, path) => {
    const response = await federation.get(`/tile/${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ code: 'tile.not-found', status: 404 });
  });

  it('is documented', async () => {
    const { paths } = (await (await federation.get('/openapi.json')).json()) as { paths: Record<string, { get: { responses: Record<string, object> } }> };
    expect(paths['/checkpoint']?.get.responses['200']).toHaveProperty('content.text/plain');
    expect(paths['/tile/{path}']?.get.responses['200']).toHaveProperty('content.application/octet-stream');
    expect(paths['/tile/{path}']?.get.responses).toHaveProperty('404');
  });
});
