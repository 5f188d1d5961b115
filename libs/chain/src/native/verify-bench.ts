/// <reference types="node" />
import { createHash } from 'node:crypto';
import { toHex, utf8 } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import type { Signer } from '../crypto/crypto.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { blockHash } from '../header/block-hash.js';
import { encodeHeader, HEADER_OFFSETS } from '../header/header.js';
import type { Header } from '../header/header.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { signLeaf } from '../leaf/sign-leaf.js';
import { difficultyFor } from '../pow/target.js';
import type { Difficulty } from '../pow/target.js';
import { buildReceipt } from '../receipt/build-receipt.js';
import { verifyReceipt } from '../receipt/verify-receipt.js';
import { CompactRange } from '../tree/compact-range.js';
import { MerkleTree } from '../tree/merkle-tree.js';
import { isBelowTarget } from '../verify/below-target.js';
import { HeaderChain } from '../verify/header-chain.js';
import type { HeaderRules } from '../verify/header-chain.js';
import { LeafRules } from '../verify/leaf-rules.js';
import { RetargetWindow } from '../verify/retarget-window.js';
import { nodeCrypto } from './node-crypto.js';
import { createSigner } from './node-signer.js';

/** One figure, and what it was measured against in the same run. */
export interface VerifyBenchRow {
  readonly name: 'chain/verify';
  readonly value: number;
  readonly unit: 'leaves/s hashed' | 'headers/s' | 'leaves/s with signatures' | 'ms a receipt in JavaScript';
  /** `createHash`: hashes a second of as many bytes, a stream object each; null for a figure without a baseline. */
  readonly against: 'createHash' | null;
  readonly ratio: number | null;
}

/** Each pass measures everything for a moment, so that a drift of the machine's speed meets all of it. */
const PASSES = 9;
const HEADERS = 20_000;
const LEAVES = 20_000;
const SIGNED_LEAVES = 200;
/** Of the bench's headers: tries that are made in a moment, and not so few that the rule stays at its floor. */
const EASY_TRIES = 16n;

/**
 * Measures verification on the calling thread with OpenSSL's SHA-256 and Ed25519: leaves hashed into the tree; headers with every rule
 * that needs no leaves (encoding, hash, link, times, proof of work, retarget over the window); leaves with all their rules; and one
 * receipt on the portable primitives, as a browser does it.
 * @returns the median of each over the passes
 */
export async function benchVerify(): Promise<VerifyBenchRow[]> {
  const { headers, rules } = easyHeaders(HEADERS);
  const signed = signedLeaves(SIGNED_LEAVES);
  const leaves = Array.from({ length: LEAVES }, (_, i) => signed[i % signed.length] as Uint8Array);
  const receipt = await aReceipt(signed);
  const measures = {
    leaves: () => LEAVES / secondsOf(() => hashLeaves(leaves)),
    plainLeaves: () => LEAVES / secondsOf(() => leaves.forEach(digest)),
    headers: () => HEADERS / secondsOf(() => verifyHeaders(headers, rules)),
    plainHeaders: () => HEADERS / secondsOf(() => headers.forEach(digest)),
    signed: () => signed.length / secondsOf(() => applyLeaves(signed)),
    receipt: () => 1000 * secondsOf(() => verifyReceipt(receipt, nobleCrypto)),
  };
  const figures = Object.fromEntries(Object.keys(measures).map((name) => [name, [] as number[]])) as Record<keyof typeof measures, number[]>;
  // The first pass lets V8 compile and is not counted.
  for (let pass = 0; pass <= PASSES; pass++) {
    for (const [name, measure] of Object.entries(measures)) {
      const figure = measure();
      if (pass > 0) figures[name as keyof typeof measures].push(figure);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ratio = (measured: readonly number[], baseline: readonly number[]) => median(measured.map((figure, i) => figure / (baseline[i] as number)));
  return [
    { name: 'chain/verify', value: median(figures.leaves), unit: 'leaves/s hashed', against: 'createHash', ratio: ratio(figures.leaves, figures.plainLeaves) },
    { name: 'chain/verify', value: median(figures.headers), unit: 'headers/s', against: 'createHash', ratio: ratio(figures.headers, figures.plainHeaders) },
    { name: 'chain/verify', value: median(figures.signed), unit: 'leaves/s with signatures', against: null, ratio: null },
    { name: 'chain/verify', value: median(figures.receipt), unit: 'ms a receipt in JavaScript', against: null, ratio: null },
  ];
}

/**
 * CPU time, all threads of the process counted: the figures are those of one core, whatever else the machine does meanwhile (and a
 * little too low, since the compiler's and the collector's threads count too).
 */
function secondsOf(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

function hashLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  const tree = new CompactRange(nodeCrypto);
  for (const leaf of leaves) tree.append(leafHash(nodeCrypto, leaf));
  return tree.root();
}

function verifyHeaders(headers: readonly Uint8Array[], rules: HeaderRules): void {
  const chain = new HeaderChain(nodeCrypto);
  for (const header of headers) chain.append(chain.read(header), rules);
}

function applyLeaves(leaves: readonly Uint8Array[]): void {
  const rules = new LeafRules(nodeCrypto);
  for (const leaf of leaves) rules.apply(readLeaf(leaf), leafHash(nodeCrypto, leaf), { blocks: { newest: -1, at: () => undefined } });
}

/** A chain of headers with real proof of work and a difficulty that moves, over leaves that are nowhere. */
function easyHeaders(count: number): { headers: Uint8Array[]; rules: HeaderRules } {
  const rules: HeaderRules = {
    chainId: nodeCrypto.sha256(utf8('bench')),
    proofOfWork: { sigmaPpm: 8000, window: 32, floor: '2', start: difficultyFor(EASY_TRIES) },
  };
  const window = new RetargetWindow(rules.proofOfWork);
  const headers: Uint8Array[] = [];
  const zero = new Uint8Array(32);
  let previous: Uint8Array = zero;
  let now = 1_750_000_000_000;
  for (let height = 0; height < count; height++) {
    const sealStartMs = now + 900;
    // Searches around the aim, 8 ms of a second, so that the difficulty rises and falls.
    now = sealStartMs + 4 + ((height * 7) % 9);
    const template: Header = {
      height, chainId: height === 0 ? zero : rules.chainId, previousHash: previous, treeSize: 1 + 3 * height, treeRoot: rules.chainId, rounds: height === 0 ? 0 : 1,
      sealStartMs, timestampMs: now, ...window.next(), extraNonce: new Uint8Array(16), nonce: 0n,
    };
    const bytes = encodeHeader(template);
    previous = mine(bytes, template);
    headers.push(bytes);
    window.push(template);
  }
  return { headers, rules };
}

/** Sets the first nonce that meets the header's own target. @returns the block's hash */
function mine(bytes: Uint8Array, { k, m }: Difficulty): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(HEADER_OFFSETS.nonce + 4, nonce);
    const hash = blockHash(nodeCrypto, bytes);
    if (isBelowTarget(hash, k, m)) return hash;
  }
}

/** A charter, an enrolment and remarks by the one contributor: leaves of an ordinary size. */
function signedLeaves(count: number): Uint8Array[] {
  const [operator, contributor] = [signer(1), signer(2)];
  const charter = signLeaf('charter', {
    version: 1, name: 'Bench', createdAtMs: 0, salt: '0'.repeat(32), operator: toHex(operator.publicKey), founders: [], origin: 'fedseal.bench/1',
    proofOfWork: { sigmaPpm: 8000, window: 32, floor: '1', start: { k: 0, m: 2 ** 32 - 1 } }, witnesses: { quorum: 0, keys: [] },
  }, [operator]);
  const chain = toHex(leafHash(nodeCrypto, charter));
  const enrolment = signLeaf('contributor.enrol', { chain, key: toHex(contributor.publicKey), name: 'Bench', role: 'contributor', invitation: chain }, [operator, contributor]);
  const remarks = Array.from({ length: count - 2 }, (_, i) =>
    signLeaf('annotate', { chain, author: toHex(contributor.keyId), subject: chain, text: `Remark ${i}: ${'x'.repeat(400)}` }, [contributor]));
  return [charter, enrolment, ...remarks];
}

const signer = (seed: number): Signer => createSigner(new Uint8Array(32).fill(seed));

/** Of the last leaf, sealed in a block of its own. */
async function aReceipt(leaves: readonly Uint8Array[]) {
  const tree = new MerkleTree(nodeCrypto);
  for (const leaf of leaves) tree.append(leafHash(nodeCrypto, leaf));
  const chainId = tree.leafHash(0);
  const header = encodeHeader({
    height: 1, chainId, previousHash: chainId, treeSize: tree.size, treeRoot: tree.root(), rounds: 0, sealStartMs: 0, timestampMs: 0,
    ...difficultyFor(1n), extraNonce: new Uint8Array(16), nonce: 0n,
  });
  mine(header, difficultyFor(1n));
  const { origin } = (readLeaf(leaves[0] as Uint8Array).payload as { origin: string });
  return buildReceipt({
    leaf: (index) => leaves[index] as Uint8Array,
    sealingHeader: () => header,
    inclusionProof: (index, size) => tree.inclusionProof(index, size),
    consistencyProof: (from, to) => tree.consistencyProof(from, to),
    checkpoint: () => ({ note: signCheckpoint({ origin, size: tree.size, root: tree.root() }, signer(1), nodeCrypto), size: tree.size }),
    keyLeaf: (keyId) => (keyId === toHex(signer(2).keyId) ? 1 : undefined),
    operatorRotations: () => [],
  }, leaves.length - 1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
