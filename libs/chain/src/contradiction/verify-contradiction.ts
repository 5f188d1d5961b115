import { equalBytes, fromBase64url, fromHex, toHex } from '../bytes.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { decodeHeader } from '../header/header.js';
import { OperatorKeys } from '../evidence/operator-keys.js';
import { parseFile } from '../evidence/parse-file.js';
import { partOf } from '../evidence/part-of.js';
import { readCharter } from '../evidence/read-charter.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { verifyConsistency } from '../tree/verify-consistency.js';
import { verifyInclusion } from '../tree/verify-inclusion.js';
import { demand } from '../verify/rule.js';
import { contradictionSchema } from './contradiction.js';
import type { Contradiction } from './contradiction.js';

const part = partOf('contradiction');

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
  const keys = part('rotations', 'the rotations', () => OperatorKeys.of(charter, parsed.rotations, parsed.chain, crypto));
  const { name, origin } = charter.payload;
  const open = (note: string) => keys.openWith(({ publicKey }) => openCheckpoint(note, { origin, publicKey }, crypto));
  const earlier = part('earlier', 'the earlier checkpoint', () => open(parsed.earlier));
  const later = part('later', 'the later checkpoint', () => open(parsed.later));
  part('rotations', 'the rotations', () => keys.demandUsed());
  const { size, root } = earlier.opened;
  const other = part('evidence', 'the evidence', () => {
    const stated = otherRoot(parsed, size, later.opened, crypto);
    demand(!equalBytes(stated, root), 'contradiction.none', `Both have the root ${toHex(root)} for ${size} leaves: they agree.`);
    return stated;
  });
  return {
    chainId: parsed.chain, name, origin, size,
    signers: [earlier.signer.keyId, later.signer.keyId],
    roots: [toHex(root), toHex(other)],
    laterSize: later.opened.size,
  };
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
