import { randomBytes } from 'node:crypto';
import { utf8 } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { DEFAULT_BACK_OFF, pause } from '../coordinator/back-off.js';
import type { CoordinatorHttp } from '../coordinator/http.js';
import { datasetCommitment } from '../evaluation/dataset-commitment.js';
import type { History } from '../history/history.js';
import { textOf } from '../output/reporters.js';
import type { WorkerEvent } from '../output/worker-events.js';
import { RoundProgress } from '../rounds/round-progress.js';
import { Connection } from '../session/connection.js';
import type { InboxMessage } from '../session/inbox.js';
import { Sessions } from '../session/sessions.js';
import { describeError } from '../worker-error.js';
import type { HostSpec } from './host-spec.js';
import type { Limit } from './limit.js';
import type { Member } from './member.js';
import { MemberTrainer } from './member-trainer.js';
import { MemberArtifacts, type SharedModels } from './shared-models.js';
import type { TrainingPool } from './training-pool.js';
import { VirtualContributor } from './virtual-contributor.js';
import { VirtualEvaluator } from './virtual-evaluator.js';

/** What the members of one process share. */
export interface SharedParts {
  readonly spec: HostSpec;
  readonly http: CoordinatorHttp;
  /** Each member signs the head that was verified for it; the headers below are fetched and checked once for all. */
  readonly history: History;
  readonly models: SharedModels;
  readonly limit: Limit;
  readonly ended: AbortSignal;
  readonly note: (text: string) => void;
  readonly onFatal: (error: unknown) => void;
}

/** What a member trains or measures on. */
export interface MemberData {
  readonly pool: TrainingPool;
  /** A contributor's examples, as indices into the pool's data set. */
  readonly part?: Uint32Array;
  /** Of an evaluator's test set: `datasetDigest`. */
  readonly digest?: Uint8Array;
}

/** What a person need not read of a thousand members. */
const USUAL = new Set<WorkerEvent['event']>(['online', 'round', 'verdict', 'evaluated']);

/** Gives a member its session, its socket and its work. @param onOnline each time it comes online @returns not started yet */
export function connectMember(shared: SharedParts, member: Member, data: MemberData, onOnline: () => void): Connection {
  const { spec, http, ended, note, onFatal } = shared;
  const { signer, name, role } = member;
  const { chain, operator, url } = spec;
  const report = (event: WorkerEvent) => {
    if (!USUAL.has(event.event)) note(`${name}: ${textOf(event)}`);
  };
  const sessions = new Sessions({
    http, signer, chain, operator, crypto: nodeCrypto, nowMs: Date.now, randomBytes: (length) => new Uint8Array(randomBytes(length)),
  });
  const artifacts = new MemberArtifacts({
    http, sessions, crypto: nodeCrypto, backOff: DEFAULT_BACK_OFF, random: Math.random, wait: pause,
    onRetry: (error) => note(`${name}: ${describeError(error).message} Trying again.`),
  }, shared.models, ended);
  let handle: (message: InboxMessage) => void = () => undefined;
  const connection = new Connection({
    url, role, report, onOnline,
    measures: role === 'evaluator',
    backOff: DEFAULT_BACK_OFF,
    random: Math.random,
    openSession: (signal) => sessions.open(signal),
    onMessage: (message) => handle(message),
    onHalt: onFatal,
  });
  const submit = connection.submit.bind(connection);
  const progress = new RoundProgress((value) => connection.sendProgress(value), report, () => performance.now());
  const trainer = new MemberTrainer(data.pool, data.part, ended);
  const common = { chain, signer, crypto: nodeCrypto, artifacts, trainer, progress };
  const outcome = { submit, random: Math.random, ended, note, onFatal };
  if (role === 'evaluator') {
    const commitment = datasetCommitment(nodeCrypto, nodeCrypto.sha256(utf8(`fedseal/simulated-salt/v1\0${spec.seed}`)), data.digest!);
    const evaluator = new VirtualEvaluator({ ...outcome, evaluation: { ...common, commitment } });
    handle = (message) => evaluator.handle(message);
  } else {
    const training = { ...common, history: shared.history, examples: data.part!.length, nowMs: Date.now };
    const contributor = new VirtualContributor({ ...outcome, name, artifacts, training, limit: shared.limit });
    handle = (message) => contributor.handle(message);
  }
  return connection;
}
