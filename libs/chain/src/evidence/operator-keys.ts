import { fromBase64url } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeafOf } from '../leaf/read-leaf.js';
import type { KnownKey } from '../verify/chain-state.js';
import { demand } from '../verify/rule.js';
import { KeyRegister } from './key-register.js';

/** The operator's keys one after the other, from the charter on: each rotation is signed by the key before it. */
export class OperatorKeys {
  readonly #keys: KnownKey[];
  readonly #used = new Set<KnownKey>();

  private constructor(keys: KnownKey[]) {
    this.#keys = keys;
  }

  /**
   * @param rotations operator.rotate leaves in order, base64url
   * @throws ChainError `charter.*`, `key.*`, `leaf.*`, `operator.rotate.*`
   */
  static of(charter: ReadLeafOf<'charter'>, rotations: readonly string[], chain: string, crypto: Crypto): OperatorKeys {
    const register = new KeyRegister(charter, crypto);
    const keys: KnownKey[] = [register.operator];
    for (const text of rotations) {
      const leaf = readLeaf(fromBase64url(text));
      demand(leaf.kind === 'operator.rotate', 'key.kind', `A ${leaf.kind} is no rotation of the operator's key.`);
      demand(leaf.payload.chain === chain, 'leaf.chain', `This leaf belongs to the chain ${leaf.payload.chain}.`);
      register.bring(leaf);
      keys.push(register.operator);
    }
    return new OperatorKeys(keys);
  }

  /**
   * Finds the key that `open` succeeds with.
   * @throws what `open` throws of the newest key when it succeeds with none
   */
  openWith<T>(open: (key: KnownKey) => T): { readonly opened: T; readonly signer: KnownKey } {
    let refusal: unknown;
    for (const signer of this.#keys.toReversed()) {
      try {
        const opened = open(signer);
        this.#used.add(signer);
        return { opened, signer };
      } catch (error) {
        refusal ??= error;
      }
    }
    throw refusal;
  }

  /** A rotation that leads to no key in use could be left out: one proof has one spelling. @throws ChainError `key.surplus` */
  demandUsed(): void {
    demand(this.#used.has(this.#keys.at(-1) as KnownKey), 'key.surplus', 'A rotation is here whose key signed nothing.');
  }
}
