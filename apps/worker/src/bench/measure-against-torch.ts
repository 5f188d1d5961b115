import { mcmahanCnn, missionCnn } from '@fedseal/model/layers/presets';
import type { OpenBackend } from '../trainer/backends/backend.js';
import type { BenchRow } from './measure-training.js';
import { TorchProcess } from './torch-process.js';
import { median, openSubject, timeSteps, type SubjectChoice } from './train-subject.js';

export interface AgainstTorchOptions {
  /** An interpreter that can import `torch`. */
  readonly python: string;
  readonly backend: OpenBackend;
  readonly batchSizes: readonly number[];
  /** Turns that count; one more goes before them to warm up. */
  readonly turns: number;
  /** Steps a turn, on either side. */
  readonly stepsPerTurn: number;
  readonly nowMs?: () => number;
}

type Contest = Omit<SubjectChoice, 'batchSize'> & { readonly name: 'mission-cnn' | 'mcmahan-cnn' };

const CONTESTS: readonly Contest[] = [
  { name: 'mission-cnn', model: missionCnn, optimizer: { type: 'adam', learningRate: 0.001 } },
  { name: 'mcmahan-cnn', model: mcmahanCnn, optimizer: { type: 'sgd', learningRate: 0.1 } },
];

/**
 * Images a second of both CNNs beside PyTorch on one thread, a row for each model and batch. The two sides take turns of a few steps,
 * and neither computes while the other does; values are medians over steps, from stored bytes to the loss.
 */
export async function measureAgainstTorch(options: AgainstTorchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const contest of CONTESTS) {
    for (const batchSize of options.batchSizes) rows.push(await measureOne(contest, batchSize, options));
  }
  return rows;
}

async function measureOne({ name, ...choice }: Contest, batchSize: number, options: AgainstTorchOptions): Promise<BenchRow> {
  const { python, backend, turns, stepsPerTurn, nowMs = () => performance.now() } = options;
  const torch = new TorchProcess(python);
  try {
    const version = await torch.open({ model: name, batch: batchSize });
    const ours = await openSubject({ ...choice, batchSize }, backend.activate);
    const oursMs: number[] = [];
    const torchMs: number[] = [];
    for (let turn = 0; turn <= turns; turn++) {
      const mine = await timeSteps(ours, stepsPerTurn, nowMs);
      const theirs = await torch.steps(stepsPerTurn);
      if (turn === 0) continue;
      oursMs.push(...mine);
      torchMs.push(...theirs);
    }
    await ours.close();
    const value = (batchSize * 1000) / median(oursMs);
    return {
      name: `train/torch ${name} ${batchSize}`, value, unit: `images/s on ${backend.name}`,
      against: `PyTorch ${version}, one thread`, ratio: median(torchMs) / median(oursMs),
    };
  } finally {
    torch.close();
  }
}
