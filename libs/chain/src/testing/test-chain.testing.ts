import { toHex, utf8 } from '../bytes.js';
import type { Signer } from '../crypto/crypto.js';
import { blockHash } from '../header/block-hash.js';
import { encodeHeader, HEADER_OFFSETS } from '../header/header.js';
import type { Header } from '../header/header.js';
import { leafHash } from '../leaf/leaf-hash.js';
import type { SeenHead } from '../leaf/payload-fields.js';
import type { JsonLeafKind, Payload } from '../leaf/payloads.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { encodeLink, signLeaf } from '../leaf/sign-leaf.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { createSigner } from '../native/node-signer.js';
import { nextDifficulty } from '../pow/retarget.js';
import { difficultyFor, meetsTarget } from '../pow/target.js';
import { MerkleTree } from '../tree/merkle-tree.js';
import { BlockList } from '../verify/block-list.js';
import { LeafRules } from '../verify/leaf-rules.js';

/** Expected tries of a test block: enough that a changed header is not a valid one by luck, and mined in milliseconds. */
export const EASY_TRIES = 4096n;

/** A key that is the same in every run of a test. */
export function testSigner(name: string): Signer {
  return createSigner(nodeCrypto.sha256(utf8(`test key of ${name}`)));
}

/** Hex SHA-256 of a name, for hashes whose content does not matter. */
export function testHash(name: string): string {
  return toHex(nodeCrypto.sha256(utf8(name)));
}

export type ProofOfWork = Payload<'charter'>['proofOfWork'];
type Body<K extends JsonLeafKind> = Omit<Payload<K>, 'chain'>;

/**
 * A real chain in memory, built as a coordinator builds one: leaves pass the rules as they are accepted, and `seal` mines a
 * block over whatever was accepted since. Keys, times and nonces are the same in every run.
 */
export class TestChain {
  readonly operator = testSigner('operator');
  readonly rules = new LeafRules(nodeCrypto);
  readonly blocks = new BlockList();
  readonly tree = new MerkleTree(nodeCrypto);
  /** 176 bytes each, genesis first. */
  readonly headers: Uint8Array[] = [];
  readonly decodedHeaders: Header[] = [];
  /** Sealed leaves. */
  readonly leaves: Uint8Array[] = [];
  readonly proofOfWork: ProofOfWork;
  readonly chainId: string;
  #pool: { bytes: Uint8Array; hash: Uint8Array; closes: boolean }[] = [];
  /** Milliseconds since the epoch; every seal moves it. */
  nowMs = 1_750_000_000_000;

  constructor(options: { proofOfWork?: Partial<ProofOfWork>; charter?: Partial<Payload<'charter'>>; founders?: readonly Signer[] } = {}) {
    this.proofOfWork = {
      sigmaPpm: 8000, window: 32, floor: String(EASY_TRIES), start: difficultyFor(EASY_TRIES), ...options.proofOfWork,
    };
    const founders = options.founders ?? [];
    const charter = signLeaf('charter', {
      version: 1,
      name: 'Test federation',
      createdAtMs: this.nowMs,
      salt: '00112233445566778899aabbccddeeff',
      operator: toHex(this.operator.publicKey),
      founders: founders.map(({ publicKey }) => toHex(publicKey)),
      origin: 'fedseal.test/federation',
      proofOfWork: this.proofOfWork,
      witnesses: { quorum: 0, keys: [] },
      ...options.charter,
    }, [this.operator, ...founders]);
    this.accept(charter);
    this.chainId = this.rules.views.chainId as string;
    this.seal();
  }

  /** Applies the rules and puts the leaf into the pool. @throws ChainError @returns the leaf hash, hex */
  accept(bytes: Uint8Array): string {
    const hash = leafHash(nodeCrypto, bytes);
    const leaf = readLeaf(bytes);
    this.rules.apply(leaf, hash, { blocks: this.blocks });
    this.#pool.push({ bytes, hash, closes: leaf.kind === 'round.close' });
    return toHex(hash);
  }

  /** Signs, by the operator unless others are named, and accepts. `chain` is filled in. @returns the leaf hash, hex */
  add<K extends JsonLeafKind>(kind: K, body: Body<K>, signers: readonly Signer[] = [this.operator]): string {
    return this.accept(this.sign(kind, body, signers));
  }

  /** The leaf alone, accepted nowhere. */
  sign<K extends JsonLeafKind>(kind: K, body: Body<K>, signers: readonly Signer[] = [this.operator]): Uint8Array {
    return signLeaf(kind, { chain: this.chainId, ...body } as unknown as Payload<K>, signers);
  }

  /** Mines the next block over the pool. @param searchMs how long the search claims to have taken */
  seal(searchMs = 100): Header {
    const previous = this.decodedHeaders.at(-1);
    if (previous) {
      const link = encodeLink(this.headers.at(-1) as Uint8Array);
      this.rules.apply(readLeaf(link), leafHash(nodeCrypto, link), { blocks: this.blocks });
      this.#pushLeaf(link, leafHash(nodeCrypto, link));
    }
    for (const { bytes, hash } of this.#pool) this.#pushLeaf(bytes, hash);
    this.nowMs += 1000;
    const sealStartMs = Math.max(this.nowMs, previous?.timestampMs ?? 0);
    const height = this.headers.length;
    const { bytes, header, hash } = mine({
      height,
      chainId: previous ? this.tree.leafHash(0) : new Uint8Array(32),
      previousHash: previous ? blockHash(nodeCrypto, this.headers.at(-1) as Uint8Array) : new Uint8Array(32),
      treeSize: this.tree.size,
      treeRoot: this.tree.root(),
      rounds: this.#pool.filter(({ closes }) => closes).length,
      sealStartMs,
      timestampMs: sealStartMs + searchMs,
      ...nextDifficulty(this.proofOfWork, this.decodedHeaders, height),
      extraNonce: new Uint8Array(16),
      nonce: 0n,
    });
    this.nowMs = header.timestampMs;
    this.headers.push(bytes);
    this.decodedHeaders.push(header);
    this.blocks.append({ header, bytes, hash });
    this.#pool = [];
    return header;
  }

  /** The newest sealed block, as contributors sign it. */
  head(): SeenHead {
    const { hash, ...block } = this.blocks.at(this.blocks.newest) as { hash: string; treeSize: number; treeRoot: string };
    return { height: this.blocks.newest, blockHash: hash, ...block };
  }

  #pushLeaf(bytes: Uint8Array, hash: Uint8Array): void {
    this.leaves.push(bytes);
    this.tree.append(hash);
  }
}

/** Finds a nonce by plain hashing: for the easy difficulties of tests. */
export function mine(template: Header): { bytes: Uint8Array; header: Header; hash: Uint8Array } {
  const bytes = encodeHeader(template);
  const view = new DataView(bytes.buffer);
  for (let nonce = template.nonce; ; nonce++) {
    view.setBigUint64(HEADER_OFFSETS.nonce, nonce);
    const hash = blockHash(nodeCrypto, bytes);
    // Cheap to ask first: below 2^-8 the first byte is zero.
    if (template.k > 8 && hash[0] !== 0) continue;
    if (meetsTarget(hash, template.k, template.m)) return { bytes, header: { ...template, nonce }, hash };
  }
}
