import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { CoordinatorHttp } from '../coordinator/http.js';
import { datasetDigest } from '../evaluation/dataset-commitment.js';
import { History } from '../history/history.js';
import { JsonFile } from '../home/json-file.js';
import { verifiedHead } from '../home/worker-home.js';
import type { Connection } from '../session/connection.js';
import { connectMember, type MemberData, type SharedParts } from './connect-member.js';
import { enrolMembers } from './enrol-members.js';
import type { HostMessage, HostSpec } from './host-spec.js';
import { Limit } from './limit.js';
import { loadParts, loadTestSet } from './load-parts.js';
import { hostedMembers, type Member } from './member.js';
import { SharedModels } from './shared-models.js';
import { TrainingPool } from './training-pool.js';

export interface HostParts {
  readonly spec: HostSpec;
  readonly tell: (message: HostMessage) => void;
  /** A line for the host's log. */
  readonly note: (text: string) => void;
  /** Aborted to end the host in good order. */
  readonly signal: AbortSignal;
}

/** Handshakes at once while members connect. */
const CONNECTING_AT_ONCE = 32;

/**
 * Hosts this process' share of a simulation until the signal is aborted: enrols its members, connects each with a key and a session of
 * its own, and trains for those that are invited.
 * @throws WorkerError `data.*`, `backend.*`, `enrolment.*`, `history.*`, and whatever ends one of its members
 */
export async function hostMembers({ spec, tell, note, signal }: HostParts): Promise<void> {
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  // Every member listens to it.
  setMaxListeners(0, ended);
  const pools: TrainingPool[] = [];
  const connections: Connection[] = [];
  try {
    const members = hostedMembers(nodeCrypto, spec);
    const dataOf = await openData(spec, pools);
    const http = new CoordinatorHttp(spec.url);
    const enrolled = await enrolMembers({ http, crypto: nodeCrypto, random: Math.random }, members, spec.invitations, ended);
    tell({ type: 'enrolled', members: enrolled });

    await mkdir(spec.folder, { recursive: true, mode: 0o700 });
    const head = new JsonFile(join(spec.folder, `head-${spec.index}.json`), verifiedHead);
    const shared: SharedParts = {
      spec, http, ended, note,
      history: new History(http, head, nodeCrypto, spec.chain),
      models: new SharedModels(),
      // One more than train at once, so that no thread waits for the update before to be delivered.
      limit: new Limit(spec.threads + 1),
      onFatal: (error) => failed.abort(error),
    };
    await connectAll(shared, members, dataOf, connections);
    tell({ type: 'ready', members: members.length, backend: pools[0]!.backend });
    await new Promise((_, reject) => ended.addEventListener('abort', reject, { once: true }));
  } catch (error) {
    if (!signal.aborted) throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    failed.abort(new Error('The host has ended.'));
    for (const connection of connections) connection.stop();
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Opens the training threads, and for an evaluator one more with the test set. @returns what each member works on */
async function openData(spec: HostSpec, pools: TrainingPool[]): Promise<(member: Member) => MemberData> {
  const { dataset, parts } = await loadParts(spec);
  const training = await TrainingPool.open(dataset, spec.backend, spec.threads);
  pools.push(training);
  if (!spec.evaluator) return ({ client }) => ({ pool: training, part: parts[client]! });
  const testSet = await loadTestSet(spec);
  const testing = await TrainingPool.open(testSet, spec.backend, 1);
  pools.push(testing);
  const digest = datasetDigest(testSet);
  return ({ role, client }) => (role === 'evaluator' ? { pool: testing, digest } : { pool: training, part: parts[client]! });
}

/** @returns once every member is online for the first time */
async function connectAll(
  shared: SharedParts,
  members: readonly Member[],
  dataOf: (member: Member) => MemberData,
  connections: Connection[],
): Promise<void> {
  const { ended } = shared;
  const limit = new Limit(CONNECTING_AT_ONCE);
  await Promise.all(members.map((member) => limit.run(() => new Promise<void>((resolve, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason as Error), { once: true });
    const connection = connectMember(shared, member, dataOf(member), resolve);
    connections.push(connection);
    connection.start();
  }), ended)));
}
