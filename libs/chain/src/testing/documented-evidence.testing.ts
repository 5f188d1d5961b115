import { fromHex, toBase64url, toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import { encodeContradiction } from '../contradiction/contradiction.js';
import { verifyContradiction } from '../contradiction/verify-contradiction.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { encodeVerifierKey } from '../note/note-key.js';
import { encodeOmission, packLeafHashes } from '../omission/omission.js';
import { verifyOmission } from '../omission/verify-omission.js';
import { encodePromise, PROMISE_TYPE, signPromise, verifyPromise } from '../promise/promise.js';
import { buildReceipt } from '../receipt/build-receipt.js';
import { encodeReceipt } from '../receipt/receipt.js';
import { verifyReceipt } from '../receipt/verify-receipt.js';
import { entryBundle } from '../tiles/entry-bundle.js';
import { hashTile } from '../tiles/hash-tile.js';
import { tilePath } from '../tiles/tile-path.js';
import { encodeTlogProof } from '../tiles/tlog-proof.js';
import { entryTiles, treeTiles } from '../tiles/tree-tiles.js';
import { leafIndex, receiptSource } from './receipt-source.testing.js';
import { testHash } from './test-chain.testing.js';
import { buildSmallChain } from './test-federation.testing.js';

/** Evidence about the chain of docs/vectors/small-chain.fsl, and about an operator who told another history. */
async function evidence() {
  const chain = buildSmallChain({ rounds: 2 });
  const source = receiptSource(chain);
  const { operator, chainId } = chain;
  const origin = chain.rules.views.charter?.origin as string;
  const size = chain.tree.size;
  const { note: checkpoint } = await source.checkpoint();
  const commit = leafIndex(chain, 'update.commit', 2);
  const promise = signPromise({ chain: chainId, leafHash: testHash('dropped'), height: 4, notAfterMs: chain.nowMs + 60_000, issuedAtMs: chain.nowMs - 60_000 }, operator);
  const told = buildSmallChain({ rounds: 2, memoryBytes: 2 ** 33 });
  const at = chain.decodedHeaders[3]?.treeSize as number;
  const base = { chain: chainId, charter: toBase64url(chain.leaves[0] as Uint8Array), rotations: [] };
  return {
    chain, origin, checkpoint, commit, promise,
    receipt: await buildReceipt(source, commit),
    tip: await buildReceipt(source, size - 1),
    proof: encodeTlogProof({ index: commit, inclusion: chain.tree.inclusionProof(commit, size), checkpoint }),
    contradiction: {
      fedseal: 'contradiction/v1' as const, ...base,
      earlier: signCheckpoint({ origin, size: at, root: chain.tree.rootAt(at) }, operator, nodeCrypto),
      later: signCheckpoint({ origin, size: told.tree.size, root: told.tree.root() }, operator, nodeCrypto),
      evidence: { kind: 'link' as const, link: { leaf: toBase64url(told.leaves[at] as Uint8Array), index: at, inclusion: told.tree.inclusionProof(at, told.tree.size).map(toHex) } },
    },
    omission: {
      fedseal: 'omission/v1' as const, ...base, promise, checkpoint,
      link: toBase64url(chain.leaves[chain.decodedHeaders[4]?.treeSize as number] as Uint8Array),
      leafHashes: packLeafHashes(chain.leaves.map((leaf) => leafHash(nodeCrypto, leaf))),
    },
  };
}

/** Every file under docs/vectors but the chain, by name. */
export async function documentedFiles(): Promise<Record<string, Uint8Array>> {
  const { checkpoint, receipt, tip, proof, promise, contradiction, omission } = await evidence();
  return {
    'checkpoint.txt': utf8(checkpoint),
    'commit.tlog-proof': utf8(proof),
    'receipt.json': encodeReceipt(receipt),
    'receipt-unlinked.json': encodeReceipt(tip),
    'promise.json': encodePromise(promise),
    'contradiction.json': encodeContradiction(contradiction),
    'omission.json': encodeOmission(omission),
  };
}

/** The values under "Test vectors" in docs/CHAIN.md that are about evidence. */
export async function evidenceVectors() {
  const { chain, origin, checkpoint, commit, promise, receipt, tip, contradiction, omission } = await evidence();
  const operatorKey = toHex(chain.operator.publicKey);
  const files = Object.entries(await documentedFiles()).map(([name, bytes]) => ({ file: `vectors/${name}`, bytes: bytes.length, sha256: toHex(nodeCrypto.sha256(bytes)) }));
  const { leaf, signers, block, status, artifacts } = verifyReceipt(receipt, nodeCrypto);
  const rule = (check: () => unknown) => {
    try {
      check();
    } catch (error) {
      if (error instanceof ChainError) return error.rule;
    }
    throw new Error('The changed evidence was accepted.');
  };
  const refused = (file: string, truth: object, verify: (changed: unknown) => unknown, changes: Record<string, unknown>) =>
    Object.entries(changes).map(([field, value]) => ({ file: `vectors/${file}`, field, value, rule: rule(() => verify({ ...truth, [field]: value })) }));
  return {
    note: { verifierKey: encodeVerifierKey(nodeCrypto, { name: origin, publicKey: chain.operator.publicKey }), checkpoint },
    tiles: [...treeTiles(chain.tree.size)].map(({ level, index, width }) => ({ path: tilePath(level, index, width), sha256: toHex(nodeCrypto.sha256(hashTile(chain.tree, { level, index, width }))) })).concat(
      [...entryTiles(chain.tree.size)].map(({ level, index, width }) => ({ path: tilePath(level, index, width), sha256: toHex(nodeCrypto.sha256(entryBundle(chain.leaves))) })),
    ),
    tilePaths: [[0, 0, 256], [0, 273, 112], [1, 1234067, 256], ['entries', 1000, 255]].map(([level, index, width]) => ({ level, index, width, path: tilePath(level as number | 'entries', index as number, width as number) })),
    evidenceFiles: files,
    promise: { type: PROMISE_TYPE, operator: operatorKey, accepted: verifyPromise(promise, chain.operator, nodeCrypto) },
    receipt: {
      leaf: { index: leaf.index, kind: leaf.kind, leafHash: leaf.leafHash }, signers: signers.map(({ keyId, role, name }) => ({ keyId, role, name })), block, status, artifacts,
      unlinked: verifyReceipt(tip, nodeCrypto).status,
    },
    contradiction: verifyContradiction(contradiction, nodeCrypto),
    omission: (({ promise: _, ...report }) => JSON.parse(JSON.stringify(report)) as object)(verifyOmission(omission, nodeCrypto)),
    changedEvidence: [
      ...refused('receipt.json', receipt, (changed) => verifyReceipt(changed, nodeCrypto), {
        chain: testHash('another'), index: commit + 1, inclusion: receipt.inclusion.slice(1), enrolment: [], consistency: [], link: null, artifacts: [],
        block: { ...receipt.block, height: 4 }, checkpoint: contradiction.earlier, charter: receipt.leaf, leaf: tip.leaf, fedseal: 'receipt/v2',
      }),
      ...refused('contradiction.json', contradiction, (changed) => verifyContradiction(changed, nodeCrypto), {
        later: checkpoint, evidence: { kind: 'size' }, rotations: [receipt.leaf], earlier: contradiction.earlier.replace('fedseal.test', 'fedseal.text'),
      }),
      ...refused('omission.json', omission, (changed) => verifyOmission(changed, nodeCrypto), {
        leafHashes: omission.leafHashes.slice(0, -43 * 4), link: tip.leaf, promise: { ...promise, promise: { ...promise.promise, height: 3 } },
        checkpoint: contradiction.earlier, chain: testHash('another'),
      }),
      ...refused('promise.json', promise, (changed) => verifyPromise(changed, { publicKey: fromHex(operatorKey), chain: chain.chainId }, nodeCrypto), {
        promise: { ...promise.promise, notAfterMs: 1 }, signature: `A${promise.signature.slice(1)}`,
      }),
    ],
  };
}
