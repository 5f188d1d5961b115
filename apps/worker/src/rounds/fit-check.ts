import type { RoundInvite } from '@fedseal/protocol/worker-messages';
import { checkFit } from '../data/check-data.js';
import type { Dataset } from '../data/dataset.js';
import type { Report } from '../output/worker-events.js';

/** Holds the data to what a round asks for, before anything is fetched; what may be wrong is told once a run. */
export class FitCheck {
  private told: string | undefined;

  constructor(
    private readonly dataset: Pick<Dataset, 'shape' | 'count' | 'classes'>,
    private readonly report: Report,
  ) {}

  /** @throws WorkerError `data.shape`, `data.classes` */
  demand({ run, model, training }: Pick<RoundInvite, 'run' | 'model' | 'training'>): void {
    const warnings = checkFit(this.dataset, model, training);
    if (this.told === run) return;
    this.told = run;
    for (const { code, message } of warnings) this.report({ event: 'notice', code, message });
  }
}
