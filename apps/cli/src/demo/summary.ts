import type { DemoOutcome } from './outcome.js';

/** The end of a run in a table and a verdict. */
export function summaryLines({ run, rounds, chainVerified, aggregatesReproduced, problem, seconds }: DemoOutcome): string[] {
  const local = rounds.some(({ federatedAccuracy }) => federatedAccuracy !== null);
  return [
    '',
    `${run.name} ${run.status}${run.status === 'completed' || run.reason === null ? '' : ` (${run.reason})`} in ${seconds} s`,
    `  round  accuracy  ${local ? 'hold-outs  ' : ''}   loss  updates  block  tries      seal s  model`,
    ...rounds.map(({ round, accuracy, federatedAccuracy, loss, contributors, block, modelSha256 }) =>
      [
        `  ${String(round).padStart(5)}`,
        (accuracy === null ? '–' : `${(accuracy * 100).toFixed(2)} %`).padStart(8),
        ...(local ? [(federatedAccuracy === null ? '–' : `${(federatedAccuracy * 100).toFixed(2)} %`).padStart(9)] : []),
        (loss === null ? '–' : loss.toFixed(4)).padStart(7),
        String(contributors).padStart(7),
        (block === null ? '–' : `#${block.height}`).padStart(5),
        (block === null ? '–' : Number(block.tries).toLocaleString('en')).padStart(9),
        (block === null ? '–' : block.seconds.toFixed(2)).padStart(6),
        `${modelSha256.slice(0, 32)}…`,
      ].join('  '),
    ),
    `  chain ${chainVerified ? 'VERIFIED' : 'NOT VERIFIED'}; aggregates ${aggregatesReproduced ? 'REPRODUCED bit for bit' : 'NOT REPRODUCED'}`,
    ...(problem === null ? [] : [`  ${problem}`]),
  ];
}

/** What to do next, while everything keeps serving. */
export function whereToLook({ run, rounds }: DemoOutcome): string[] {
  const last = rounds.at(-1);
  return [
    '',
    `Still serving at ${run.url} (API page ${run.url}/docs). Ctrl-C stops; the next start continues in ${run.home}.`,
    `  who contributed      curl ${run.url}/v1/runs/${run.name}/rounds/${last?.round ?? 1}/provenance`,
    ...(last ? [`  where a model is from curl ${run.url}/v1/models/${last.modelSha256}/lineage`] : []),
    '  check it yourself    npx fedseal export --out ./audit && npx fedseal audit ./audit',
    '  add a worker         npx fedseal invite   (then `npx fedseal worker start` on any machine)',
  ];
}
