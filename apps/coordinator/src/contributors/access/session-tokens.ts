import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { hex32 } from '@fedseal/protocol/fields';
import { SignJWT, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { CONFIG, type Config } from '../../config/config.js';
import { readOrCreateSecret } from '../../config/secret-file.js';
import { Ledger } from '../../ledger/ledger.js';
import { Clock } from '../../observability/clock.js';
import { CodedError } from '../../observability/coded-error.js';
import { Randomness } from '../../observability/randomness.js';

const LIFETIME_SECONDS = 15 * 60;
const ISSUER = 'fedseal';
const ALGORITHM = 'HS256';

const claims = z.object({ sub: hex32 });

/** Short-lived JWTs (RFC 7519) for one key in one chain, signed with a secret that stays in the home folder. */
@Injectable()
export class SessionTokens {
  private readonly secret: Uint8Array;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    randomness: Randomness,
  ) {
    // Kept across restarts, so that a worker's upload survives the coordinator's.
    const path = join(config.home, 'session.key');
    this.secret = fromHex(readOrCreateSecret(path, () => toHex(randomness.bytes(32))));
  }

  async issue(keyId: string): Promise<{ token: string; expiresAtMs: number }> {
    const now = Math.floor(this.clock.nowMs() / 1000);
    const expires = now + LIFETIME_SECONDS;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(ISSUER)
      .setAudience(this.ledger.chainId)
      .setSubject(keyId)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.secret);
    return { token, expiresAtMs: expires * 1000 };
  }

  /** @returns the keyId. @throws CodedError `auth.expired`, `auth.invalid` */
  async verify(token: string): Promise<string> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: this.ledger.chainId,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.clock.nowMs()),
      });
      return claims.parse(payload).sub;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) {
        throw new CodedError('auth.expired', 'This session has ended; open a new one with POST /v1/session/challenge.', { cause });
      }
      throw new CodedError('auth.invalid', 'This is no session token of this federation; open a session with POST /v1/session/challenge.', { cause });
    }
  }
}
