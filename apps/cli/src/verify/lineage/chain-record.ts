import { toHex } from '@fedseal/chain/bytes';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { ChainCallbacks } from '@fedseal/chain/verify/verify-chain';

/** Where a leaf is sealed. */
export interface Place {
  readonly leaf: number;
  /** Height. */
  readonly block: number;
  /** Leaf hash, hex. */
  readonly hash: string;
}

/** A leaf's content and where it is sealed. */
export interface Recorded<P> {
  readonly at: Place;
  readonly payload: P;
}

export interface RecordedAttempt {
  readonly open: Recorded<Payload<'round.open'>>;
  readonly commits: Recorded<Payload<'update.commit'>>[];
  readonly verdicts: Recorded<Payload<'update.verdict'>>[];
  close: Recorded<Payload<'round.close'>['predicate']> | undefined;
}

export interface RecordedRun {
  readonly create: Recorded<Payload<'run.create'>>;
  /** In the order they were opened. */
  readonly attempts: RecordedAttempt[];
  end: Recorded<Payload<'run.end'>> | undefined;
}

export interface RecordedBlock {
  readonly hash: string;
  /** When it was found, by the operator's clock. */
  readonly timestampMs: number;
}

/** What a chain says of its runs, in the order in which it was said. Filled by a verification, so every rule has passed. */
export class ChainRecord {
  readonly runs = new Map<string, RecordedRun>();
  readonly evaluations: Recorded<Payload<'evaluation'>>[] = [];
  /** By height. */
  readonly blocks: RecordedBlock[] = [];

  readonly callbacks: ChainCallbacks = {
    onLeaf: (leaf, { index, block, hash }) => this.take(leaf, { leaf: index, block, hash: toHex(hash) }),
    onHeader: ({ height, timestampMs }, { hash }) => {
      this.blocks[height] = { hash: toHex(hash), timestampMs };
    },
  };

  private take(leaf: ReadLeaf, at: Place): void {
    switch (leaf.kind) {
      case 'run.create':
        this.runs.set(leaf.payload.run, { create: { at, payload: leaf.payload }, attempts: [], end: undefined });
        return;
      case 'run.end':
        this.runs.get(leaf.payload.run)!.end = { at, payload: leaf.payload };
        return;
      case 'round.open':
        this.runs.get(leaf.payload.run)!.attempts.push({ open: { at, payload: leaf.payload }, commits: [], verdicts: [], close: undefined });
        return;
      case 'update.commit':
        this.attempt(leaf.payload)?.commits.push({ at, payload: leaf.payload });
        return;
      case 'update.verdict':
        this.attempt(leaf.payload)?.verdicts.push({ at, payload: leaf.payload });
        return;
      case 'round.close': {
        const attempt = this.attempt(leaf.payload.predicate);
        if (attempt) attempt.close = { at, payload: leaf.payload.predicate };
        return;
      }
      case 'evaluation':
        this.evaluations.push({ at, payload: leaf.payload });
        return;
      default:
    }
  }

  /** From the newest back: what is said of an attempt is mostly said while it is open. */
  private attempt({ run, round, attempt }: { readonly run: string; readonly round: number; readonly attempt: number }): RecordedAttempt | undefined {
    return this.runs.get(run)?.attempts.findLast(({ open }) => open.payload.round === round && open.payload.attempt === attempt);
  }
}
