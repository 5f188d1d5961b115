import { fromHex, toHex } from '@fedseal/chain/bytes';
import { signCheckpoint } from '@fedseal/chain/checkpoint/sign-checkpoint';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { decodeHeader, encodeHeader, type Header } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { JsonLeafKind, Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { encodeLink, signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { meetsTarget } from '@fedseal/chain/pow/target';
import { buildReceipt } from '@fedseal/chain/receipt/build-receipt';
import type { Receipt } from '@fedseal/chain/receipt/receipt';
import { MerkleTree } from '@fedseal/chain/tree/merkle-tree';
import type { IndexedBlock } from '@fedseal/chain/verify/block-index';
import { LeafRules } from '@fedseal/chain/verify/leaf-rules';
import type { Head } from '@fedseal/protocol/worker-messages';

/** About 16 tries a block. */
const K = 4;
const M = 2 ** 32 - 1;
const ZERO = new Uint8Array(32);
const ORIGIN = 'test.example.org/fedseal';

/** A real chain in memory: every leaf passes the rules, every header is mined. */
export class MiniChain {
  readonly rules = new LeafRules(nodeCrypto);
  readonly tree = new MerkleTree(nodeCrypto);
  readonly headers: Uint8Array[] = [];
  /** Sealed ones. */
  readonly leaves: Uint8Array[] = [];
  readonly chainId: string;
  private readonly indexed: IndexedBlock[] = [];
  private pool: Uint8Array[] = [];
  private readonly blocks;

  constructor(readonly operator: Signer, name = 'Test federation') {
    const { indexed } = this;
    this.blocks = {
      get newest() { return indexed.length - 1; },
      at: (height: number) => indexed[height],
    };
    const charter = signLeaf('charter', {
      version: 1, name, createdAtMs: 1_700_000_000_000, salt: '00'.repeat(16), operator: toHex(operator.publicKey), founders: [],
      origin: ORIGIN, witnesses: { quorum: 0, keys: [] },
      proofOfWork: { sigmaPpm: 8000, window: 32, floor: '1', start: { k: K, m: M } },
    }, [operator]);
    this.chainId = toHex(this.accept(charter));
    this.seal();
  }

  get head(): Head {
    return this.headAt(this.headers.length - 1);
  }

  /** Of the newest block; each is 10 ms after the one below. */
  get timestampMs(): number {
    return decodeHeader(this.headers.at(-1) as Uint8Array).timestampMs;
  }

  headAt(height: number): Head {
    const block = this.indexed[height];
    if (!block) throw new Error(`no block ${height}`);
    return { height, blockHash: block.hash, treeSize: block.treeSize, treeRoot: block.treeRoot };
  }

  /** Checks a leaf against every rule and pools it. @returns its leaf hash. @throws ChainError */
  accept(leaf: Uint8Array): Uint8Array {
    const hash = leafHash(nodeCrypto, leaf);
    this.rules.apply(readLeaf(leaf), hash, { blocks: this.blocks });
    this.pool.push(leaf);
    return hash;
  }

  sign<K2 extends JsonLeafKind>(kind: K2, payload: Omit<Payload<K2>, 'chain'>): Uint8Array {
    const full = { ...payload, chain: this.chainId } as unknown as Payload<K2>;
    return this.accept(signLeaf(kind, full, [this.operator]));
  }

  /** Forgets an accepted leaf, as an operator does who means to keep it out. @returns puts it back */
  drop(hash: string): () => void {
    const named = (leaf: Uint8Array) => toHex(leafHash(nodeCrypto, leaf)) === hash;
    const dropped = this.pool.filter(named);
    this.pool = this.pool.filter((leaf) => !named(leaf));
    return () => void this.pool.push(...dropped);
  }

  /** The newest block's tree, signed by the operator. */
  checkpoint(): { note: string; size: number } {
    const size = this.tree.size;
    return { note: signCheckpoint({ origin: ORIGIN, size, root: this.tree.root() }, this.operator, nodeCrypto), size };
  }

  receipt(index: number): Promise<Receipt> {
    const keyOf = (leaf: Uint8Array) => {
      const { kind, payload } = readLeaf(leaf);
      return kind === 'contributor.enrol' ? toHex(keyIdOf(nodeCrypto, fromHex(payload.key))) : undefined;
    };
    return buildReceipt({
      leaf: (at) => this.leaves[at] as Uint8Array,
      sealingHeader: (at) => this.headers[this.indexed.findIndex(({ treeSize }) => treeSize > at)],
      inclusionProof: (at, size) => this.tree.inclusionProof(at, size),
      consistencyProof: (from, to) => this.tree.consistencyProof(from, to),
      checkpoint: () => this.checkpoint(),
      keyLeaf: (keyId, before) => {
        const at = this.leaves.findLastIndex((leaf, i) => i < before && keyOf(leaf) === keyId);
        return at < 0 ? undefined : at;
      },
      operatorRotations: () => [],
    }, index);
  }

  /** Seals the pool under a new header. */
  seal(): void {
    const height = this.headers.length;
    const below = this.headers[height - 1];
    const leaves = below ? [encodeLink(below), ...this.pool] : this.pool;
    this.pool = [];
    for (const leaf of leaves) {
      this.leaves.push(leaf);
      this.tree.append(leafHash(nodeCrypto, leaf));
    }
    const atMs = 1_700_000_000_000 + 10 * height;
    this.append(mine({
      height,
      chainId: below ? Buffer.from(this.chainId, 'hex') : ZERO,
      previousHash: below ? blockHash(nodeCrypto, below) : ZERO,
      treeSize: this.tree.size, treeRoot: this.tree.root(),
      rounds: 0, sealStartMs: atMs, timestampMs: atMs + 5, k: K, m: M, extraNonce: new Uint8Array(16), nonce: 0n,
    }));
  }

  private append({ bytes, header }: { bytes: Uint8Array; header: Header }): void {
    this.headers.push(bytes);
    this.indexed.push({ hash: toHex(blockHash(nodeCrypto, bytes)), treeSize: header.treeSize, treeRoot: toHex(header.treeRoot) });
  }
}

function mine(template: Header): { bytes: Uint8Array; header: Header } {
  for (let nonce = 0n; ; nonce++) {
    const header = { ...template, nonce };
    const bytes = encodeHeader(header);
    if (meetsTarget(blockHash(nodeCrypto, bytes), header.k, header.m)) return { bytes, header };
  }
}
