import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { fromBase64url, toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { leafPayloadType } from '@fedseal/chain/leaf/kinds';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Problem } from '@fedseal/protocol/problem';
import { INVITATION_PREFIX, challengeResponse, createInvitationResponse, invitation, sessionResponse, type Invitation } from '@fedseal/protocol/session';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import type { TestCoordinator } from '../coordinator.testing.js';
import { handshakeMessage } from './session/handshake.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body. */
  readonly json: never;
  readonly problem: Problem;
}

/** One HTTP exchange, its body read whatever its status. */
export async function call(url: string, init: RequestInit & { json?: unknown; token?: string } = {}): Promise<Answer> {
  const { json, token, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(url, {
    ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }), ...rest, headers,
  });
  const text = await response.text();
  const parsed = () => JSON.parse(text) as never;
  return {
    status: response.status, headers: response.headers, text,
    get json() { return parsed(); },
    get problem() { return parsed(); },
  };
}

export function operatorToken(coordinator: TestCoordinator): string {
  return readFileSync(join(coordinator.home, 'operator.token'), 'utf8').trim();
}

export async function invite(coordinator: TestCoordinator, wish: Record<string, unknown> = {}): Promise<Invitation> {
  const answer = await call(`${coordinator.url}/v1/invitations`, { json: wish, token: operatorToken(coordinator) });
  return readCode(createInvitationResponse.parse(answer.json).code);
}

export function readCode(code: string): Invitation {
  const json = Buffer.from(fromBase64url(code.slice(INVITATION_PREFIX.length))).toString('utf8');
  return invitation.parse(JSON.parse(json));
}

/** What a worker does, each step apart so that a test can do one of them wrong. */
export class TestWorker {
  readonly signer: Signer;

  constructor(
    readonly url: string,
    readonly name = 'test worker',
    seed: Uint8Array = randomBytes(32),
  ) {
    this.signer = createSigner(seed);
  }

  get keyId(): string {
    return toHex(this.signer.keyId);
  }

  enrolBody(invited: Invitation, change: Record<string, unknown> = {}, signer: Signer = this.signer) {
    const secretHash = toHex(nodeCrypto.sha256(fromBase64url(invited.secret)));
    const payload = encodeCanonicalJson({
      chain: invited.chain, key: toHex(this.signer.publicKey), name: this.name, role: invited.role, invitation: secretHash, ...change,
    });
    const signature = signer.sign(preAuthEncoding(leafPayloadType('contributor.enrol'), payload));
    return { secret: invited.secret, payload: toBase64url(payload), signature: toBase64url(signature) };
  }

  enrol(invited: Invitation): Promise<Answer> {
    return call(`${this.url}/v1/contributors`, { json: this.enrolBody(invited) });
  }

  async challenge() {
    const clientNonce = randomBytes(32).toString('hex');
    const answer = await call(`${this.url}/v1/session/challenge`, { json: { protocol: PROTOCOL_VERSION, keyId: this.keyId, clientNonce } });
    const challenge = challengeResponse.parse(answer.json);
    const { chain, server, serverNonce } = challenge;
    return { challenge, transcript: { chain, server, keyId: this.keyId, clientNonce, serverNonce } };
  }

  async sessionBody(signer: Signer = this.signer) {
    const { transcript } = await this.challenge();
    const signature = toBase64url(signer.sign(handshakeMessage('client', transcript)));
    return { keyId: this.keyId, serverNonce: transcript.serverNonce, signature };
  }

  async session(): Promise<string> {
    const answer = await call(`${this.url}/v1/session`, { json: await this.sessionBody() });
    return sessionResponse.parse(answer.json).token;
  }

  /** A socket that is not connected yet; `connected` waits for it. */
  socket(token: string | undefined, protocol = PROTOCOL_VERSION): Socket {
    return io(`${this.url}/workers`, { auth: { protocol, ...(token === undefined ? {} : { token }) }, reconnection: false, forceNew: true, transports: ['websocket'] });
  }
}

/** An enrolled worker with a session. */
export async function enrolledWorker(coordinator: TestCoordinator, wish: Record<string, unknown> = {}): Promise<{ worker: TestWorker; token: string }> {
  const worker = new TestWorker(coordinator.url);
  await worker.enrol(await invite(coordinator, wish));
  return { worker, token: await worker.session() };
}

/** The next time `event` happens on this socket. */
export function next<T = unknown>(socket: Socket, event: string): Promise<T> {
  return new Promise((resolve) => socket.once(event, (value: T) => resolve(value)));
}

export async function connected(socket: Socket): Promise<Socket> {
  await new Promise<void>((resolve, reject) => socket.once('connect', () => resolve()).once('connect_error', reject));
  return socket;
}

export async function refusal(socket: Socket): Promise<{ code: string; message: string }> {
  const error = await next<Error & { data: { code: string; message: string } }>(socket, 'connect_error');
  socket.close();
  return error.data;
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
