import { Injectable } from '@nestjs/common';
import type { HandshakeTranscript } from '@fedseal/protocol/session';
import { Clock } from '../../observability/clock.js';

/** A challenge is answered at once by a program, so it can be short. */
const LIFETIME_MS = 60_000;
/** Open at once for one key; the oldest goes first. Challenges need no proof, so a key's share of memory is bounded. */
const MOST_PER_KEY = 16;

interface Challenge {
  readonly transcript: HandshakeTranscript;
  readonly expiresAtMs: number;
}

/** Challenges that wait for their answer. Each nonce opens one session at most, within its minute. */
@Injectable()
export class Challenges {
  /** keyId → server nonce → challenge, in the order of making. */
  private readonly open = new Map<string, Map<string, Challenge>>();

  constructor(private readonly clock: Clock) {}

  remember(transcript: HandshakeTranscript): void {
    const mine = this.open.get(transcript.keyId) ?? new Map<string, Challenge>();
    this.dropExpired(transcript.keyId, mine);
    for (const oldest of mine.keys()) {
      if (mine.size < MOST_PER_KEY) break;
      mine.delete(oldest);
    }
    this.open.set(transcript.keyId, mine);
    mine.set(transcript.serverNonce, { transcript, expiresAtMs: this.clock.nowMs() + LIFETIME_MS });
  }

  /** Hands the challenge out once, whatever becomes of the answer. @returns undefined when there is none (any more). */
  take(keyId: string, serverNonce: string): HandshakeTranscript | undefined {
    const mine = this.open.get(keyId);
    const challenge = mine?.get(serverNonce);
    if (mine === undefined || challenge === undefined) return undefined;
    mine.delete(serverNonce);
    this.dropExpired(keyId, mine);
    return challenge.expiresAtMs > this.clock.nowMs() ? challenge.transcript : undefined;
  }

  private dropExpired(keyId: string, mine: Map<string, Challenge>): void {
    const now = this.clock.nowMs();
    for (const [nonce, { expiresAtMs }] of mine) if (expiresAtMs <= now) mine.delete(nonce);
    if (mine.size === 0) this.open.delete(keyId);
  }
}
