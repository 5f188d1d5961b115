import type { LayerSpec } from '@fedseal/model/layers/layer-spec';
import { missionCnn } from '@fedseal/model/layers/presets';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { TrainJob, Trainer } from '../trainer/trainer.js';

/** Long enough for a JIT and a cache to warm, short enough that nobody waits for it. */
const MEASURE_MS = 1500;

/**
 * Images a second that this machine trains, forward and backward with Adam at batch 64, on the first data it has: the last
 * report of a training that is cut short.
 * @param shape [height, width, channels] of the data
 * @returns 0 when nothing could be measured: training will tell
 */
export async function measureSpeed(
  trainer: Trainer,
  shape: readonly number[],
  classes: number,
  signal: AbortSignal,
  measureMs = MEASURE_MS,
): Promise<number> {
  let imagesPerSecond = 0;
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), measureMs);
  try {
    const job = warmUpJob(shape, classes);
    const result = await trainer.train(job, (report) => { imagesPerSecond = report.imagesPerSecond; }, AbortSignal.any([signal, enough.signal]));
    imagesPerSecond = result.imagesPerSecond;
  } catch (error) {
    signal.throwIfAborted();
    if (!enough.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return Number.isFinite(imagesPerSecond) && imagesPerSecond > 0 ? imagesPerSecond : 0;
}

/** The mission's small CNN fitted to the data's shape; a dense layer where pictures are too small to convolve. */
function warmUpJob(shape: readonly number[], classes: number): TrainJob {
  const convolves = Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 4;
  const layers: LayerSpec[] = [
    ...(convolves ? missionCnn.layers.slice(0, -1) : [{ type: 'flatten' } as const]),
    { type: 'dense', units: classes, activation: 'softmax' },
  ];
  const model = { name: 'warm-up', inputShape: [...shape], layers };
  return {
    model,
    training: {
      epochs: 1, batchSize: 64, optimizer: { type: 'adam', learningRate: 0.001 },
      loss: 'sparseCategoricalCrossentropy', inputScale: 255,
    },
    base: initialTensors(model, 1),
    seed: 1,
    bound: 2 ** 20,
  };
}
