import { equalBytes, fromBase64url, fromHex, toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { decodeHeader } from '../header/header.js';
import { parseFile } from '../json/parse-file.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeafOf } from '../leaf/read-leaf.js';
import { KeyRegister } from '../receipt/key-register.js';
import { verifyConsistency } from '../tree/verify-consistency.js';
import { verifyInclusion } from '../tree/verify-inclusion.js';
import type { KnownKey } from '../verify/chain-state.js';
import { demand } from '../verify/rule.js';
import { contradictionSchema } from './contradiction.js';
import type { Contradiction } from './contradiction.js';

/** What a contradiction proves. Hashes are hex. */
export interface ContradictionReport {
  readonly chainId: string;
  readonly name: string;
  readonly origin: string;
  /** keyIds of the operator's keys that signed the earlier and the later checkpoint. */
  readonly signers: readonly [earlier: string, later: string];
  /** The size for which the operator stands behind two roots. */
  readonly size: number;
  readonly roots: readonly [earlier: string, later: string];
  /** Leaves of the later checkpoint's tree. */
  readonly laterSize: number;
}

/**
 * Checks, with no network, that the operator of a federation signed two histories of which at most one can be true.
 * @param contradiction a `Contradiction`, or what was parsed from its file
 * @throws ChainError `contradiction.format`, `.charter`, `.rotations`, `.earlier`, `.later` when something in it does not
 *   hold; `contradiction.evidence` when it shows no contradiction
 */
export function verifyContradiction(contradiction: unknown, crypto: Crypto): ContradictionReport {
  const parsed = parseFile('contradiction', contradictionSchema, contradiction);
  const charter = part('charter', 'the charter', () => readCharter(parsed, crypto));
  const keys = operatorKeys(parsed, charter, crypto);
  const { name, origin } = charter.payload;
  const earlier = part('earlier', 'the earlier checkpoint', () => openBy(parsed.earlier, origin, keys, crypto));
  const later = part('later', 'the later checkpoint', () => openBy(parsed.later, origin, keys, crypto));
  const last = keys.at(-1);
  part('rotations', 'the rotations', () => demand(earlier.signer === last || later.signer === last, 'key.surplus', 'A rotation is here whose key signed nothing.'));
  const { size, root } = earlier.checkpoint;
  const other = part('evidence', 'the evidence', () => {
    const stated = otherRoot(parsed, size, later.checkpoint, crypto);
    demand(!equalBytes(stated, root), 'contradiction.none', `Both have the root ${toHex(root)} for ${size} leaves: they agree.`);
    return stated;
  });
  return {
    chainId: parsed.chain, name, origin, size,
    signers: [earlier.signer.keyId, later.signer.keyId],
    roots: [toHex(root), toHex(other)],
    laterSize: later.checkpoint.size,
  };
}

function readCharter({ charter, chain }: Contradiction, crypto: Crypto): ReadLeafOf<'charter'> {
  const bytes = fromBase64url(charter);
  const leaf = readLeaf(bytes);
  demand(leaf.kind === 'charter', 'charter.missing', 'The first leaf of a chain is its charter.');
  demand(toHex(leafHash(crypto, bytes)) === chain, 'leaf.chain', 'The charter is that of another chain.');
  return leaf;
}

/** The operator's keys one after the other: each rotation is signed by the key before it. */
function operatorKeys({ rotations, chain }: Contradiction, charter: ReadLeafOf<'charter'>, crypto: Crypto): KnownKey[] {
  const register = part('charter', 'the charter', () => new KeyRegister(charter, crypto));
  const keys: KnownKey[] = [register.operator];
  for (const text of rotations) {
    part('rotations', 'a rotation', () => {
      const leaf = readLeaf(fromBase64url(text));
      demand(leaf.kind === 'operator.rotate', 'key.kind', `A ${leaf.kind} is no rotation of the operator's key.`);
      demand(leaf.payload.chain === chain, 'leaf.chain', `This leaf belongs to the chain ${leaf.payload.chain}.`);
      register.bring(leaf);
      keys.push(register.operator);
    });
  }
  return keys;
}

function openBy(note: string, origin: string, keys: readonly KnownKey[], crypto: Crypto): { checkpoint: Checkpoint; signer: KnownKey } {
  let refusal: unknown;
  // The newest first: a note is rarely signed by an old key.
  for (const signer of keys.toReversed()) {
    try {
      return { checkpoint: openCheckpoint(note, { origin, publicKey: signer.publicKey }, crypto), signer };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

/** The root that the later checkpoint commits to for the first `size` leaves. @throws ChainError when the evidence does not hold */
function otherRoot({ evidence }: Contradiction, size: number, later: Checkpoint, crypto: Crypto): Uint8Array {
  switch (evidence.kind) {
    case 'size':
      demand(later.size === size, 'checkpoint.size', `The later checkpoint has ${later.size} leaves, the earlier one ${size}.`);
      return later.root;
    case 'link': {
      const { leaf, index, inclusion } = evidence.link;
      demand(index === size, 'block.link.place', `The link to a block of ${size} leaves is leaf ${size}, not ${index}.`);
      const bytes = fromBase64url(leaf);
      const link = readLeaf(bytes);
      demand(link.kind === 'block.link', 'block.link.missing', `A ${link.kind} is no link to a header.`);
      const header = decodeHeader(link.payload);
      demand(header.treeSize === size, 'header.tree-size', `The header has a tree of ${header.treeSize} leaves, not ${size}.`);
      verifyInclusion(crypto, { leafHash: leafHash(crypto, bytes), index, size: later.size, proof: inclusion.map(fromHex), root: later.root });
      return header.treeRoot;
    }
    case 'prefix': {
      const root = fromHex(evidence.root);
      demand(size < later.size, 'checkpoint.size', `The later checkpoint has ${later.size} leaves, which is not more than ${size}.`);
      verifyConsistency(crypto, { from: size, fromRoot: root, to: later.size, toRoot: later.root, proof: evidence.consistency.map(fromHex) });
      return root;
    }
  }
}

/** Runs one part's check; whatever it refuses is refused as `contradiction.<name>`, with the cause. */
function part<T>(name: string, what: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new ChainError(`contradiction.${name}`, `The contradiction does not hold in ${what}: ${cause.message}`, cause.location, { cause });
  }
}
