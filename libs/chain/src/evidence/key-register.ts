import { toHex } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import type { ReadLeaf, ReadLeafOf } from '../leaf/read-leaf.js';
import type { KnownKey } from '../verify/chain-state.js';
import { demand } from '../verify/rule.js';
import { demandSigners, newKey } from '../verify/signers.js';

/** A key that some leaves vouch for, and what it is there for. */
export interface RegisteredKey extends KnownKey {
  readonly role: 'operator' | 'founder' | 'contributor' | 'evaluator' | 'mirror' | 'miner' | 'witness';
  /** The public name it was enrolled under; a contributor's or evaluator's only. */
  readonly name?: string;
}

type KeyLeaf = ReadLeafOf<'operator.rotate'> | ReadLeafOf<'node.add'> | ReadLeafOf<'contributor.enrol'> | ReadLeafOf<'contributor.rotate'>;

/**
 * The keys that a few leaves bring, without the rest of the chain: each leaf is signed by keys that those before it brought. What it
 * cannot know is what other leaves took away: revocations, and rotations that are left out.
 */
export class KeyRegister {
  readonly #crypto: Crypto;
  readonly #keys = new Map<string, RegisteredKey>();
  readonly #unused = new Set<string>();
  #operator: RegisteredKey;

  /** @throws ChainError `charter.*`, `key.*` unless the operator and each founder signed the charter */
  constructor(charter: ReadLeafOf<'charter'>, crypto: Crypto) {
    this.#crypto = crypto;
    this.#operator = { ...newKey(charter.payload.operator, { crypto }), role: 'operator' };
    demandSigners(charter, { crypto }, [this.#operator, ...charter.payload.founders.map((key) => newKey(key, { crypto }))]);
  }

  /** As of the last leaf taken in. */
  get operator(): RegisteredKey {
    return this.#operator;
  }

  /** Takes in a leaf that brings a key. @throws ChainError `<kind>.signers`, `<kind>.signature`, `key.*`; `<kind>.contributor` */
  bring(leaf: KeyLeaf): void {
    demandSigners(leaf, { crypto: this.#crypto }, this.signersOf(leaf));
    const known = newKey(leaf.payload.key, { crypto: this.#crypto });
    if (leaf.kind === 'operator.rotate') {
      this.#operator = { ...known, role: 'operator' };
    } else {
      this.#keys.set(known.keyId, { ...known, ...this.#titleOf(leaf) });
      this.#unused.add(known.keyId);
    }
  }

  /**
   * Whose signatures a leaf must carry, by the rules of its kind.
   * @throws ChainError `<kind>.contributor` when a key has not been brought
   */
  signersOf(leaf: ReadLeaf): RegisteredKey[] {
    const fresh = (key: string, role: RegisteredKey['role'], name?: string): RegisteredKey => (
      { ...newKey(key, { crypto: this.#crypto }), role, ...(name === undefined ? {} : { name }) }
    );
    switch (leaf.kind) {
      case 'charter':
        return [this.#operator, ...leaf.payload.founders.map((key) => fresh(key, 'founder'))];
      case 'block.link':
        return [];
      case 'operator.rotate':
        return [this.#operator, fresh(leaf.payload.key, 'operator')];
      case 'contributor.enrol':
        return [this.#operator, fresh(leaf.payload.key, leaf.payload.role, leaf.payload.name)];
      case 'contributor.rotate': {
        const old = this.#use(leaf.kind, leaf.payload.contributor);
        return [old, fresh(leaf.payload.key, old.role, old.name)];
      }
      case 'contributor.revoke': {
        const { contributor } = leaf.payload;
        const bySelf = leaf.signatures.some(({ keyId }) => toHex(keyId) === contributor);
        return [bySelf ? this.#use(leaf.kind, contributor) : this.#operator];
      }
      case 'resource.register':
      case 'update.commit':
        return [this.#use(leaf.kind, leaf.payload.contributor)];
      case 'evaluation':
        return [this.#use(leaf.kind, leaf.payload.evaluator)];
      case 'annotate':
        return [leaf.payload.author === this.#operator.keyId ? this.#operator : this.#use(leaf.kind, leaf.payload.author)];
      default:
        return [this.#operator];
    }
  }

  /** keyIds that were brought and that no later leaf needed. */
  get unused(): ReadonlySet<string> {
    return this.#unused;
  }

  #titleOf(leaf: Exclude<KeyLeaf, { kind: 'operator.rotate' }>): Pick<RegisteredKey, 'role' | 'name'> {
    if (leaf.kind === 'node.add') return { role: leaf.payload.role };
    if (leaf.kind === 'contributor.enrol') return { role: leaf.payload.role, name: leaf.payload.name };
    const { role, name } = this.#use(leaf.kind, leaf.payload.contributor);
    return { role, ...(name === undefined ? {} : { name }) };
  }

  #use(kind: string, keyId: string): RegisteredKey {
    const key = this.#keys.get(keyId);
    demand(key !== undefined, `${kind}.contributor`, `The leaf that brought the key ${keyId} is not here.`);
    this.#unused.delete(keyId);
    return key;
  }
}
