import { fromHex, toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { ChainLocation } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Header } from '../header/header.js';
import { leafHash } from '../leaf/leaf-hash.js';
import type { SeenHead } from '../leaf/payload-fields.js';
import type { Payload } from '../leaf/payloads.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeaf } from '../leaf/read-leaf.js';
import { work } from '../pow/target.js';
import { CompactRange } from '../tree/compact-range.js';
import { BlockList } from './block-list.js';
import { LeafRules } from './leaf-rules.js';
import type { ChainViews } from './leaf-rules.js';
import { HeaderChain } from './header-chain.js';
import type { HeaderRules } from './header-chain.js';
import type { PlacedHeader } from './placed-header.js';
import { demandTree } from './rules/header-tree.js';
import { demandLinkPlace } from './rules/link-place.js';

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface ChainSources {
  /** 176 bytes each, ascending from genesis. */
  readonly headers: Source;
  /** Ascending from the charter; as many as the last header's `treeSize`. */
  readonly leaves: Source;
}

export interface ChainCallbacks {
  /** After a leaf passed every rule. */
  readonly onLeaf?: (leaf: ReadLeaf, at: VerifiedLeaf) => void | Promise<void>;
  /** After a header and all its leaves passed. */
  readonly onHeader?: (header: Header, at: { readonly hash: Uint8Array }) => void | Promise<void>;
}

export interface VerifiedLeaf {
  readonly index: number;
  /** Height of the block that seals it. */
  readonly block: number;
  /** Leaf hash, 32 bytes. */
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  /** The state with this leaf in it. */
  readonly views: ChainViews;
}

/** What a chain that verified holds. */
export interface ChainReport {
  /** Hex. */
  readonly chainId: string;
  readonly name: string;
  readonly head: SeenHead;
  /** When the last block was found, ms since the epoch. */
  readonly timestampMs: number;
  readonly blocks: number;
  readonly leaves: number;
  /** Rounds sealed. */
  readonly rounds: number;
  readonly runs: number;
  readonly contributors: number;
  /** Expected tries behind the whole chain, a decimal integer. */
  readonly work: string;
  /** The state at the end, for further questions. */
  readonly views: ChainViews;
}

/**
 * Checks a whole chain: every header, every leaf, and every rule between them, in one pass and without any other
 * input. Memory grows with blocks, contributors and rounds, not with the bytes of the leaves.
 * @throws ChainError naming the first rule broken, the block and, where it is one, the leaf
 */
export async function verifyChain(sources: ChainSources, crypto: Crypto, callbacks: ChainCallbacks = {}): Promise<ChainReport> {
  const verification = new Verification(crypto, callbacks, iterate(sources.leaves));
  try {
    for await (const bytes of sources.headers) await verification.block(bytes);
    return await verification.end();
  } finally {
    await verification.leaves.return?.();
  }
}

class Verification {
  readonly #rules: LeafRules;
  readonly #tree: CompactRange;
  readonly #blocks = new BlockList();
  readonly #headers: HeaderChain;
  #work = 0n;
  #rounds = 0;

  constructor(
    readonly crypto: Crypto,
    readonly callbacks: ChainCallbacks,
    readonly leaves: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
  ) {
    this.#rules = new LeafRules(crypto);
    this.#tree = new CompactRange(crypto);
    this.#headers = new HeaderChain(crypto);
  }

  async block(bytes: Uint8Array): Promise<void> {
    const height = this.#blocks.newest + 1;
    const block = { block: height };
    const placed = locate(block, () => this.#headers.read(bytes));
    const { header, hash } = placed;
    const rounds = await this.#readLeaves(placed);
    locate(block, () => {
      this.#headers.append(placed, height === 0 ? this.#headerRules() : undefined);
      demandTree(header, this.#tree, rounds);
    });
    this.#blocks.append(placed);
    this.#work += work(header.k, header.m);
    this.#rounds += rounds;
    await this.callbacks.onHeader?.(header, { hash });
  }

  async end(): Promise<ChainReport> {
    const last = this.#headers.tip;
    if (last === undefined) throw new ChainError('chain.empty', 'A chain has at least its genesis block.');
    const { header, hash } = last;
    if (!(await this.leaves.next()).done) {
      throw new ChainError('chain.surplus-leaves', 'Leaves follow that no block seals.', { leaf: header.treeSize });
    }
    const { views } = this.#rules;
    return {
      chainId: views.chainId as string,
      name: this.#charter().name,
      head: { height: header.height, blockHash: toHex(hash), treeSize: header.treeSize, treeRoot: toHex(header.treeRoot) },
      timestampMs: header.timestampMs,
      blocks: header.height + 1,
      leaves: header.treeSize,
      rounds: this.#rounds,
      runs: views.runs.size,
      contributors: views.contributors.size,
      work: String(this.#work),
      views,
    };
  }

  /** @returns how many `round.close` the block holds */
  async #readLeaves(placed: PlacedHeader): Promise<number> {
    const block = placed.header.height;
    const first = this.#tree.size;
    let rounds = 0;
    for (let index = first; index < placed.header.treeSize; index++) {
      const at = { block, leaf: index };
      const next = await this.leaves.next();
      if (next.done) throw new ChainError('chain.missing-leaves', `The block seals ${placed.header.treeSize} leaves; the last one given is ${index - 1}.`, at);
      const bytes = next.value;
      const hash = leafHash(this.crypto, bytes);
      const leaf = locate(at, () => {
        const read = readLeaf(bytes);
        demandLinkPlace(read, index === first, this.#headers.tip);
        this.#rules.apply(read, hash, { blocks: this.#blocks, index });
        return read;
      });
      this.#tree.append(hash);
      if (leaf.kind === 'round.close') rounds++;
      await this.callbacks.onLeaf?.(leaf, { index, block, hash, bytes, views: this.#rules.views });
    }
    return rounds;
  }

  /** Of the charter, which genesis seals. */
  #headerRules(): HeaderRules {
    return { chainId: fromHex(this.#rules.views.chainId as string), proofOfWork: this.#charter().proofOfWork };
  }

  #charter(): Payload<'charter'> {
    return this.#rules.views.charter as Payload<'charter'>;
  }
}

/** Runs a check and adds the place to whatever it refuses. */
function locate<T>(at: ChainLocation, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ChainError ? error.at(at) : error;
  }
}

function iterate(source: Source): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
