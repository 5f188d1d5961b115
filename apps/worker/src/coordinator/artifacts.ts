import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { Tensor } from '@fedseal/model/tensors';
import type { Artifact } from '@fedseal/protocol/fields';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { unpackModel } from '../rounds/tensor-file.js';
import type { Sessions } from '../session/sessions.js';
import { retrying, type BackOff } from './back-off.js';
import { isTransient, RefusedRequest, type CoordinatorHttp } from './http.js';

export interface ArtifactParts {
  readonly http: CoordinatorHttp;
  readonly sessions: Sessions;
  readonly crypto: Crypto;
  readonly backOff: BackOff;
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onRetry: (error: unknown, delayMs: number) => void;
}

/** Models down, updates up: by hash, and again and again until the other side has answered. */
export class Artifacts {
  constructor(private readonly parts: ArtifactParts) {}

  /** @throws WorkerError `model.*` when the file is not what was announced; RefusedRequest; the signal's reason */
  async fetchModel(expected: Artifact, model: ModelSpec, signal: AbortSignal): Promise<Tensor[]> {
    const { http, crypto } = this.parts;
    const file = await this.retrying(() => http.getBytes(`/v1/blobs/${expected.sha256}`, expected.bytes, { signal }), signal);
    return unpackModel(crypto, file, expected, model);
  }

  /** Idempotent: uploading what the coordinator has is no error. @throws RefusedRequest; the signal's reason */
  async upload(sha256: string, file: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.retrying(async () => {
      try {
        await this.put(sha256, file, signal);
      } catch (error) {
        if (!(error instanceof RefusedRequest) || error.status !== 401) throw error;
        // The token ended on the way, or the coordinator's signing key changed: a new one decides.
        this.parts.sessions.forget();
        await this.put(sha256, file, signal);
      }
    }, signal);
  }

  private async put(sha256: string, file: Uint8Array, signal: AbortSignal): Promise<void> {
    const token = await this.parts.sessions.token(signal);
    await this.parts.http.putBytes(`/v1/updates/${sha256}`, file, {
      'authorization': `Bearer ${token}`,
      // RFC 9530
      'content-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    }, { signal });
  }

  private retrying<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { backOff, random, wait, onRetry } = this.parts;
    return retrying(work, { signal, backOff, random, isTransient, wait, onRetry });
  }
}
