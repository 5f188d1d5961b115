import type { runPlanRequest } from '@fedseal/protocol/plan';
import type { z } from 'zod';
import { CLIENTS, EXAMPLES, INVITED, trialName, type Trial } from './rows.js';

type RunPlanRequestInput = z.input<typeof runPlanRequest>;

const HOUR = 3600;

/** The plan of one trial. Time limits are wide: what is measured are rounds. */
export function trialPlan(trial: Trial, rounds: number): RunPlanRequestInput {
  const { epochs, batchSize } = trial.row;
  return {
    version: 1,
    name: trialName(trial),
    model: { preset: 'mcmahan-cnn', labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
    training: { epochs, batchSize, optimizer: { type: 'sgd', learningRate: trial.learningRate } },
    rounds,
    seed: trial.seed,
    cohort: { size: INVITED, minimum: CLIENTS },
    policy: { quorum: INVITED, deadlineSeconds: 4 * HOUR, examplesCap: EXAMPLES },
    evaluation: { central: true, timeoutSeconds: 2 * HOUR },
    // 66 MB a round: the last ones are rebuilt by the audit, of the others the hashes stay in the chain.
    retention: { lastRounds: 3 },
  };
}
