import { missionCnn } from '@fedseal/model/layers/presets';
import { median, openSubject, timeSteps } from '../bench/train-subject.js';
import type { Backend } from '../trainer/backends/backend.js';
import type { Probe } from './findings.js';

export interface ProbeOptions {
  readonly batchSize: number;
  /** Steps are timed until this much time is gone, at least one. */
  readonly measureMs: number;
  readonly nowMs: () => number;
}

/** Opens a backend as the automatic order would, else as `--backend` would, and measures what opened. */
export async function probeBackend(backend: Backend, { batchSize, measureMs, nowMs }: ProbeOptions): Promise<Probe> {
  const asAutomatic = await backend.open({ explicit: false });
  const answer = asAutomatic.available ? asAutomatic : await backend.open({ explicit: true });
  if (!answer.available) {
    const { why, remedy } = asAutomatic as typeof answer;
    return { available: false, why, ...(remedy === undefined ? {} : { remedy }) };
  }
  const subject = await openSubject({ model: missionCnn, batchSize, optimizer: { type: 'adam', learningRate: 0.001 } }, answer.activate);
  await timeSteps(subject, 1, nowMs);
  const times: number[] = [];
  for (const start = nowMs(); times.length === 0 || nowMs() - start < measureMs; ) times.push(...(await timeSteps(subject, 1, nowMs)));
  await subject.close();
  const figures = { available: true, detail: answer.detail, imagesPerSecond: (batchSize * 1000) / median(times), batchSize } as const;
  return asAutomatic.available ? figures : { ...figures, onlyOnRequest: asAutomatic.why };
}
