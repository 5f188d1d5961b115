import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { nobleCrypto } from '@fedseal/chain/crypto/noble-crypto';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import type { Receipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt } from '@fedseal/chain/receipt/verify-receipt';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { playSmallFederation, startTestFederation } from '../federation.testing.js';
import type { TestFederation } from '../federation.testing.js';
import { keyIdHex } from '../scene.testing.js';

describe('receipts', () => {
  let federation: TestFederation;

  beforeAll(async () => {
    federation = await startTestFederation();
    await playSmallFederation(federation, 4);
  });
  afterAll(() => federation.coordinator.close());

  const head = () => federation.ledger.head();

  async function receipt(index: number): Promise<Receipt> {
    const response = await federation.get(`/v1/leaves/${index}/receipt`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('cache-control')).toContain('no-cache');
    // The answer is the file: canonical, so that a saved copy has one spelling.
    return decodeReceipt(new Uint8Array(await response.arrayBuffer()));
  }

  async function block(height: number) {
    return (await (await federation.get(`/v1/blocks/${height}`)).json()) as { treeSize: number; leafCount: number; leaves: { index: number; kind: string; hash: string }[] };
  }

  it('of every sealed leaf verify by themselves, and only the tip’s are unlinked', async () => {
    const tip = await block(head().height);
    const kinds = new Set<string>();
    for (let index = 0; index < head().treeSize; index++) {
      const file = await receipt(index);
      const report = verifyReceipt(file, nodeCrypto);
      kinds.add(report.leaf.kind);
      const isTip = index >= tip.treeSize - tip.leafCount;
      expect(report).toMatchObject({
        chainId: federation.ledger.chainId, name: 'Test federation', status: isTip ? 'sealed, unlinked' : 'sealed',
        leaf: { index }, checkpoint: { size: head().treeSize, root: head().treeRoot },
      });
      expect(file.link === null).toBe(isTip);
      const { leaves } = await block(report.block.height);
      expect(leaves).toContainEqual({ index, kind: report.leaf.kind, hash: report.leaf.leafHash });
    }
    expect([...kinds].sort()).toEqual([
      'annotate', 'block.link', 'charter', 'contributor.enrol', 'round.close', 'round.open', 'run.create', 'run.end', 'update.commit', 'update.verdict',
    ]);
  });

  it('of the tip gain their link with the next block', async () => {
    const index = head().treeSize - 1;
    expect((await receipt(index)).link).toBeNull();
    await federation.scene.createRun('next');
    await federation.ledger.sealed(await federation.scene.endRun('next'));
    const linked = await receipt(index);
    expect(linked.link?.index).toBe(index + 1);
    expect(verifyReceipt(linked, nobleCrypto).status).toBe('sealed');
  });

  it('carry every leaf that brought the signer’s key', async () => {
    const { ledger, scene } = federation;
    const [old, fresh] = [testSigner('alice'), testSigner('alice again')];
    await ledger.write(async (write) => {
      await write.accept(scene.sign('contributor.rotate', { contributor: keyIdHex(old), key: toHex(fresh.publicKey) }, [old, fresh]));
      await write.accept(scene.sign('annotate', { author: keyIdHex(fresh), subject: testHash('model'), text: 'Signed with the new key' }, [fresh]));
      await write.accept(scene.sign('node.add', { key: toHex(testSigner('mirror').publicKey), role: 'mirror', address: 'mirror.example:7000' }, [ledger.operator]));
      await write.accept(scene.sign('annotate', { author: keyIdHex(testSigner('mirror')), subject: testHash('model'), text: 'Seen' }, [testSigner('mirror')]));
    });
    await scene.createRun('rotated');
    const { index } = await ledger.sealed(await scene.endRun('rotated'));
    const byAlice = verifyReceipt(await receipt(index - 4), nodeCrypto);
    expect(byAlice.signers).toMatchObject([{ name: 'alice', role: 'contributor', keyId: keyIdHex(fresh) }]);
    expect((await receipt(index - 4)).enrolment).toHaveLength(2);
    expect(verifyReceipt(await receipt(index - 2), nodeCrypto).signers).toMatchObject([{ role: 'mirror' }]);
  });

  it('are not given before a block seals the leaf', async () => {
    await federation.scene.createRun('waiting');
    for (const [index, status, code] of [[head().treeSize, 404, 'leaf.not-found'], ['1e3', 400, 'request.invalid']] as const) {
      const response = await federation.get(`/v1/leaves/${index}/receipt`);
      expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ code });
    }
  });

  it('are documented', async () => {
    const { paths } = (await (await federation.get('/openapi.json')).json()) as { paths: Record<string, { get: { responses: Record<string, object> } }> };
    for (const path of ['/v1/leaves/{index}/receipt', '/v1/models/{sha256}/receipt']) {
      expect(paths[path]?.get.responses['200']).toHaveProperty(['content', 'application/json', 'schema', 'properties', 'inclusion']);
      expect(paths[path]?.get.responses).toHaveProperty('404');
    }
  });
});
