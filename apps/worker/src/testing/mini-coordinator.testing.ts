import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { concatBytes, fromBase64url, fromHex, toBase64url, toHex, utf8 } from '@fedseal/chain/bytes';
import { cohortRoot } from '@fedseal/chain/cohort/draw-cohort';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { addSignature } from '@fedseal/chain/leaf/add-signature';
import { encodeLeaf } from '@fedseal/chain/leaf/encode-leaf';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { contributorEnrol } from '@fedseal/chain/leaf/payloads';
import { readLeaf, type ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { signPromise, type SealPromise } from '@fedseal/chain/promise/promise';
import { encodeReceipt } from '@fedseal/chain/receipt/receipt';
import { hashTile } from '@fedseal/chain/tiles/hash-tile';
import { parseTilePath, type Tile } from '@fedseal/chain/tiles/tile-path';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import {
  challengeRequest, enrolRequest, HANDSHAKE_CLIENT_TYPE, HANDSHAKE_SERVER_TYPE, INVITATION_PREFIX, sessionRequest,
  type HandshakeTranscript, type Invitation,
} from '@fedseal/protocol/session';
import {
  leafSubmission, socketAuth, WORKER_EVENTS, workerProgress,
  type Ack, type EvaluateRequest, type Head, type RoundInvite, type WorkerProgress,
} from '@fedseal/protocol/worker-messages';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { Server, type Socket } from 'socket.io';
import { packTensors } from '../rounds/tensor-file.js';
import { MiniChain } from './mini-chain.testing.js';
import { tinyModel } from './stub-trainer.testing.js';

const RUN = 'demo';
const CAP = 100;

/** A whole coordinator in one file for the worker's tests: real chain, real signatures, real sockets, no database. */
export class MiniCoordinator {
  readonly operator = createSigner(new Uint8Array(randomBytes(32)));
  readonly chain = new MiniChain(this.operator);
  readonly blobs = new Map<string, Uint8Array>();
  /** Every leaf that was sent, and those that passed the rules. */
  readonly submissions: ReadLeaf[] = [];
  readonly leaves: ReadLeaf[] = [];
  readonly uploads: string[] = [];
  readonly progress: WorkerProgress[] = [];
  readonly base: ReturnType<typeof packTensors>;
  /** Behaviour that tests turn. */
  signHandshakeAs: Signer = this.operator;
  showOperator: Signer = this.operator;
  refuseEnrolment: string | undefined;
  failUploads = 0;
  answerLeaf: ((leaf: ReadLeaf) => Ack | 'silence' | undefined) | undefined;
  /** What is shown: blocks, tree, receipts. */
  headersFrom: MiniChain = this.chain;
  /** Answers `/checkpoint`; undefined: there is none to be had. */
  checkpoint: (() => string) | undefined = () => this.headersFrom.checkpoint().note;
  /** Signed with every accepted commit; undefined promises nothing. */
  promise: ((leafHash: string) => SealPromise) | undefined = (hash) => this.terms(hash);
  /** Every request, as `METHOD /path`. */
  readonly requests: string[] = [];
  private readonly challenges = new Map<string, HandshakeTranscript>();
  private readonly tokens = new Map<string, string>();
  private readonly keys = new Map<string, Uint8Array>();
  private readonly changes = new Set<() => void>();
  private http: HttpServer | undefined;
  private io: Server | undefined;
  port = 0;

  constructor(readonly model: ModelSpec = tinyModel) {
    this.base = packTensors(nodeCrypto, initialTensors(model, 1));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const http = createServer((request, response) => void this.answer(request, response));
    const io = new Server(http, { serveClient: false });
    io.of('/workers').use((socket, next) => {
      const { token } = socketAuth.parse(socket.handshake.auth);
      const keyId = this.tokens.get(token ?? '');
      if (keyId === undefined) return next(Object.assign(new Error('no session'), { data: { code: 'auth.invalid', message: 'no session' } }));
      socket.data.keyId = keyId;
      return next();
    });
    io.of('/workers').on('connection', (socket) => this.serve(socket));
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve));
    this.port = (http.address() as AddressInfo).port;
    this.http = http;
    this.io = io;
  }

  /** Ends every connection, as a crash would. */
  async stop(): Promise<void> {
    const { io, http } = this;
    this.io = undefined;
    io?.disconnectSockets(true);
    http?.closeAllConnections();
    await io?.close();
  }

  dropConnections(): void {
    this.io?.of('/workers').disconnectSockets(true);
  }

  invitation(role: Invitation['role'] = 'contributor', operator: Signer = this.operator): string {
    const content: Invitation = {
      url: this.url, chain: this.chain.chainId, operator: toHex(operator.keyId), role, secret: toBase64url(new Uint8Array(randomBytes(32))),
    };
    return INVITATION_PREFIX + toBase64url(utf8(JSON.stringify(content)));
  }

  /** Creates the run and opens its next round for everybody who is enrolled. */
  openRound(attempt = 1): RoundInvite {
    this.chain.seal();
    const { sha256, tensorRoot, bytes } = this.base.artifact;
    const artifact = { sha256, tensorRoot, bytes };
    this.blobs.set(sha256, this.base.file);
    if (!this.chain.rules.views.runs.has(RUN)) {
      this.chain.sign('run.create', { run: RUN, plan: { sha256, bytes }, initial: artifact, retention: { updates: 'all', rounds: 0 } });
    }
    const { contributors } = this.chain.rules.views;
    const invited = [...this.keys.keys()].filter((keyId) => contributors.get(keyId)?.role === 'contributor');
    const { height, blockHash } = this.chain.head;
    this.chain.sign('round.open', {
      run: RUN, round: 1, attempt, base: artifact, seed: { height, blockHash }, candidates: { sha256, bytes },
      cohort: { root: toHex(cohortRoot(nodeCrypto, invited)), size: invited.length },
      policy: { quorum: 1, target: 1, deadlineMs: 60_000, weighting: 'examples', examplesCap: CAP },
      grid: { s: 51 - Math.ceil(Math.log2(CAP * invited.length)) - 3, bound: 8, aMax: CAP * invited.length },
      deadlineAtMs: 1_800_000_000_000,
    });
    return this.inviteFor(attempt, this.chain.head);
  }

  inviteFor(attempt: number, head: Head): RoundInvite {
    return {
      run: RUN, round: 1, attempt, base: this.base.artifact, model: this.model,
      training: {
        epochs: 1, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.001 }, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
      },
      seed: 7, bound: 8, examplesCap: CAP, deadlineAtMs: 1_800_000_000_000, head,
    };
  }

  evaluateRequest(): EvaluateRequest {
    const { training } = this.inviteFor(1, this.chain.head);
    return { run: RUN, round: 0, model: this.base.artifact, spec: this.model, training };
  }

  /** Pushes to every connected worker. @returns their acknowledgements */
  async push(event: string, body: unknown): Promise<Ack[]> {
    const sockets = await this.io!.of('/workers').fetchSockets();
    return Promise.all(sockets.map((socket) => socket.timeout(5000).emitWithAck(event, body) as Promise<Ack>));
  }

  tell(event: string, body: unknown): void {
    this.io!.of('/workers').emit(event, body);
  }

  leavesOf<K extends ReadLeaf['kind']>(kind: K): Extract<ReadLeaf, { kind: K }>[] {
    return this.leaves.filter((leaf): leaf is Extract<ReadLeaf, { kind: K }> => leaf.kind === kind);
  }

  /** Resolves as soon as `holds` does, asked after everything that arrives. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.changes.add(resolve));
  }

  get connected(): number {
    return this.io?.of('/workers').sockets.size ?? 0;
  }

  private changed(): void {
    const waiting = [...this.changes];
    this.changes.clear();
    for (const resolve of waiting) resolve();
  }

  private serve(socket: Socket): void {
    socket.on(WORKER_EVENTS.submit, (body: unknown, reply: (ack: Ack) => void) => {
      const bytes = fromBase64url(leafSubmission.parse(body).leaf);
      const answer = this.take(bytes);
      if (answer !== 'silence') reply(answer);
      this.changed();
    });
    socket.on(WORKER_EVENTS.progress, (body: unknown) => {
      this.progress.push(workerProgress.parse(body));
      this.changed();
    });
    socket.on('disconnect', () => this.changed());
    this.changed();
  }

  private take(bytes: Uint8Array): Ack | 'silence' {
    const leaf = readLeaf(bytes);
    this.submissions.push(leaf);
    const forced = this.answerLeaf?.(leaf);
    if (forced !== undefined) return forced;
    const hash = toHex(leafHash(nodeCrypto, bytes));
    if (leaf.kind === 'update.commit' && !this.blobs.has(leaf.payload.update.sha256)) {
      return { ok: false, code: 'update.not-uploaded', message: 'Upload it first.' };
    }
    try {
      this.chain.accept(bytes);
    } catch (error) {
      const { rule, message } = error as { rule: string; message: string };
      return { ok: false, code: rule, message };
    }
    this.leaves.push(leaf);
    const promise = leaf.kind === 'update.commit' ? this.promise?.(hash) : undefined;
    return { ok: true, leafHash: hash, ...(promise ? { promise: signPromise(promise, this.operator) } : {}) };
  }

  /** As a coordinator promises: the second block from now on, and a day. */
  terms(leafHash: string, changes: Partial<SealPromise> = {}): SealPromise {
    const issuedAtMs = Date.now();
    return { chain: this.chain.chainId, leafHash, height: this.chain.head.height + 2, notAfterMs: issuedAtMs + 86_400_000, issuedAtMs, ...changes };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.requests.push(`${request.method} ${url.pathname}`);
      const result = await this.route(request, url, Buffer.concat(chunks));
      const bytes = result instanceof Uint8Array;
      response.writeHead(200, { 'content-type': bytes ? 'application/octet-stream' : 'application/json' });
      response.end(bytes ? result : JSON.stringify(result));
    } catch (error) {
      const { status, code } = error instanceof Refusal ? error : { status: 500, code: 'internal' };
      const body = { type: 'about:blank', title: code, status, code, detail: String((error as Error).message) };
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    }
    this.changed();
  }

  private route(request: IncomingMessage, url: URL, body: Buffer): unknown {
    const path = `${request.method} ${url.pathname}`;
    const json = () => JSON.parse(body.toString('utf8')) as unknown;
    if (path === 'POST /v1/contributors') return this.enrol(enrolRequest.parse(json()));
    if (path === 'POST /v1/session/challenge') return this.challenge(challengeRequest.parse(json()));
    if (path === 'POST /v1/session') return this.session(sessionRequest.parse(json()));
    if (path.startsWith('PUT /v1/updates/')) return this.upload(request, url.pathname.slice(12), body);
    if (path.startsWith('GET /v1/blobs/')) {
      const blob = this.blobs.get(url.pathname.slice(10));
      if (!blob) throw new Refusal(404, 'blob.not-found');
      return blob;
    }
    const from = Number(url.searchParams.get('from'));
    const to = Number(url.searchParams.get('to'));
    if (path === 'GET /v1/headers') return concatBytes(...this.headersFrom.headers.slice(from, to + 1));
    if (path === 'GET /v1/consistency') return { from, to, proof: this.headersFrom.tree.consistencyProof(from, to).map(toHex) };
    const shown = this.headersFrom;
    if (path === 'GET /v1/federation') return { head: shown.head };
    if (path === 'GET /checkpoint' && this.checkpoint) return utf8(this.checkpoint());
    const index = /^GET \/v1\/leaves\/(\d+)\/receipt$/.exec(path)?.[1];
    if (index !== undefined) return shown.receipt(Number(index)).then(encodeReceipt);
    if (path.startsWith('GET /tile/')) return hashTile(shown.tree, parseTilePath(url.pathname.slice(1)) as Tile & { level: number });
    throw new Refusal(404, 'route.not-found');
  }

  private enrol({ secret, payload, signature }: ReturnType<typeof enrolRequest.parse>): unknown {
    const bytes = fromBase64url(payload);
    const { key } = contributorEnrol.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    const keyId = nodeCrypto.sha256(fromHex(key));
    if (this.refuseEnrolment) throw new Refusal(403, this.refuseEnrolment);
    if (fromBase64url(secret).length !== 32) throw new Refusal(403, 'invitation.unknown');
    const kind = LEAF_KINDS['contributor.enrol'];
    const signed = encodeLeaf({ kind, payload: bytes, signatures: [{ keyId, signature: fromBase64url(signature) }] });
    const leaf = addSignature(signed, this.operator);
    // The rule checks both signatures and that the invitation is new.
    const hash = this.chain.accept(leaf);
    this.leaves.push(readLeaf(leaf));
    this.keys.set(toHex(keyId), fromHex(key));
    return { keyId: toHex(keyId), leafHash: toHex(hash) };
  }

  private challenge({ keyId, clientNonce }: ReturnType<typeof challengeRequest.parse>): unknown {
    if (!this.keys.has(keyId)) throw new Refusal(404, 'contributor.not-found');
    const transcript: HandshakeTranscript = {
      chain: this.chain.chainId, server: this.url, keyId, clientNonce, serverNonce: randomBytes(32).toString('hex'),
    };
    this.challenges.set(transcript.serverNonce, transcript);
    const { chain, server, serverNonce } = transcript;
    const message = preAuthEncoding(HANDSHAKE_SERVER_TYPE, encodeCanonicalJson(transcript));
    return {
      chain, server, serverNonce, operatorKey: toHex(this.showOperator.publicKey),
      signature: toBase64url(this.signHandshakeAs.sign(message)),
    };
  }

  private session({ keyId, serverNonce, signature }: ReturnType<typeof sessionRequest.parse>): unknown {
    const transcript = this.challenges.get(serverNonce);
    const key = this.keys.get(keyId);
    const message = transcript && preAuthEncoding(HANDSHAKE_CLIENT_TYPE, encodeCanonicalJson(transcript));
    if (!message || !key || !nodeCrypto.verify(fromBase64url(signature), message, key)) throw new Refusal(401, 'handshake.signature');
    this.challenges.delete(serverNonce);
    const token = `token.${randomBytes(8).toString('hex')}`;
    this.tokens.set(token, keyId);
    return { token, expiresAtMs: Date.now() + 900_000 };
  }

  private upload(request: IncomingMessage, sha256: string, body: Buffer): unknown {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!this.tokens.has(token)) throw new Refusal(401, 'auth.invalid');
    if (this.failUploads > 0) {
      this.failUploads -= 1;
      throw new Refusal(503, 'database.unavailable');
    }
    const digest = createHash('sha256').update(body);
    const declared = request.headers['content-digest'];
    const actual = digest.copy().digest('base64');
    if (digest.digest('hex') !== sha256 || declared !== `sha-256=:${actual}:`) throw new Refusal(422, 'blob.digest-mismatch');
    this.blobs.set(sha256, new Uint8Array(body));
    this.uploads.push(sha256);
    return { sha256, bytes: body.length };
  }
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(`refused: ${code}`);
  }
}
