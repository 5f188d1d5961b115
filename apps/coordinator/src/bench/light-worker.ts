import { io, type Socket } from 'socket.io-client';
import { toBase64url, toHex, utf8 } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { WORKER_EVENTS, ack, evaluateRequest, roundInvite, type Ack, type EvaluateRequest, type RoundInvite } from '@fedseal/protocol/worker-messages';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { LightSession, readInvitation } from './light-session.js';
import { commitPayload, lightDeltas, packUpdate, type PackedUpdate } from './light-update.js';

const ACK_TIMEOUT_MS = 30_000;

export interface LightWorkerOptions {
  /** As the operator gave it out; the role comes from it. */
  readonly invitation: string;
  readonly name: string;
  readonly signer: Signer;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Declared in every commit. */
  readonly examples: number;
  /** What to do about an invitation; by default `takePart`. What it throws is an unhandled rejection: loud on purpose. */
  readonly onInvite?: (invite: RoundInvite, worker: LightWorker) => Promise<void>;
  /** Answers a request to measure a model; by default it is taken, and answered with invented figures. */
  readonly onEvaluate?: (request: EvaluateRequest, worker: LightWorker) => Ack;
}

/**
 * A worker that does everything of the protocol and none of the training: a real key, enrolment, handshake, socket,
 * upload and signed leaves, with an update that costs nothing to make. For benchmarks of the coordinator and for its tests.
 */
export class LightWorker {
  readonly keyId: string;
  readonly chain: string;
  private readonly url: string;
  private readonly session: LightSession;
  private socket: Socket | undefined;
  private token = '';

  private constructor(private readonly options: LightWorkerOptions) {
    const invited = readInvitation(options.invitation);
    this.url = invited.url;
    this.chain = invited.chain;
    this.session = new LightSession(invited.url, invited, options.signer, options.randomBytes);
    this.keyId = this.session.keyId;
  }

  /** Enrols a new worker; `connect` brings it online. */
  static async enrol(options: LightWorkerOptions): Promise<LightWorker> {
    const worker = new LightWorker(options);
    await worker.session.enrol(options.name);
    return worker;
  }

  get name(): string {
    return this.options.name;
  }

  /** Comes online over a new session; an older connection ends. @throws Error when the coordinator refuses */
  async connect(listen: (socket: Socket) => void = () => undefined): Promise<void> {
    this.disconnect();
    this.token = await this.session.open();
    const socket = io(`${this.url}/workers`, {
      auth: { protocol: PROTOCOL_VERSION, token: this.token }, transports: ['websocket'], reconnection: false, forceNew: true,
    });
    this.socket = socket;
    socket.on(WORKER_EVENTS.invite, (message: unknown, reply: (answer: Ack) => void) => {
      const invite = roundInvite.parse(message);
      reply({ ok: true });
      void (this.options.onInvite ?? takePart)(invite, this);
    });
    socket.on(WORKER_EVENTS.evaluate, (message: unknown, reply: (answer: Ack) => void) => {
      const request = evaluateRequest.parse(message);
      if (this.options.onEvaluate) return reply(this.options.onEvaluate(request, this));
      reply({ ok: true });
      void this.evaluate(request);
    });
    listen(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  }

  disconnect(): void {
    this.socket?.disconnect();
  }

  /** The update that belongs to an invitation. */
  pack(invite: RoundInvite): PackedUpdate {
    return packUpdate(lightDeltas(invite, this.keyId));
  }

  /** The signed commit of an update, as bytes. @param change overrides fields of its payload */
  commit(invite: RoundInvite, update: PackedUpdate['artifact'], change: Partial<Payload<'update.commit'>> = {}): Uint8Array {
    const { chain, keyId: contributor, options } = this;
    const payload = commitPayload(invite, { chain, contributor, update, examples: options.examples });
    return signLeaf('update.commit', { ...payload, ...change }, [options.signer]);
  }

  async upload({ file, artifact }: PackedUpdate): Promise<void> {
    const response = await fetch(`${this.url}/v1/updates/${artifact.sha256}`, {
      method: 'PUT',
      // RFC 9530
      headers: { 'authorization': `Bearer ${this.token}`, 'content-digest': `sha-256=:${Buffer.from(artifact.sha256, 'hex').toString('base64')}:` },
      body: file as Uint8Array<ArrayBuffer>,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The upload was answered ${response.status}: ${text}`);
  }

  /** Submits a signed leaf. @throws Error when nobody acknowledges it */
  async submit(leaf: Uint8Array): Promise<Ack> {
    if (this.socket === undefined) throw new Error('Connect first.');
    return ack.parse(await this.socket.timeout(ACK_TIMEOUT_MS).emitWithAck(WORKER_EVENTS.submit, { leaf: toBase64url(leaf) }));
  }

  /** A measurement: invented figures about a data set that does not exist, signed all the same. */
  async evaluate({ run, round, model }: Pick<EvaluateRequest, 'run' | 'round' | 'model'>, examples = 100): Promise<Ack> {
    const leaf = signLeaf('evaluation', {
      chain: this.chain, run, round, model: model.sha256, evaluator: this.keyId,
      dataset: { commitment: toHex(nodeCrypto.sha256(utf8(`no data of ${this.keyId}`))), examples },
      metrics: { accuracy: '0.75', loss: '0.5' },
    }, [this.options.signer]);
    return this.submit(leaf);
  }
}

/** Uploads the update of this invitation and commits to it. @throws Error when the coordinator refuses */
export async function takePart(invite: RoundInvite, worker: LightWorker): Promise<void> {
  const update = worker.pack(invite);
  await worker.upload(update);
  const answer = await worker.submit(worker.commit(invite, update.artifact));
  if (!answer.ok) throw new Error(`The commit of ${worker.name} was refused: ${answer.code}. ${answer.message}`);
}
