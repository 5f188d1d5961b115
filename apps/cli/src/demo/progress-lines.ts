import type { AnyDashboardEvent, DashboardEvent } from '@fedseal/protocol/dashboard-events';

type Progress = DashboardEvent<'worker.progress.v1'>;

/**
 * What one event says, as a line that stays; undefined for one that only moves a bar.
 * @param trained the last training figures of each worker, told with its update
 */
export function lineOf(event: AnyDashboardEvent, rounds: number, trained: ReadonlyMap<string, Progress>): string | undefined {
  switch (event.name) {
    case 'round.opened.v1': {
      const { round, attempt, cohort } = event.data;
      return `[ROUND ${round}/${rounds}] ${attempt > 1 ? `attempt ${attempt}, ` : ''}invited ${cohort.length}: ${cohort.map(({ name }) => name).join(', ')}`;
    }
    case 'update.accepted.v1': {
      const { name, examples, contributor } = event.data;
      const progress = trained.get(contributor);
      return `  accepted update of ${name}, ${examples.toLocaleString('en')} examples${progress ? `  ${figures(progress)}` : ''}`;
    }
    case 'update.refused.v1':
      return `  refused update of ${event.data.name}: ${event.data.reason}`;
    case 'round.closed.v1': {
      const { round, contributors, refused, silent, model } = event.data;
      return `[ROUND ${round}/${rounds}] closed: received ${contributors}, ${refused} refused, ${silent} silent; model ${model.sha256.slice(0, 16)}…`;
    }
    case 'round.failed.v1':
      return `[ROUND ${event.data.round}/${rounds}] attempt ${event.data.attempt} ended: ${event.data.reason}${event.data.willRetry ? ', trying again' : ''}`;
    case 'round.evaluated.v1': {
      const { round, accuracy, loss, examples, name, source } = event.data;
      if (source === 'federated') return `  ${name} measured round ${round}: accuracy ${(accuracy * 100).toFixed(2)} % on ${examples.toLocaleString('en')} examples of its own`;
      return `[ROUND ${round}/${rounds}] accuracy ${(accuracy * 100).toFixed(2)} %, loss ${loss.toFixed(4)} on ${examples.toLocaleString('en')} test images`;
    }
    case 'block.sealed.v1': {
      const { height, hash, tries, seconds, leaves } = event.data;
      return `  sealed block #${height}  ${hash}  ${Number(tries).toLocaleString('en')} tries, ${seconds.toFixed(2)} s, ${leaves} leaves`;
    }
    default:
      return undefined;
  }
}

/** One worker as a line of the live picture. */
export function barOf(progress: Progress, width = 20): string {
  const filled = Math.round(progress.done * width);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  return `  ${progress.name.padEnd(12)} ${progress.phase.padEnd(11)} ${bar} ${figures(progress)}`;
}

export function figures({ loss, accuracy, imagesPerSecond }: Progress): string {
  return [
    loss === undefined ? '' : `loss ${loss.toFixed(4)}`,
    accuracy === undefined ? '' : `acc ${(accuracy * 100).toFixed(1)} %`,
    imagesPerSecond === undefined ? '' : `${Math.round(imagesPerSecond).toLocaleString('en')} images/s`,
  ]
    .filter(Boolean)
    .join('  ');
}
