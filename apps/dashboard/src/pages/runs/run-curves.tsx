import type { RoundView } from '@fedseal/protocol/rest';
import { useMemo } from 'react';
import { useSpeech } from '../../i18n/language.js';
import { LineChart, type Series } from '../../ui/line-chart.js';
import { Empty } from '../../ui/states.js';

export interface RunRounds {
  readonly run: string;
  readonly rounds: readonly RoundView[];
}

/** Figures of a round's model: an evaluator's where there is one, else the contributors' own. */
export function figuresOf({ measured }: RoundView) {
  return measured.central ?? measured.federated;
}

/** Accuracy (left) and loss (right, dashed) over rounds, of one run or of several laid over each other. */
export function RunCurves({ runs }: { runs: readonly RunRounds[] }) {
  const { t, fixed } = useSpeech();
  const curve = useMemo(() => curvesOf(runs), [runs]);
  const several = runs.length > 1;
  const series = runs.flatMap(({ run }): Series[] => [
    { name: several ? `${run} ${t('worker.accuracy')}` : t('worker.accuracy'), format: (value) => `${fixed(value * 100, 1)} %` },
    { name: several ? `${run} ${t('worker.loss')}` : t('worker.loss'), right: true, format: (value) => fixed(value, 3) },
  ]);
  if (curve[0]?.length === 0) return <Empty title={t('round.notEvaluated')} />;
  return <LineChart label={t('overview.curves')} xName={t('round.round')} series={series} curve={curve} />;
}

function curvesOf(runs: readonly RunRounds[]): (number | null)[][] {
  const measured = runs.map(({ rounds }) => new Map(rounds.flatMap((round) => {
    const figures = figuresOf(round);
    return figures === null ? [] : [[round.round, figures] as const];
  })));
  const xs = [...new Set(measured.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  return [xs, ...measured.flatMap((one) => [xs.map((x) => one.get(x)?.accuracy ?? null), xs.map((x) => one.get(x)?.loss ?? null)])];
}
