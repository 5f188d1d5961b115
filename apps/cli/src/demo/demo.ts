import type { DashboardEvent } from '@fedseal/protocol/dashboard-events';
import type { RunView } from '@fedseal/protocol/rest';
import type { ApiClient } from '../api/api-client.js';
import { EXIT } from '../cli-error.js';
import type { Output } from '../output.js';
import { auditDatabase } from './audit-database.js';
import { listenToDashboard } from './dashboard-listener.js';
import { prepareHome } from './data-folder.js';
import { demoPlan } from './demo-plan.js';
import { createDisplay, type Display } from './display.js';
import { Federation } from './federation.js';
import type { DemoOptions } from './options.js';
import { readRounds, succeeded, type DemoOutcome } from './outcome.js';
import { summaryLines, whereToLook } from './summary.js';

/** Runs a whole federation on this machine and answers for it. @returns the exit status */
export async function runDemo(options: DemoOptions, out: Output, interrupted: Promise<void>): Promise<number> {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  let rounds = options.rounds;
  const display = createDisplay(options.format === 'json' ? process.stderr : process.stdout, () => rounds);
  const aside = await prepareHome(options, new Date());
  if (aside !== undefined) display.say(`The old federation was moved to ${aside}.`);
  display.say(`Starting Postgres and the coordinator in ${options.home} …`);
  const federation = await Federation.start(options);
  try {
    display.say(`Coordinator at ${federation.url}. Starting ${options.workers} workers and an evaluator …`);
    const finished = await Promise.race([federate(federation, options, display, (count) => (rounds = count)), interrupted.then(() => undefined)]);
    if (finished === undefined) return EXIT.interrupted;
    display.say('Verifying the chain and rebuilding every aggregate …');
    const outcome = await Promise.race([conclude(federation, options, finished, seconds), interrupted.then(() => undefined)]);
    if (outcome === undefined) return EXIT.interrupted;
    display.close();
    out.result(outcome);
    for (const line of summaryLines(outcome)) out.line(line);
    const status = succeeded(outcome, finished) ? EXIT.ok : EXIT.refuted;
    if (options.once || status !== EXIT.ok) return status;
    for (const line of whereToLook(outcome)) display.say(line);
    await federation.orFail(interrupted);
    return status;
  } finally {
    display.close();
    await federation.stop();
  }
}

/** Continues the run that was interrupted, or creates the next one, and follows it to its end. */
async function federate(federation: Federation, options: DemoOptions, display: Display, planned: (rounds: number) => void): Promise<RunView> {
  const { api } = federation;
  const run = await findOrCreateRun(federation, options, display);
  planned(run.rounds);
  const online = new Set<string>();
  let settle: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (settle = resolve));
  const socket = listenToDashboard(federation.url, (event) => {
    if (event.name === 'worker.online.v1') announceWorker(event.data, online, display);
    display.show(event);
    if (event.name === 'run.ended.v1' && event.data.run === run.run) settle();
    // The end may have come while nobody listened.
    if (event.name === 'snapshot.v1') void hasEnded(api, run.run).then((over) => over && settle(), () => undefined);
  });
  try {
    await federation.startWorkers();
    await federation.orFail(ended);
  } finally {
    socket.close();
  }
  return api.get<RunView>(`/v1/runs/${run.run}`);
}

/** Once a worker, when it is known what it trains with: a first connection registers that a moment later. */
function announceWorker({ name, backend }: DashboardEvent<'worker.online.v1'>, online: Set<string>, display: Display): void {
  if (backend === undefined || online.has(name)) return;
  online.add(name);
  display.say(`  ${name} is online, trains with ${backend}`);
}

async function hasEnded(api: ApiClient, run: string): Promise<boolean> {
  const { ended } = await api.get<RunView>(`/v1/runs/${run}`);
  return ended?.sealed != null;
}

async function findOrCreateRun({ api }: Federation, options: DemoOptions, display: Display): Promise<RunView> {
  const { runs } = await api.get<{ runs: RunView[] }>('/v1/runs');
  const unfinished = runs.find(({ status }) => status === 'pending' || status === 'running');
  if (unfinished) {
    display.say(`Continuing ${unfinished.run}: ${unfinished.closed} of ${unfinished.rounds} rounds are closed.`);
    if (unfinished.phase === 'paused') await api.post(`/v1/runs/${unfinished.run}/resume`);
    return unfinished;
  }
  return api.post<RunView>('/v1/runs', demoPlan(`digits-${runs.length + 1}`, options));
}

async function conclude(federation: Federation, options: DemoOptions, run: RunView, seconds: () => number): Promise<DemoOutcome> {
  const { chain } = await federation.api.get<{ chain: string }>('/v1/federation');
  const rounds = await readRounds(federation.api, run.run);
  const audit = await auditDatabase(options.home);
  return {
    run: { name: run.run, status: run.status, reason: run.reason, chain, url: federation.url, home: options.home },
    rounds,
    ...audit,
    seconds: seconds(),
  };
}
