import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createSigner } from '@fedseal/chain/native/node-signer';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { AnyDashboardEvent, DashboardEvent, DashboardEventName } from '@fedseal/protocol/dashboard-events';
import type { RunPlanInput } from '@fedseal/protocol/plan';
import type { RunDetail } from '@fedseal/protocol/rest';
import { createInvitationResponse } from '@fedseal/protocol/session';
import { WORKER_EVENTS, type Ack, type EvaluateRequest, type RoundCancel, type RoundInvite, type UpdateVerdictNotice } from '@fedseal/protocol/worker-messages';
import { AppModule } from '../app.module.js';
import { LightWorker, takePart } from '../bench/light-worker.js';
import type { Config } from '../config/config.js';
import { call, type Answer } from '../contributors/test-worker.testing.js';
import { HttpEdge } from '../http-edge.js';
import { Ledger } from '../ledger/ledger.js';
import { FederationEvents } from '../observability/federation-events.js';
import { JsonLogger } from '../observability/logger.js';
import { listen } from '../serve.js';
import { temporaryHome } from '../storage/testing/test-cluster.testing.js';
import { createTestDatabase, type TestDatabase } from '../storage/testing/test-database.testing.js';

/** A model small enough that a round takes milliseconds: 4 → 3 → 2, 23 parameters in four tensors. */
export const TINY_PLAN = {
  version: 1,
  name: 'tiny',
  model: {
    name: 'tiny', inputShape: [4],
    layers: [{ type: 'dense', units: 3, activation: 'relu' }, { type: 'dense', units: 2, activation: 'softmax' }],
  },
  rounds: 2,
  seed: 7,
  cohort: { minimum: 3 },
  policy: { quorum: 2, deadlineSeconds: 60, retries: 1, examplesCap: 1000 },
  evaluation: { central: false },
} as const satisfies RunPlanInput;

/** What a worker of the scene does about an invitation. */
export type Behaviour = (invite: RoundInvite, worker: SceneWorker) => Promise<unknown>;

/** Stays silent. */
export const silent: Behaviour = () => Promise.resolve();
export const honest: Behaviour = (invite, worker) => takePart(invite, worker.light);

/** A light worker whose behaviour a test chooses, and which remembers what it was told. */
export class SceneWorker {
  readonly invites: RoundInvite[] = [];
  readonly verdicts: UpdateVerdictNotice[] = [];
  readonly cancels: RoundCancel[] = [];
  light!: LightWorker;
  behave: Behaviour = honest;
  /** What it does about a request to measure a model. */
  measure: (request: EvaluateRequest, worker: SceneWorker) => Ack = (request, worker) => {
    void worker.light.evaluate(request);
    return { ok: true };
  };

  static async enrol(name: string, invitation: string, examples: number): Promise<SceneWorker> {
    const worker = new SceneWorker();
    worker.light = await LightWorker.enrol({
      invitation, name, examples, signer: createSigner(new Uint8Array(randomBytes(32))),
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
      onInvite: async (invite) => {
        worker.invites.push(invite);
        await worker.behave(invite, worker);
      },
      onEvaluate: (request) => worker.measure(request, worker),
    });
    return worker;
  }

  get keyId(): string {
    return this.light.keyId;
  }

  connect(): Promise<void> {
    return this.light.connect((socket) => {
      socket.on(WORKER_EVENTS.verdict, (notice: UpdateVerdictNotice) => this.verdicts.push(notice));
      socket.on(WORKER_EVENTS.cancel, (cancel: RoundCancel) => this.cancels.push(cancel));
    });
  }

  /** The honest update, with fields of its commit changed. */
  async submitChanged(invite: RoundInvite, change: Partial<Payload<'update.commit'>>): Promise<Ack> {
    const update = this.light.pack(invite);
    await this.light.upload(update);
    return this.light.submit(this.light.commit(invite, update.artifact, change));
  }
}

type EventOf<N extends DashboardEventName> = { name: N; data: DashboardEvent<N> };

/** A whole coordinator on a database of its own, which can be closed and opened again there, with its workers. */
export class RoundScene {
  /** Everything announced so far, over all restarts. */
  readonly events: AnyDashboardEvent[] = [];
  readonly log: string[] = [];
  app!: NestExpressApplication;
  url!: string;
  private edge!: HttpEdge;
  private config: Config;
  private readonly workers: SceneWorker[] = [];
  private joined = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly database: TestDatabase,
    readonly home: string,
    change: Partial<Config>,
  ) {
    this.config = {
      home,
      http: { host: '127.0.0.1', port: 0, publicUrl: undefined },
      federation: { name: 'Round scene' },
      log: { level: 'debug' },
      miner: { threads: 1 },
      limits: { maxUpdateBytes: 4 * 1024 * 1024, updateMemoryBytes: 16 * 1024 * 1024 },
      databaseUrl: database.url,
      redisUrl: undefined,
      crashAt: undefined,
      ...change,
    };
  }

  static async open(change: Partial<Config> = {}): Promise<RoundScene> {
    const scene = new RoundScene(await createTestDatabase(), temporaryHome(), change);
    await scene.start();
    return scene;
  }

  /** Ends the coordinator in order and opens it again on the same database and port. Workers must connect again. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.light.disconnect();
    await this.stop();
    await this.database.drop();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Enrols a worker and brings it online. It declares `examples`: 100 for the first, 200 for the second, and so on. */
  async join(name: string, role: 'contributor' | 'evaluator' = 'contributor'): Promise<SceneWorker> {
    const examples = 100 * ++this.joined;
    const answer = await call(`${this.url}/v1/invitations`, { json: { role }, token: this.token });
    const { code } = createInvitationResponse.parse(answer.json);
    const worker = await SceneWorker.enrol(name, code, examples);
    this.workers.push(worker);
    await worker.connect();
    return worker;
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  get token(): string {
    return readFileSync(join(this.home, 'operator.token'), 'utf8').trim();
  }

  /** Creates a run from the tiny plan with some of it changed. */
  async createRun(name: string, change: Partial<RunPlanInput> = {}): Promise<void> {
    const plan = { ...TINY_PLAN, ...change, name, policy: { ...TINY_PLAN.policy, ...change.policy } };
    const answer = await this.post('/v1/runs', plan);
    if (answer.status !== 201) throw new Error(answer.text);
  }

  post(path: string, json: unknown): Promise<Answer> {
    return call(this.url + path, { json, token: this.token });
  }

  async get<T>(path: string): Promise<T> {
    const answer = await call(this.url + path);
    if (answer.status !== 200) throw new Error(`GET ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.json;
  }

  async blob(sha256: string): Promise<Uint8Array> {
    const response = await fetch(`${this.url}/v1/blobs/${sha256}`, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`GET blob ${sha256} was answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** The first event, already seen or yet to come, that matches. The test's own time limit bounds the wait. */
  event<N extends DashboardEventName>(name: N, matches: (data: DashboardEvent<N>) => boolean = () => true): Promise<DashboardEvent<N>> {
    return this.until(() => {
      return this.events.find((event): event is AnyDashboardEvent & EventOf<N> => event.name === name && matches((event as EventOf<N>).data))?.data;
    });
  }

  /** Waits until the run has ended and its end is sealed, also when a restart swallowed the event that says so. */
  ended(run: string): Promise<RunDetail> {
    return this.until(async () => {
      const view = await this.get<RunDetail>(`/v1/runs/${run}`);
      return view.ended?.sealed ? view : undefined;
    });
  }

  /** Waits for `count` accepted updates of a run. */
  async accepted(run: string, count: number): Promise<void> {
    await this.until(() => this.events.filter(({ name, data }) => name === 'update.accepted.v1' && data.run === run).length >= count || undefined);
  }

  /** Waits until a worker's enrolment is in a block. */
  async sealed(keyId: string): Promise<void> {
    const { enrolLeaf } = await this.get<{ enrolLeaf: string }>(`/v1/contributors/${keyId}`);
    await this.app.get(Ledger).sealed(enrolLeaf);
  }

  /** What the log complains about, one message each. */
  complaints(): string[] {
    const lines = this.log.map((line) => JSON.parse(line) as { level: string; msg: string });
    return lines.filter(({ level }) => ['warn', 'error', 'fatal'].includes(level)).map(({ msg }) => msg);
  }

  /** The events of a run about its rounds, in order, each as one line. */
  story(run: string): string[] {
    return this.events.flatMap((event) => {
      const data = event.data as { run?: string; round?: number; attempt?: number };
      if (data.run !== run || event.name === 'worker.progress.v1') return [];
      return [[event.name, ...(data.round === undefined ? [] : [data.round]), ...(data.attempt === undefined ? [] : [data.attempt])].join(' ')];
    });
  }

  /** Looks again after every event until there is something to see. */
  private async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (;;) {
      const seen = this.events.length;
      const found = await look();
      if (found !== undefined) return found;
      if (this.events.length === seen) await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private async start(): Promise<void> {
    const logger = new JsonLogger(this.config.log.level, { write: (line) => void this.log.push(line) });
    const module = await Test.createTestingModule({ imports: [AppModule.forRoot(this.config)] }).setLogger(logger).compile();
    this.app = module.createNestApplication<NestExpressApplication>({ bodyParser: false });
    this.app.useLogger(logger);
    this.edge = new HttpEdge(this.app, logger);
    this.app.get(FederationEvents).listen((event) => {
      this.events.push(event);
      const wake = [...this.waiting];
      this.waiting.clear();
      for (const resolve of wake) resolve();
    });
    this.url = await listen(this.app, this.config.http);
    this.config = { ...this.config, http: { ...this.config.http, port: Number(new URL(this.url).port) } };
  }

  private async stop(): Promise<void> {
    await this.edge.close();
    await this.app.close();
  }
}
