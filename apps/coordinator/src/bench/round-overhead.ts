import { mcmahanCnn } from '@fedseal/model/layers/presets';
import { createInvitationResponse } from '@fedseal/protocol/session';
import { FederationEvents } from '../observability/federation-events.js';
import { BlobStore } from '../storage/ports/blob.store.js';
import { percentile, type BenchRow } from './bench-row.js';
import { startBenchCoordinator, type BenchCoordinator } from './bench-coordinator.js';
import { WorkerHost } from './worker-host.js';

export interface OverheadOptions {
  readonly workers: number;
  /** Rounds whose overhead counts. */
  readonly rounds: number;
  /** Rounds before them: by then the engine has compiled what repeats. */
  readonly warmUp: number;
  /** Ends the measurement early; what was started is ended in order, and the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

const RUN = 'overhead';
const EXAMPLES = 600;

/**
 * What a coordinator adds between two rounds of McMahan's CNN (1,663,370 parameters): milliseconds from the commit of the
 * last update's acceptance to the moment at which the first worker, in another process, has the next round's invitation
 * in its hands. In between lie the aggregate, the new model's file and hashes, its storage, `round.close`, and `round.open`
 * with its draw; the search for the block runs beside it. Uploads and checks of updates come before.
 */
export async function measureRoundOverhead(options: OverheadOptions): Promise<BenchRow[]> {
  const coordinator = await startBenchCoordinator();
  try {
    const overheads = await playRounds(coordinator, options);
    const writes = await measureModelWrites(coordinator, options.rounds);
    const against = 'one write of the model to the store';
    const baseline = percentile(writes, 0.5);
    const row = (name: string, share: number): BenchRow => {
      const value = percentile(overheads, share);
      return { name, value, unit: 'ms', against, ratio: value / baseline };
    };
    return [row('round/overhead', 0.5), row('round/overhead p95', 0.95)];
  } finally {
    await coordinator.close();
  }
}

/** @returns ms for each measured round */
async function playRounds(coordinator: BenchCoordinator, { workers, rounds, warmUp, signal }: OverheadOptions): Promise<number[]> {
  const acceptedAt = new Map<number, bigint>();
  const invitedAt = new Map<number, bigint>();
  coordinator.app.get(FederationEvents).listen(({ name, data }) => {
    // The last acceptance of a round overwrites those before it.
    if (name === 'update.accepted.v1') acceptedAt.set(data.round, process.hrtime.bigint());
  });
  const last = warmUp + rounds;
  let finish: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const invitations = await Promise.all(Array.from({ length: workers }, () => invite(coordinator)));
  const host = await WorkerHost.start({ invitations, examples: EXAMPLES }, (round, atNs) => {
    if (!invitedAt.has(round)) invitedAt.set(round, atNs);
    if (round > last) finish();
  });
  try {
    await post(coordinator, '/v1/runs', {
      version: 1, name: RUN, model: mcmahanCnn, rounds: last + 1,
      cohort: { minimum: workers }, policy: { quorum: workers, deadlineSeconds: 120, examplesCap: EXAMPLES }, evaluation: { central: false },
    });
    await Promise.race([finished, host.died(), aborted(signal)]);
    // The invitation after the last measured round ends its measurement; what it asks for is not needed.
    await post(coordinator, `/v1/runs/${RUN}/stop`, { final: true });
  } finally {
    await host.stop();
  }
  return Array.from({ length: rounds }, (_, n) => {
    const round = warmUp + n + 1;
    return Number(invitedAt.get(round + 1)! - acceptedAt.get(round)!) / 1e6;
  });
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

/** @returns ms for each of `count` files of a model's size, each of other bytes */
async function measureModelWrites({ app }: BenchCoordinator, count: number): Promise<number[]> {
  const blobs = app.get(BlobStore);
  const file = new Uint8Array(1_663_370 * 4).fill(7);
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    new DataView(file.buffer).setUint32(0, n);
    const start = performance.now();
    await blobs.put(file);
    times.push(performance.now() - start);
  }
  return times;
}

async function invite(coordinator: BenchCoordinator): Promise<string> {
  return createInvitationResponse.parse(await post(coordinator, '/v1/invitations', { role: 'contributor' })).code;
}

async function post({ url, token }: BenchCoordinator, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` }, body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
