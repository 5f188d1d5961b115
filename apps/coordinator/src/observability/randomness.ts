import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness as an argument, so that tests can set it. */
export abstract class Randomness {
  abstract bytes(length: number): Uint8Array;
  /** RFC 9562 version 4. */
  abstract uuid(): string;
}

export class SystemRandomness extends Randomness {
  override bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length));
  }

  override uuid(): string {
    return randomUUID();
  }
}
