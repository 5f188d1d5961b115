import type { BackendChoice } from '../config/arguments.js';
import type { Dataset } from '../data/dataset.js';
import type { EvaluateJob, Evaluation, TrainJob, TrainProgress, TrainResult } from '../trainer/trainer.js';

/** What a training thread is started with: arrays in shared memory, one copy for all threads of a process. */
export interface ThreadData {
  readonly dataset: Dataset;
  readonly backend: BackendChoice;
}

export type ThreadRequest =
  | { readonly type: 'train'; readonly id: number; readonly job: TrainJob; /** Its examples, as indices into the data set; undefined: all. */ readonly part: Uint32Array | undefined }
  | { readonly type: 'evaluate'; readonly id: number; readonly job: EvaluateJob; readonly part: Uint32Array | undefined }
  | { readonly type: 'cancel'; readonly id: number };

export type ThreadAnswer =
  | { readonly type: 'open'; readonly backend: string; readonly reason: string }
  | { readonly type: 'progress'; readonly id: number; readonly progress: TrainProgress }
  | { readonly type: 'trained'; readonly id: number; readonly result: TrainResult }
  | { readonly type: 'evaluated'; readonly id: number; readonly evaluation: Evaluation }
  | { readonly type: 'failed'; readonly id: number | undefined; readonly code: string; readonly message: string };
