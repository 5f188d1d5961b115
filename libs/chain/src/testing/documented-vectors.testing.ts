import { toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { cohortRoot, cohortSeed, drawCohort } from '../cohort/draw-cohort.js';
import { keyIdOf } from '../crypto/key-id.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { decodeChainFile, encodeChainFile } from '../file/chain-file.js';
import { blockHash } from '../header/block-hash.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { decodeLeaf } from '../leaf/decode-leaf.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { signLeaf } from '../leaf/sign-leaf.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { createSigner } from '../native/node-signer.js';
import { nextDifficulty } from '../pow/retarget.js';
import { difficultyFor, meetsTarget, work } from '../pow/target.js';
import { tensorRoot } from '../tensor-root/tensor-root.js';
import { MerkleTree } from '../tree/merkle-tree.js';
import { sortedRootOf } from '../tree/root-of.js';
import { verifyChain } from '../verify/verify-chain.js';
import { fromHex } from '../bytes.js';
import { evidenceVectors } from './documented-evidence.testing.js';
import { refusal } from './refusal.testing.js';
import { testHash } from './test-chain.testing.js';
import { buildSmallChain } from './test-federation.testing.js';

/** The chain that docs/vectors/small-chain.fsl holds. */
export const documentedChain = () => buildSmallChain({ rounds: 2 });

const hex = (bytes: Uint8Array) => toHex(bytes);
const hexes = (list: readonly Uint8Array[]) => list.map(toHex);

/** Everything under "Test vectors" in docs/CHAIN.md, computed. */
export async function documentedVectors() {
  return {
    key: keyVector(), json: jsonVectors(), leaf: leafVector(), tree: treeVector(), header: headerVector(), target: targetVectors(),
    retarget: retargetVectors(), cohort: cohortVector(), tensorRoot: tensorVector(), chainFile: await fileVector(), changedBytes: await changedBytes(),
    ...await evidenceVectors(),
  };
}

const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';

function keyVector() {
  const { publicKey } = createSigner(fromHex(SEED));
  return { seed: SEED, publicKey: hex(publicKey), keyId: hex(keyIdOf(nodeCrypto, publicKey)) };
}

function jsonVectors() {
  const accepted = { z: [true, null, -1], é: 'a"\\\n', '10': 1, '9': 9007199254740991 };
  const refused = ['{"b":1,"a":1}', '{"a":1,"a":1}', '{"__proto__":1}', '1.0', '9007199254740992', '-0', ' 1', '"\\u0061"', '"\\ud800"'];
  return {
    accepted: Buffer.from(encodeCanonicalJson(accepted)).toString(),
    refused: refused.map((json) => ({ json, rule: refusal(() => decodeCanonicalJson(utf8(json))).rule })),
  };
}

function leafVector() {
  const signer = createSigner(fromHex(SEED));
  const leaf = signLeaf('annotate', { chain: testHash('chain'), author: hex(signer.keyId), subject: testHash('subject'), text: 'Zürich: one split was wrong.' }, [signer]);
  const { payload, signatures } = decodeLeaf(leaf);
  return {
    payload: Buffer.from(payload).toString(),
    pae: hex(preAuthEncoding('application/vnd.fedseal.annotate.v1+json', payload).subarray(0, 56)),
    signature: hex(signatures[0]?.signature as Uint8Array),
    leaf: hex(leaf),
    leafHash: hex(leafHash(nodeCrypto, leaf)),
  };
}

function treeVector() {
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'];
  const tree = new MerkleTree(nodeCrypto);
  for (const entry of entries) tree.append(leafHash(nodeCrypto, fromHex(entry)));
  return {
    entries,
    roots: entries.map((_, i) => hex(tree.rootAt(i + 1))),
    inclusion: { index: 4, size: 7, proof: hexes(tree.inclusionProof(4, 7)) },
    consistency: { from: 3, to: 7, proof: hexes(tree.consistencyProof(3, 7)) },
  };
}

function headerVector() {
  const { headers, decodedHeaders } = documentedChain();
  const [bytes, header] = [headers[3] as Uint8Array, decodedHeaders[3]];
  return { header: hex(bytes), hash: hex(blockHash(nodeCrypto, bytes)), k: header?.k, m: header?.m, rounds: header?.rounds };
}

function targetVectors() {
  const bitcoin = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
  const pairs = [[32, 0xffff0000], [43, 0xceb344e1], [43, 0xceb344e0], [44, 0xffffffff]] as const;
  return {
    hash: bitcoin,
    meets: pairs.map(([k, m]) => ({ k, m, meets: meetsTarget(fromHex(bitcoin), k, m) })),
    difficulties: [1n, 2n, 3n, 4096n, 5_000_000n, (1n << 64n) + 1n].map((tries) => {
      const { k, m } = difficultyFor(tries);
      return { tries: String(tries), k, m, work: String(work(k, m)) };
    }),
  };
}

function retargetVectors() {
  const rules = { sigmaPpm: 8000, window: 4, floor: '1000', start: difficultyFor(5000n) };
  const spans = [[0, 0, 0, 120], [1, 1000, 1009, 5000], [1, 9000, 9020, 5000], [0, 12_000, 12_004, 6000], [2, 15_000, 15_001, 6500], [1, 21_500, 21_900, 9000], [1, 30_000, 330_000, 8000]];
  const headers = spans.map(([rounds, start, end, tries], height) => ({ height, rounds: rounds as number, sealStartMs: start as number, timestampMs: end as number, ...difficultyFor(BigInt(tries as number)) }));
  return { rules, headers, next: headers.map((_, i) => ({ height: i + 1, ...nextDifficulty(rules, headers.slice(0, i + 1), i + 1) })) };
}

function cohortVector() {
  const [blockHashHex, runLeafHash, round] = [testHash('block'), testHash('run'), 3];
  const seed = cohortSeed(nodeCrypto, { blockHash: fromHex(blockHashHex), runLeafHash: fromHex(runLeafHash), round });
  const candidates = ['a', 'b', 'c', 'd'].map(testHash);
  const drawn = drawCohort(nodeCrypto, { seed, candidates, size: 3 });
  return { blockHash: blockHashHex, runLeafHash, round, seed: hex(seed), candidates, size: 3, drawn, root: hex(cohortRoot(nodeCrypto, drawn)), updatesRoot: hex(sortedRootOf(nodeCrypto, candidates.map(fromHex))) };
}

function tensorVector() {
  const data = new Uint8Array(Float32Array.of(1, -0.5, 3.25).buffer);
  const tensors = [{ name: 'dense.kernel', dtype: 'F32', shape: [3, 1], data }, { name: 'dense.bias', dtype: 'F32', shape: [1], data: data.slice(0, 4) }] as const;
  return { tensors: tensors.map(({ data: bytes, ...rest }) => ({ ...rest, data: hex(bytes) })), root: hex(tensorRoot(nodeCrypto, tensors)) };
}

async function fileVector() {
  const chain = documentedChain();
  const bytes = encodeChainFile(chain);
  const { views: _views, ...report } = await verifyChain(chain, nodeCrypto);
  return { file: 'vectors/small-chain.fsl', bytes: bytes.length, sha256: hex(nodeCrypto.sha256(bytes)), report };
}

/** What a verifier names first when one byte of that file is changed. */
async function changedBytes() {
  const file = encodeChainFile(documentedChain());
  const headers = 28 + documentedChain().headers.length * 176;
  const offsets = [0, 19, 28 + 176 + 4, 28 + 2 * 176 + 50, 28 + 3 * 176 + 100, 28 + 3 * 176 + 145, 28 + 4 * 176 + 175, headers + 3, headers + 20, 3000, 6000, 12_000, 20_000, file.length - 40];
  const rows = [];
  for (const offset of offsets) {
    const changed = file.with(offset, (file[offset] as number) ^ 1);
    const error: unknown = await Promise.resolve().then(() => verifyChain(decodeChainFile(changed), nodeCrypto)).catch((reason: unknown) => reason);
    if (!(error instanceof ChainError)) throw new Error(`The changed byte ${offset} was not found.`);
    rows.push({ offset, mask: 1, rule: error.rule, ...error.location });
  }
  return rows;
}
