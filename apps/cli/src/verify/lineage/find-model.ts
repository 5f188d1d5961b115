import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import type { ModelIdentity } from '../model-file.js';
import type { ChainRecord, Place } from './chain-record.js';

/** A leaf that names a model. */
export interface Naming {
  readonly kind: 'round.close' | 'run.create';
  readonly run: string;
  /** 0: the initial model. */
  readonly round: number;
  /** File: these very bytes. Tensors: the same values, in a file that something else wrote. */
  readonly match: 'file' | 'tensors';
  readonly model: Artifact;
  readonly at: Place;
}

/** An update that a file turned out to be. */
export interface UpdateNaming {
  readonly run: string;
  readonly round: number;
  readonly contributor: string;
  readonly at: Place;
}

/** Every leaf that made a model, the file's own bytes before equal tensors, then in the order of the chain. */
export function findModel(record: ChainRecord, identity: ModelIdentity): Naming[] {
  const found: Naming[] = [];
  const consider = (naming: Omit<Naming, 'match'>) => {
    const match = matchOf(naming.model, identity);
    if (match !== undefined) found.push({ ...naming, match });
  };
  for (const [run, { create, attempts }] of record.runs) {
    consider({ kind: 'run.create', run, round: 0, model: create.payload.initial, at: create.at });
    for (const { close } of attempts) {
      if (close) consider({ kind: 'round.close', run, round: close.payload.round, model: close.payload.model, at: close.at });
    }
  }
  return found.sort((a, b) => Number(a.match === 'tensors') - Number(b.match === 'tensors') || a.at.leaf - b.at.leaf);
}

/** For whoever asks about a contributor's update instead of a model. */
export function findUpdate(record: ChainRecord, identity: ModelIdentity): UpdateNaming | undefined {
  for (const [run, { attempts }] of record.runs) {
    for (const { payload, at } of attempts.flatMap(({ commits }) => commits)) {
      if (matchOf(payload.update, identity) !== undefined) return { run, round: payload.round, contributor: payload.contributor, at };
    }
  }
  return undefined;
}

function matchOf(sealed: Artifact, { sha256, tensorRoot }: ModelIdentity): Naming['match'] | undefined {
  if (sealed.sha256 === sha256) return 'file';
  return sealed.tensorRoot === tensorRoot ? 'tensors' : undefined;
}
