import { Injectable } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { decodeHeader, HEADER_BYTES } from '@fedseal/chain/header/header';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { leafKindName } from '@fedseal/chain/leaf/kinds';
import { work } from '@fedseal/chain/pow/target';
import { CodedError } from '../observability/coded-error.js';
import { LedgerStore } from '../storage/ports/ledger.store.js';
import type { StoredBlock } from '../storage/ports/ledger.store.js';
import { LedgerService } from './ledger.service.js';
import type {
  Block, BlockPage, BlockSummary, ConsistencyProof, Federation, InclusionProof, LeafDetail,
} from './http/ledger.schemas.js';

/** Headers per answer of `headers`: one mebibyte. */
export const HEADERS_PER_PAGE = Math.floor(1_048_576 / HEADER_BYTES);

/** Sealed blocks and leaves as the REST interface shows them, with proofs from the tree in memory. */
@Injectable()
export class ChainReader {
  constructor(
    private readonly ledger: LedgerService,
    private readonly store: LedgerStore,
  ) {}

  federation(): Federation {
    const { charter, waiting } = this.ledger;
    const head = this.ledger.head();
    const { publicKey, keyId } = this.ledger.operator;
    return {
      chain: this.ledger.chainId,
      name: charter.name,
      operator: { key: toHex(publicKey), keyId: toHex(keyId) },
      charter,
      head,
      counts: { blocks: head.height + 1, leaves: head.treeSize, waiting },
    };
  }

  /** Newest first, below height `before`. */
  async blocks(page: { before?: number | undefined; limit: number }): Promise<BlockPage> {
    const rows = await this.store.blocks({
      ...(page.before === undefined ? {} : { below: page.before }),
      limit: page.limit,
    });
    const blocks = rows.map((row) => this.summary(row));
    const last = blocks.at(-1)?.height ?? 0;
    return { blocks, next: last > 0 ? last : null };
  }

  /** @throws CodedError `block.not-found` */
  async block(heightOrHash: number | string): Promise<Block> {
    const row = await this.store.block(heightOrHash);
    if (row === undefined) {
      throw new CodedError('block.not-found', `There is no block ${heightOrHash}; ask /v1/blocks for what there is.`);
    }
    const summary = this.summary(row);
    const leaves: Block['leaves'] = [];
    for await (const { index, kind, hash } of this.store.streamLeaves(row.treeSize - summary.leafCount, row.treeSize)) {
      leaves.push({ index, kind: leafKindName(kind) ?? String(kind), hash });
    }
    return { ...summary, raw: toHex(row.header), leaves };
  }

  /** @throws CodedError `leaf.not-found` */
  async leaf(index: number): Promise<LeafDetail> {
    const row = await this.store.leaf(index);
    if (row === undefined) throw leafNotFound(index);
    const leaf = readLeaf(row.bytes);
    return {
      index,
      kind: leaf.kind,
      hash: row.hash,
      block: row.blockHeight,
      payload: leaf.kind === 'block.link' ? toHex(leaf.payloadBytes) : leaf.payload,
      signatures: leaf.signatures.map(({ keyId, signature }) => ({ keyId: toHex(keyId), signature: toHex(signature) })),
      raw: Buffer.from(row.bytes).toString('base64'),
    };
  }

  /** Audit path of a leaf in the newest block's tree. @throws CodedError `leaf.not-found` */
  async inclusionProof(index: number): Promise<InclusionProof> {
    const head = this.ledger.head();
    const row = index < head.treeSize ? await this.store.leaf(index) : undefined;
    if (row === undefined) throw leafNotFound(index);
    return {
      index,
      hash: row.hash,
      block: { height: head.height, hash: head.blockHash },
      treeSize: head.treeSize,
      treeRoot: head.treeRoot,
      proof: this.ledger.tree.inclusionProof(index, head.treeSize).map(toHex),
    };
  }

  /**
   * Raw headers from height `from` to height `to`, both included, at most a mebibyte of them.
   * @returns their concatenation and whether the answer is all that was asked for, so that it can never change.
   */
  async headers(from: number, to: number): Promise<{ bytes: Uint8Array; complete: boolean }> {
    const tip = this.ledger.head().height;
    const last = Math.min(to, tip, from + HEADERS_PER_PAGE - 1);
    if (last < from) return { bytes: new Uint8Array(), complete: false };
    const rows = await this.store.blocks({ below: last + 1, limit: last - from + 1 });
    return { bytes: Buffer.concat(rows.reverse().map(({ header }) => header)), complete: to <= tip };
  }

  /** @throws CodedError `leaf.not-found` when the tree is smaller than `to`. */
  consistency(from: number, to: number): ConsistencyProof {
    if (to > this.ledger.head().treeSize) throw leafNotFound(to - 1);
    return { from, to, proof: this.ledger.tree.consistencyProof(from, to).map(toHex) };
  }

  private summary({ header: raw, hash, tries }: StoredBlock): BlockSummary {
    const header = decodeHeader(raw);
    return {
      height: header.height,
      hash,
      chainId: toHex(header.chainId),
      previousHash: toHex(header.previousHash),
      treeSize: header.treeSize,
      treeRoot: toHex(header.treeRoot),
      leafCount: header.treeSize - this.ledger.treeSizeAt(header.height - 1),
      rounds: header.rounds,
      sealStartMs: header.sealStartMs,
      timestampMs: header.timestampMs,
      k: header.k,
      m: header.m,
      work: String(work(header.k, header.m)),
      extraNonce: toHex(header.extraNonce),
      nonce: String(header.nonce),
      tries: String(tries),
      sealSeconds: (header.timestampMs - header.sealStartMs) / 1000,
    };
  }
}

function leafNotFound(index: number): CodedError {
  return new CodedError('leaf.not-found', `No sealed leaf has index ${index}; /v1/federation says how many there are.`);
}
