import type { EvaluationView, Figures, Measurement } from '@fedseal/protocol/rest';

type Evaluated = Pick<EvaluationView, 'source' | 'examples' | 'metrics'>;

/** What the evaluations of one model say together, by who made them. */
export function measurementOf(evaluations: readonly Evaluated[]): Measurement {
  const by = (source: Evaluated['source']) => weightedFigures(evaluations.filter((each) => each.source === source));
  return { central: by('central'), federated: by('federated') };
}

/**
 * Means weighted by examples: McMahan et al. 2017 weigh losses so (f(w) = Σ n_k/n · F_k(w)), and an accuracy over all examples
 * together is the same mean. An evaluation without a metric is left out of that metric's mean.
 * @returns null without evaluations
 */
export function weightedFigures(evaluations: readonly Evaluated[]): Figures | null {
  if (evaluations.length === 0) return null;
  return {
    accuracy: weightedMean(evaluations, 'accuracy'),
    loss: weightedMean(evaluations, 'loss'),
    examples: evaluations.reduce((sum, { examples }) => sum + examples, 0),
    evaluators: evaluations.length,
  };
}

function weightedMean(evaluations: readonly Evaluated[], metric: string): number | null {
  let sum = 0;
  let weight = 0;
  for (const { examples, metrics } of evaluations) {
    const value = Number(metrics[metric] ?? Number.NaN);
    if (!Number.isFinite(value)) continue;
    sum += value * examples;
    weight += examples;
  }
  return weight === 0 ? null : sum / weight;
}
