import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { decodeHeader } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyConsistency } from '@fedseal/chain/tree/verify-consistency';
import { verifyInclusion } from '@fedseal/chain/tree/verify-inclusion';
import { JsonLogger } from '../../observability/logger.js';
import { ProblemFilter } from '../../observability/problem.filter.js';
import { LedgerStore } from '../../storage/ports/ledger.store.js';
import type { Storage } from '../../storage/open-storage.js';
import { openTestStorage } from '../../storage/testing/test-database.testing.js';
import { ChainReader } from '../chain-reader.js';
import { Checkpoints } from '../checkpoints.js';
import { LedgerService } from '../ledger.service.js';
import { openTestLedger } from '../ledger.testing.js';
import type { TestLedger } from '../ledger.testing.js';
import { buildStoredChain } from '../stored-chain.testing.js';
import { ReceiptReader } from '../receipt-reader.js';
import { BlocksController } from './blocks.controller.js';
import { FederationController } from './federation.controller.js';
import { LeavesController } from './leaves.controller.js';
import { block, blockPage, consistencyProof, federation, inclusionProof, leaf } from './ledger.schemas.js';

describe('the chain over HTTP', () => {
  let storage: Storage;
  let ledger: TestLedger;
  let app: INestApplication<Server>;
  let base: string;

  beforeAll(async () => {
    storage = await openTestStorage();
    await buildStoredChain(storage);
    ledger = await openTestLedger(storage);
    const module = await Test.createTestingModule({
      controllers: [FederationController, BlocksController, LeavesController],
      providers: [
        ChainReader,
        Checkpoints,
        ReceiptReader,
        { provide: LedgerService, useValue: ledger.service },
        { provide: LedgerStore, useValue: storage.ledger },
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useGlobalFilters(new ProblemFilter(new JsonLogger('silent')));
    await app.listen(0, '127.0.0.1');
    base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await app.close();
    await ledger.close();
    await storage.close();
  });

  const get = (path: string) => fetch(`${base}${path}`);
  const json = async (path: string): Promise<unknown> => (await get(path)).json();
  const head = () => ledger.service.head();

  it('tells who the federation is', async () => {
    const answer = federation.strict().parse(await json('/v1/federation'));
    expect(answer).toMatchObject({
      chain: ledger.service.chainId,
      name: 'Test federation',
      operator: { key: toHex(ledger.operator.publicKey), keyId: toHex(ledger.operator.keyId) },
      head: head(),
      counts: { blocks: 4, leaves: head().treeSize, waiting: 1 },
    });
  });

  it('pages through the blocks, newest first', async () => {
    const first = blockPage.parse(await json('/v1/blocks?limit=3'));
    expect(first.blocks.map(({ height }) => height)).toEqual([3, 2, 1]);
    const second = blockPage.parse(await json(`/v1/blocks?before=${first.next}&limit=3`));
    expect(second.blocks.map(({ height }) => height)).toEqual([0]);
    expect(second.next).toBeNull();
    const leaves = [...first.blocks, ...second.blocks].reduce((sum, { leafCount }) => sum + leafCount, 0);
    expect(leaves).toBe(head().treeSize);
    expect((await get('/v1/blocks')).headers.get('cache-control')).toContain('no-cache');
  });

  it('shows a block by height and by hash', async () => {
    const byHeight = await get('/v1/blocks/2');
    expect(byHeight.headers.get('cache-control')).toContain('immutable');
    const answer = block.strict().parse(await byHeight.json());
    expect(await json(`/v1/blocks/${answer.hash}`)).toEqual(answer);
    expect(toHex(nodeCrypto.sha256(fromHex(answer.raw)))).toBe(answer.hash);
    const header = decodeHeader(fromHex(answer.raw));
    expect(answer).toMatchObject({
      height: 2, rounds: 1, k: header.k, m: header.m, nonce: String(header.nonce), leafCount: answer.leaves.length,
      sealSeconds: (header.timestampMs - header.sealStartMs) / 1000,
    });
    expect(BigInt(answer.tries)).toBeGreaterThanOrEqual(1n);
    expect(answer.leaves.map(({ kind }) => kind)).toEqual([
      'block.link', 'run.create', 'round.open', 'update.commit', 'update.verdict', 'update.commit', 'update.verdict', 'round.close',
    ]);
    expect(answer.leaves[0]?.index).toBe(header.treeSize - answer.leaves.length);
  });

  it('shows a leaf, decoded and raw, and proves that it is sealed', async () => {
    for (let index = 0; index < head().treeSize; index++) {
      const answer = leaf.strict().parse(await json(`/v1/leaves/${index}`));
      const hash = toHex(leafHash(nodeCrypto, Buffer.from(answer.raw, 'base64')));
      expect(answer).toMatchObject({ index, hash });
      if (answer.kind === 'block.link') expect(decodeHeader(fromHex(answer.payload as string)).height).toBe(answer.block - 1);
      else expect(answer.signatures.length).toBeGreaterThanOrEqual(1);
      const proof = inclusionProof.strict().parse(await json(`/v1/leaves/${index}/proof`));
      expect(proof).toMatchObject({ index, hash, treeSize: head().treeSize, treeRoot: head().treeRoot, block: { height: 3, hash: head().blockHash } });
      verifyInclusion(nodeCrypto, {
        index, leafHash: fromHex(hash), size: proof.treeSize, root: fromHex(proof.treeRoot), proof: proof.proof.map(fromHex),
      });
    }
  });

  it('serves raw headers, both ends included', async () => {
    const response = await get('/v1/headers?from=1&to=3');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('cache-control')).toContain('immutable');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([0, 1, 2].map((i) => decodeHeader(bytes.slice(176 * i, 176 * (i + 1))).height)).toEqual([1, 2, 3]);
    expect(bytes).toHaveLength(3 * 176);
    const beyond = await get('/v1/headers?from=3&to=9');
    expect(beyond.headers.get('cache-control')).toContain('no-cache');
    expect((await beyond.arrayBuffer()).byteLength).toBe(176);
    expect((await (await get('/v1/headers?from=4&to=4')).arrayBuffer()).byteLength).toBe(0);
  });

  it('proves that an older tree is a prefix of a newer one', async () => {
    for (let from = 1; from <= head().treeSize; from++) {
      const { proof } = consistencyProof.strict().parse(await json(`/v1/consistency?from=${from}&to=${head().treeSize}`));
      verifyConsistency(nodeCrypto, {
        from, fromRoot: ledger.service.tree.rootAt(from), to: head().treeSize, toRoot: fromHex(head().treeRoot), proof: proof.map(fromHex),
      });
    }
  });

  it.each([
    ['/v1/blocks/4', 404, 'block.not-found'],
    [`/v1/blocks/${'0'.repeat(64)}`, 404, 'block.not-found'],
    ['/v1/leaves/9999', 404, 'leaf.not-found'],
    ['/v1/leaves/9999/proof', 404, 'leaf.not-found'],
    ['/v1/consistency?from=1&to=9999', 404, 'leaf.not-found'],
    ['/v1/consistency?from=3&to=2', 400, 'request.invalid'],
    ['/v1/consistency?from=0&to=2', 400, 'request.invalid'],
    ['/v1/consistency?from=1', 400, 'request.invalid'],
    ['/v1/headers?from=-1&to=2', 400, 'request.invalid'],
    ['/v1/headers?from=0x1&to=2', 400, 'request.invalid'],
    ['/v1/blocks/tip', 400, 'request.invalid'],
    ['/v1/blocks?limit=0', 400, 'request.invalid'],
    ['/v1/blocks?limit=201', 400, 'request.invalid'],
    ['/v1/blocks?page=2', 400, 'request.invalid'],
    ['/v1/leaves/1e3', 400, 'request.invalid'],
  ])('answers %s with %i %s, not to be kept', async (path, status, code) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ code, status });
  });

  it('documents every answer', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const paths = Object.keys(document.paths).sort();
    expect(paths).toEqual([
      '/v1/blocks', '/v1/blocks/{heightOrHash}', '/v1/consistency', '/v1/federation', '/v1/headers', '/v1/leaves/{index}', '/v1/leaves/{index}/proof', '/v1/leaves/{index}/receipt',
    ]);
    for (const path of paths.filter((name) => name !== '/v1/headers')) {
      const schema = document.paths[path]?.get?.responses['200'];
      expect(schema).toHaveProperty('content.application/json.schema.properties');
    }
  });
});
