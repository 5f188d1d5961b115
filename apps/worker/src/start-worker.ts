import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { WorkerArguments } from './config/arguments.js';
import type { WorkerConfig } from './config/config.js';
import { Artifacts } from './coordinator/artifacts.js';
import { DEFAULT_BACK_OFF, WakeablePauses, type BackOff } from './coordinator/back-off.js';
import { CoordinatorHttp } from './coordinator/http.js';
import { CrashHook } from './crash-hook.js';
import { Accuser } from './evidence/accuser.js';
import { EvidenceFiles } from './evidence/evidence-files.js';
import { EvidenceKeeper } from './evidence/evidence-keeper.js';
import { PaperSource } from './evidence/paper-source.js';
import { DEFAULT_WAKING, WakingTimer, type WakingTimes } from './evidence/waking-timer.js';
import type { DataWarning } from './data/check-data.js';
import type { Dataset } from './data/dataset.js';
import { datasetCommitment, datasetDigest, type CommittedData } from './evaluation/dataset-commitment.js';
import { History } from './history/history.js';
import { HomeLock } from './home/home-lock.js';
import { WorkerHome, type Identity } from './home/worker-home.js';
import type { Report } from './output/worker-events.js';
import { completeOffer, describeOffer, registerResource } from './resources/registration.js';
import { measureSpeed } from './resources/measure-speed.js';
import { readManifest } from './resources/software-digest.js';
import { FitCheck } from './rounds/fit-check.js';
import { RoundProgress } from './rounds/round-progress.js';
import { Connection } from './session/connection.js';
import { enrol, settleIdentity } from './session/join.js';
import { Sessions } from './session/sessions.js';
import type { Trainer } from './trainer/trainer.js';
import { describeError, type WorkerError } from './worker-error.js';
import { Worker } from './worker.js';

/** Examples and what computes on them: chosen by the command line, replaced by small parts in tests. */
export interface Workplace {
  readonly trainer: Trainer;
  readonly dataset: CommittedData & Pick<Dataset, 'classes' | 'shape'>;
}

export interface Workbench extends Workplace {
  /** A contributor's examples that are never trained on: models are measured with them. */
  readonly holdOut?: Workplace;
  /** What may be wrong with the data. */
  readonly warnings?: readonly DataWarning[];
}

export interface StartParts {
  readonly args: WorkerArguments;
  readonly config: WorkerConfig;
  readonly report: Report;
  readonly openWorkbench: (role: Identity['role']) => Promise<Workbench>;
  /** Aborted to end the worker in good order. */
  readonly signal: AbortSignal;
  readonly backOff?: BackOff;
  readonly waking?: WakingTimes;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly random?: () => number;
  readonly randomBytes?: (length: number) => Uint8Array;
}

/**
 * Runs a worker until the signal is aborted.
 * @throws WorkerError when it cannot start, when the federation refuses it, or when the history it is shown contradicts the one
 * it verified
 */
export async function runWorker(parts: StartParts): Promise<void> {
  const lock = HomeLock.acquire(parts.args.home);
  try {
    await runInHome(parts);
  } finally {
    lock.release();
  }
}

async function runInHome(parts: StartParts): Promise<void> {
  const { args, config, report, signal } = parts;
  const backOff = parts.backOff ?? DEFAULT_BACK_OFF;
  const random = parts.random ?? Math.random;
  const randomBytes = parts.randomBytes ?? ((length: number) => new Uint8Array(nodeRandomBytes(length)));
  const crypto = nodeCrypto;

  const home = await WorkerHome.open(args.home);
  const signer = createSigner(await home.seed(randomBytes));
  const identity = await settleIdentity(home, signer, config.invite === undefined ? args : { invite: config.invite, ...args });
  const { name, role, url, chain, keyId } = identity;
  const { version } = await readManifest();
  report({ event: 'started', version, keyId, name, role, home: home.folder, url, chain });

  // Enrolment first: a wrong invitation should not cost the time that loading the data takes.
  await enrol({ home, signer, crypto, backOff, random, report }, identity, signal);
  const workbench = await parts.openWorkbench(role);
  try {
    await serve({ ...parts, identity, home, workbench, signer, crypto, backOff, random, randomBytes });
  } finally {
    workbench.trainer.close();
    workbench.holdOut?.trainer.close();
  }
}

type ServeParts = StartParts & {
  readonly identity: Identity;
  readonly home: WorkerHome;
  readonly workbench: Workbench;
  readonly signer: ReturnType<typeof createSigner>;
  readonly crypto: typeof nodeCrypto;
  readonly backOff: BackOff;
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
};

async function serve(parts: ServeParts): Promise<void> {
  const { identity, home, signer, crypto, backOff, random, report, signal, randomBytes } = parts;
  const { trainer, dataset, holdOut, warnings } = parts.workbench;
  const { chain, operator, url, role } = identity;
  const nowMs = parts.nowMs ?? Date.now;
  const monotonicMs = parts.monotonicMs ?? (() => performance.now());

  const offer = await describeOffer(crypto, chain, signer.keyId, trainer.backend);
  const { resource, changed } = await completeOffer(
    home.resource, offer, () => measureSpeed(trainer, dataset.shape, dataset.classes, signal),
  );
  const { backend, reason } = trainer;
  report({ event: 'backend', backend, reason, examples: dataset.count, imagesPerSecond: Number(resource.imagesPerSecond) });
  for (const { code, message } of warnings ?? []) report({ event: 'notice', code, message });

  const http = new CoordinatorHttp(url);
  const sessions = new Sessions({ http, crypto, signer, chain, operator, randomBytes, nowMs });
  const pauses = new WakeablePauses();
  const artifacts = new Artifacts({
    http, sessions, crypto, backOff, random,
    wait: (ms, abort) => pauses.pause(ms, abort),
    onRetry: (error, retryInMs) => {
      const { code, message } = describeError(error);
      report({ event: 'notice', code, message: `${message} Trying again in ${(retryInMs / 1000).toFixed(1)} s.` });
    },
  });
  const measuring = role === 'evaluator' ? parts.workbench : holdOut;
  const commitment = datasetCommitment(crypto, await home.datasetSalt(randomBytes), datasetDigest((measuring ?? parts.workbench).dataset));
  const outcome = new Outcome(signal);
  let registration: Promise<void> | undefined = changed ? undefined : Promise.resolve();

  const connection: Connection = new Connection({
    url, role, backOff, random, report,
    measures: measuring !== undefined,
    openSession: (abort) => sessions.open(abort),
    onMessage: (message) => {
      worker.handle(message);
      evidence.wake();
    },
    onHalt: (error) => outcome.fail(error),
    onOnline: () => {
      // A transfer that waits for the coordinator need not wait any longer.
      pauses.wake();
      worker.resumeDeliveries();
      evidence.wake();
      registration ??= registerResource({ file: home.resource, signer, submit, backOff, random, report }, resource, outcome.signal)
        .catch((error: unknown) => { if (!outcome.signal.aborted) report({ event: 'error', ...describeError(error) }); });
    },
  });
  const submit = connection.submit.bind(connection);
  const progress = new RoundProgress((value) => connection.sendProgress(value), report, monotonicMs);
  const shared = { chain, signer, crypto, artifacts, trainer, progress };
  const history = new History(http, home.head, crypto, chain);
  const files = await EvidenceFiles.open(home.folder);
  const papers = new PaperSource(files, http, chain, crypto);
  const accuser = new Accuser({ files, papers, http, history, crypto, report });
  // The first contradiction ends the work at once, and the worker as soon as the evidence is written.
  let accusing: Promise<unknown> | undefined;
  const onFatal = (error: WorkerError) => {
    accusing ??= Promise.all([worker.stop(), accuser.accuse(error, signal).then(outcome.fail, outcome.fail)]);
  };
  const evidence = new EvidenceKeeper({
    files, papers, http, history, crypto, chain, report, nowMs, onFatal,
    operatorKey: () => sessions.operatorKey, timer: new WakingTimer(parts.waking ?? DEFAULT_WAKING),
  });
  const keepPromise = evidence.keep.bind(evidence);
  const worker = new Worker({
    training: { ...shared, history, examples: dataset.count, nowMs, check: new FitCheck(dataset, report) },
    evaluation: { ...shared, commitment, trainer: (measuring ?? parts.workbench).trainer },
    delivery: { outbox: home.outbox, artifacts, submit, crash: new CrashHook(parts.config.crashAt), progress, report, backOff, random, keepPromise },
    outbox: home.outbox,
    updates: home.updates,
    report,
    progress,
    onFatal,
  });
  connection.start();
  try {
    await outcome.ended;
  } finally {
    connection.stop();
    progress.stop();
    const stopped = worker.stop();
    // An evaluation cannot be called off, only cut off.
    trainer.close();
    holdOut?.trainer.close();
    // Nothing writes to the home folder after the worker has ended.
    await Promise.all([stopped, registration, evidence.stop(), accusing]);
  }
}

/** How the worker ends: on request, or with the first error that ends it. */
class Outcome {
  readonly ended: Promise<void>;
  readonly signal: AbortSignal;
  readonly fail: (error: WorkerError) => void;

  constructor(requested: AbortSignal) {
    const over = new AbortController();
    this.signal = over.signal;
    let fail: (error: WorkerError) => void = () => undefined;
    this.ended = new Promise<void>((resolve, reject) => {
      const stop = () => { over.abort(requested.reason); resolve(); };
      if (requested.aborted) stop();
      else requested.addEventListener('abort', stop, { once: true });
      fail = (error) => { over.abort(error); reject(error); };
    });
    this.fail = fail;
  }
}
