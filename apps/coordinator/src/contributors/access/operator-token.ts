import { createHash, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { toBase64url } from '@fedseal/chain/bytes';
import { CONFIG, type Config } from '../../config/config.js';
import { readOrCreateSecret } from '../../config/secret-file.js';
import { Randomness } from '../../observability/randomness.js';

/** Tells an operator's token from a session's at a glance, in a log scanner too. */
const PREFIX = 'fsop_';

/** The token in `<home>/operator.token`, made on first start. Whoever can read that file may write to the federation. */
@Injectable()
export class OperatorToken {
  private readonly hash: Buffer;

  constructor(@Inject(CONFIG) config: Config, randomness: Randomness) {
    const path = join(config.home, 'operator.token');
    this.hash = sha256(readOrCreateSecret(path, () => PREFIX + toBase64url(randomness.bytes(32))));
  }

  /** Compares digests, so that neither content nor length shows in the time it takes. */
  matches(token: string): boolean {
    return timingSafeEqual(sha256(token), this.hash);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
