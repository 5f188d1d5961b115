import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunPlanRequest } from '@fedseal/protocol/plan';
import type { RunView } from '@fedseal/protocol/rest';
import type { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { auditDatabase } from '../demo/audit-database.js';
import { listenToDashboard } from '../demo/dashboard-listener.js';
import type { Output } from '../output.js';
import { readPlan } from '../plan/read-plan.js';
import { curvePlot } from '../plot/curve-plot.js';
import { startCoordinator } from '../processes/start-coordinator.js';
import { CurveFile, type CurvePoint } from './curve.js';
import { CurveRecorder } from './curve-recorder.js';
import { MemorySampler } from './memory.js';
import type { SimulateOptions } from './options.js';
import { headingLine, pointLine, summaryLines, type SimulationOutcome } from './simulation-lines.js';
import { SimulationHosts } from './simulation-hosts.js';
import { openRecord, recordOf } from './simulation-record.js';
import { RoundTicker } from './round-ticker.js';

/** Runs a plan with many virtual contributors on this machine and answers for it. @returns the exit status */
export async function runSimulation(options: SimulateOptions, out: Output, interrupted: Promise<void>): Promise<number> {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const say = (text: string) => (options.format === 'json' ? out.note(text) : out.line(text));
  const plan = forAll(await readPlan(options.planFile), options.clients);
  const home = options.home(plan.name);
  openRecord(home, recordOf(plan, options), options.resume);
  const folder = options.out ?? join(home, 'curve');
  const curve = await CurveFile.open(join(folder, `${plan.name}.jsonl`));
  say(`Starting Postgres and the coordinator in ${home} …`);
  const coordinator = await startCoordinator({ home, port: options.port });
  let hosts: SimulationHosts | undefined;
  let memory: MemorySampler | undefined;
  const stopped = interrupted.then(() => undefined);
  try {
    const work = async (): Promise<SimulationOutcome> => {
      say(`Coordinator at ${coordinator.url}. Enrolling and connecting ${options.clients} clients in ${options.processes} × ${options.threads} threads …`);
      hosts = await SimulationHosts.start(coordinator.api, home, plan, options);
      say(`${options.clients} clients are online after ${seconds()} s.`);
      const pids = hosts.pids;
      memory = new MemorySampler(() => ({
        coordinator: coordinator.child.pid, command: process.pid, ...Object.fromEntries(pids.map((pid, i) => [`host-${i}`, pid])),
      }));
      const run = await findOrCreateRun(coordinator.api, plan, say);
      await hosts.orFail(follow(coordinator, run, plan, curve, memory, say));
      say('Verifying the chain and rebuilding every aggregate …');
      const ended = await coordinator.api.get<RunView>(`/v1/runs/${run}`);
      const audit = await auditDatabase(home);
      return { run: { name: run, status: ended.status, reason: ended.reason, home }, clients: options.clients, points: curve.points, ...audit, seconds: seconds() };
    };
    const outcome = await Promise.race([coordinator.child.orFail(work(), 'coordinator'), stopped]);
    if (outcome === undefined) return EXIT.interrupted;
    await writeFile(join(folder, `${plan.name}.svg`), curvePlot(plan.name, [{ label: plan.name, points: curve.points }]));
    out.result(outcome);
    for (const line of summaryLines(outcome, folder)) out.line(line);
    return holds(outcome, plan) ? EXIT.ok : EXIT.refuted;
  } finally {
    memory?.stop();
    await hosts?.stop();
    await coordinator.child.stop();
  }
}

/** No round opens before every client is there, so that who is drawn never depends on who was quick to connect. @throws CliError */
function forAll(plan: RunPlanRequest, clients: number): RunPlanRequest {
  if (plan.evaluation.federated) {
    throw new CliError('plan.federated', 'Virtual contributors keep no hold-out; set evaluation.federated to false to simulate this plan.', EXIT.usage);
  }
  return { ...plan, cohort: { ...plan.cohort, minimum: clients } };
}

async function findOrCreateRun(api: ApiClient, plan: RunPlanRequest, say: (text: string) => void): Promise<string> {
  const { runs } = await api.get<{ runs: RunView[] }>('/v1/runs');
  const known = runs.find(({ run }) => run === plan.name);
  if (known === undefined) return (await api.post<RunView>('/v1/runs', plan)).run;
  say(`Continuing ${known.run}: ${known.closed} of ${known.rounds} rounds are closed.`);
  if (known.phase === 'paused') await api.post(`/v1/runs/${known.run}/resume`);
  return known.run;
}

/** Writes the run's curve until it has ended and its end is sealed. */
async function follow(
  { api, url }: { readonly api: ApiClient; readonly url: string },
  run: string,
  plan: RunPlanRequest,
  curve: CurveFile,
  memory: MemorySampler,
  say: (text: string) => void,
): Promise<void> {
  const onPoint = (point: CurvePoint) => say(pointLine(point));
  const ticker = new RoundTicker(process.stderr, plan.rounds);
  const recorder = new CurveRecorder({
    api, run, curve, evaluated: plan.evaluation.central, takeMemory: () => memory.take(),
    onPoint: (point) => ticker.around(() => onPoint(point)),
  });
  await recorder.checkCurve();
  say(headingLine());
  for (const point of curve.points) onPoint(point);
  let settle: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => ([settle, fail] = [resolve, reject]));
  const look = () => {
    recorder.advance().catch(fail);
    api.get<RunView>(`/v1/runs/${run}`).then((view) => view.ended?.sealed != null && settle(), fail);
  };
  const socket = listenToDashboard(url, (event) => {
    ticker.show(event);
    if (['snapshot.v1', 'round.evaluated.v1', 'block.sealed.v1', 'run.ended.v1'].includes(event.name)) look();
  });
  try {
    await ended;
    await recorder.finish();
  } finally {
    ticker.clear();
    socket.close();
  }
}

function holds(outcome: SimulationOutcome, plan: RunPlanRequest): boolean {
  return (
    outcome.run.status === 'completed' &&
    outcome.chainVerified &&
    outcome.aggregatesReproduced &&
    outcome.points.length === plan.rounds &&
    outcome.points.every(({ accuracy }) => !plan.evaluation.central || accuracy !== null)
  );
}
