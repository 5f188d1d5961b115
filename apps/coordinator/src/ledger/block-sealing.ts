import { equalBytes, toHex } from '@fedseal/chain/bytes';
import { decodeHeader } from '@fedseal/chain/header/header';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { Logger } from '@nestjs/common';
import type { Clock } from '../observability/clock.js';
import type { CrashPoints } from '../observability/crash-points.js';
import type { FederationEvents } from '../observability/federation-events.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import { blockTemplate } from './block-template.js';
import type { BlockTemplate } from './block-template.js';
import type { SealedBlock } from './ledger-state.js';
import type { ChainWriter } from './chain-writer.js';
import { isUrgent } from './pool-leaf.js';
import { sealDueAtMs } from './promise-terms.js';
import { sealUrgency } from './sealer.js';
import type { FoundBlock, SealTarget, Waiting } from './sealer.js';

export interface SealingTools {
  readonly clock: Clock;
  readonly events: FederationEvents;
  readonly crash: CrashPoints;
}

/** What the sealer does to the chain: fix a template, append what was found, tell everybody. */
export class BlockSealing implements SealTarget<BlockTemplate> {
  private readonly log = new Logger('Sealer');

  constructor(
    private readonly writer: ChainWriter,
    private readonly store: LedgerStore,
    private readonly tools: SealingTools,
  ) {
    writer.onSealed((block) => this.announce(block));
  }

  waiting(): Waiting {
    const { pool, hasOpenRound } = this.writer.state;
    const dueAtMs = sealDueAtMs(this.writer.state);
    const dueInMs = dueAtMs === undefined ? undefined : dueAtMs - this.tools.clock.nowMs();
    return { leaves: pool.length, urgent: pool.some(isUrgent), roundOpen: hasOpenRound, ...(dueInMs === undefined ? {} : { dueInMs }) };
  }

  template(): Promise<BlockTemplate | undefined> {
    return this.writer.look((state) => (sealUrgency(this.waiting()) === 'wait' ? undefined : blockTemplate(state)));
  }

  async append(template: BlockTemplate, found: FoundBlock): Promise<boolean> {
    const block = blockOf(template, found);
    return this.writer.change(
      async (tx) => {
        const { state } = this.writer;
        if (!equalBytes(state.tip.hash, block.header.previousHash)) return false;
        const [link] = block.leaves;
        if (link !== undefined) state.apply(link.leaf, link.hash, link.index);
        this.tools.crash.reach('seal.before-append');
        await this.store.appendBlock(tx, storedBlock(block), storedLeaves(template, block), template.leaves.map(({ seq }) => seq));
        return true;
      },
      (appended) => {
        this.tools.crash.reach('seal.after-append');
        if (appended) this.writer.append(block);
      },
    );
  }

  announceStart({ header, leaves }: BlockTemplate): void {
    this.publish({ name: 'seal.started.v1', data: { height: header.height, leaves: leaves.length + 1 } });
  }

  private announce({ header, hash, leaves, tries }: SealedBlock): void {
    const { height, treeSize, k, m, sealStartMs, timestampMs } = header;
    const rounds = leaves.flatMap(({ leaf }) => {
      return leaf.kind === 'round.close' ? [{ run: leaf.payload.predicate.run, round: leaf.payload.predicate.round }] : [];
    });
    const seconds = (timestampMs - sealStartMs) / 1000;
    const sizes = { leaves: leaves.length, treeSize };
    this.publish({
      name: 'block.sealed.v1',
      data: { height, hash: toHex(hash), ...sizes, k, m, tries: String(tries), seconds, rounds },
    });
  }

  /** Whoever listens must not be able to stop the chain. */
  private publish(event: AnyDashboardEvent): void {
    try {
      this.tools.events.publish(event);
    } catch (error) {
      this.log.error(`Somebody who listens to ${event.name} failed`, error);
    }
  }
}

function blockOf({ header: { treeSize }, link, leaves }: BlockTemplate, { header: bytes, tries }: FoundBlock): SealedBlock {
  const first = treeSize - leaves.length - 1;
  return {
    bytes,
    header: decodeHeader(bytes),
    hash: blockHash(nodeCrypto, bytes),
    tries,
    leaves: [
      { index: first, hash: link.hash, leaf: readLeaf(link.bytes) },
      ...leaves.map(({ hash, leaf }, i) => ({ index: first + 1 + i, hash, leaf })),
    ],
  };
}

function storedBlock({ header, bytes, hash, tries }: SealedBlock) {
  return { height: header.height, header: bytes, hash: toHex(hash), treeSize: header.treeSize, tries };
}

function storedLeaves({ link, leaves }: BlockTemplate, block: SealedBlock) {
  const bytes = [link.bytes, ...leaves.map((entry) => entry.bytes)];
  return block.leaves.map(({ index, hash, leaf }, i) => {
    return { index, hash: toHex(hash), kind: LEAF_KINDS[leaf.kind], bytes: bytes[i] as Uint8Array };
  });
}
