import { z } from 'zod';
import type { RoundView, RunView } from '@fedseal/protocol/rest';
import type { ApiClient } from '../api/api-client.js';

/** What `npm start -- --format json` prints. Tries are a decimal string: they may pass 2^53. */
export const demoOutcome = z.object({
  run: z.object({
    name: z.string(), status: z.string(), reason: z.string().nullable(), chain: z.string(), url: z.string(), home: z.string(),
  }),
  rounds: z.array(
    z.object({
      round: z.int(),
      accuracy: z.number().nullable(),
      loss: z.number().nullable(),
      /** Mean over the contributors' own hold-outs, weighted by their examples; null where the plan asks for none. */
      federatedAccuracy: z.number().nullable(),
      modelSha256: z.string(),
      block: z.object({ height: z.int(), hash: z.string(), tries: z.string(), seconds: z.number() }).nullable(),
      contributors: z.int(),
    }),
  ),
  chainVerified: z.boolean(),
  aggregatesReproduced: z.boolean(),
  /** The sentence of the first thing that is wrong, if anything is. */
  problem: z.string().nullable(),
  seconds: z.number(),
});
export type DemoOutcome = z.infer<typeof demoOutcome>;

interface Block {
  readonly height: number;
  readonly hash: string;
  readonly tries: string;
  readonly sealSeconds: number;
}

/** Reads the closed rounds of a run as the coordinator answers for them. */
export async function readRounds(api: ApiClient, run: string): Promise<DemoOutcome['rounds']> {
  const outcome: DemoOutcome['rounds'] = [];
  let after: number | null = 0;
  do {
    const page: { rounds: RoundView[]; next: number | null } = await api.get(`/v1/runs/${run}/rounds?after=${after}`);
    for (const round of page.rounds) {
      if (round.status === 'closed' && round.model !== null) outcome.push(await roundOutcome(api, round, round.model.sha256));
    }
    after = page.next;
  } while (after !== null);
  return outcome;
}

async function roundOutcome(api: ApiClient, round: RoundView, modelSha256: string): Promise<DemoOutcome['rounds'][number]> {
  const { central, federated } = round.measured;
  const sealed = round.closed?.sealed;
  const block = sealed ? await api.get<Block>(`/v1/blocks/${sealed.height}`) : undefined;
  return {
    round: round.round,
    accuracy: central?.accuracy ?? null,
    loss: central?.loss ?? null,
    federatedAccuracy: federated?.accuracy ?? null,
    modelSha256,
    block: block ? { height: block.height, hash: block.hash, tries: block.tries, seconds: block.sealSeconds } : null,
    contributors: round.accepted,
  };
}

/** Whether everything that the demo promises holds: every round closed, sealed and evaluated, and all of it verified. */
export function succeeded(outcome: DemoOutcome, run: Pick<RunView, 'rounds'>): boolean {
  return (
    outcome.run.status === 'completed' &&
    outcome.chainVerified &&
    outcome.aggregatesReproduced &&
    outcome.rounds.length === run.rounds &&
    outcome.rounds.every(({ block, accuracy }) => block !== null && accuracy !== null)
  );
}
