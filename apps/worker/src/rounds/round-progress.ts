import type { WorkerPhase, WorkerProgress } from '@fedseal/protocol/worker-messages';
import { ProgressThrottle } from '../output/progress-throttle.js';
import type { Report } from '../output/worker-events.js';

/** At most four a second, on the wire and on standard output alike. */
const SPACING_MS = 250;

interface Place {
  readonly run: string;
  readonly round: number;
  readonly attempt?: number;
}

export interface TrainingFigures {
  readonly done: number;
  readonly loss?: number | undefined;
  readonly accuracy?: number | undefined;
  readonly imagesPerSecond?: number | undefined;
}

/** How the work at hand goes: to the coordinator, and to whoever watches this process. */
export class RoundProgress {
  private readonly throttle: ProgressThrottle<WorkerProgress & { attempt?: number }>;

  constructor(send: (progress: WorkerProgress) => void, report: Report, monotonicMs: () => number) {
    this.throttle = new ProgressThrottle(SPACING_MS, (value) => {
      const { attempt, ...progress } = value;
      send(progress);
      // That nothing is done any more is news for a watcher of the federation only.
      if (progress.phase !== 'idle') report({ event: 'round', ...(attempt === undefined ? {} : { attempt }), ...progress });
    }, monotonicMs);
  }

  /** A phase began. */
  phase(place: Place, phase: WorkerPhase): void {
    this.push(place, phase, { done: phase === 'waiting' || phase === 'idle' ? 1 : 0 });
  }

  training(place: Place, figures: TrainingFigures): void {
    this.push(place, 'training', figures);
  }

  stop(): void {
    this.throttle.stop();
  }

  private push({ run, round, attempt }: Place, phase: WorkerPhase, figures: TrainingFigures): void {
    this.throttle.push({
      run, round, phase,
      done: Math.min(1, Math.max(0, figures.done)),
      ...(attempt === undefined ? {} : { attempt }),
      ...finite('loss', figures.loss),
      ...finite('accuracy', figures.accuracy === undefined ? undefined : Math.min(1, Math.max(0, figures.accuracy))),
      ...finite('imagesPerSecond', figures.imagesPerSecond),
    });
  }
}

/** JSON has no NaN: a figure that is not a number is left out. */
function finite<K extends string>(name: K, value: number | undefined): { [P in K]?: number } {
  return value !== undefined && Number.isFinite(value) ? ({ [name]: value } as { [P in K]: number }) : {};
}
