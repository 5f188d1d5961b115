import { ChainError } from '@fedseal/chain/chain-error';
import { decodeConflict } from '@fedseal/chain/conflict/conflict';
import { verifyConflict } from '@fedseal/chain/conflict/verify-conflict';
import { decodeContradiction } from '@fedseal/chain/contradiction/contradiction';
import { verifyContradiction } from '@fedseal/chain/contradiction/verify-contradiction';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodeOmission } from '@fedseal/chain/omission/omission';
import { verifyOmission } from '@fedseal/chain/omission/verify-omission';
import { momentOf } from './describe-chain.js';
import { describeReceipt, verifyReceiptBytes } from './verify-receipt-file.js';

/** A piece of evidence that holds. */
export interface VerifiedEvidence {
  readonly target: 'receipt' | 'contradiction' | 'omission' | 'conflict';
  /** For the JSON answer. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** Checks a receipt, a contradiction, an omission or a conflict with nothing but itself. @throws ChainError */
export function verifyEvidence(bytes: Uint8Array): VerifiedEvidence {
  switch (formOf(bytes)) {
    case 'contradiction/v1':
      return contradiction(bytes);
    case 'omission/v1':
      return omission(bytes);
    case 'conflict/v1':
      return conflict(bytes);
    default:
      return receipt(bytes);
  }
}

function receipt(bytes: Uint8Array): VerifiedEvidence {
  const report = verifyReceiptBytes(bytes);
  const { chainId, name, leaf, signers, block, checkpoint, status, artifacts, limits } = report;
  return {
    target: 'receipt',
    facts: {
      chain: { chainId, name }, leaf: leaf.index, kind: leaf.kind, leafHash: leaf.leafHash,
      signers: signers.map(({ keyId }) => keyId), block, checkpoint, status, artifacts, notChecked: limits,
    },
    lines: describeReceipt(report),
  };
}

function contradiction(bytes: Uint8Array): VerifiedEvidence {
  const { chainId, name, origin, signers, size, roots, laterSize } = verifyContradiction(decodeContradiction(bytes), nodeCrypto);
  return {
    target: 'contradiction',
    facts: { chain: { chainId, name }, origin, signers, size, roots, laterSize },
    lines: [
      `Proof against the operator of "${name}", ${chainId}`,
      `  the operator signed two histories that cannot both be true:`,
      `  one           ${size} leaves with the root ${roots[0]}, by the key ${signers[0]}`,
      `  the other     ${size} leaves with the root ${roots[1]}, within ${laterSize} leaves, by the key ${signers[1]}`,
      'VERIFIED: both signatures hold, and at most one of the two histories can be the federation\'s. Which one, this cannot say.',
    ],
  };
}

function omission(bytes: Uint8Array): VerifiedEvidence {
  const { chainId, name, promise, term, block, status, index, checkpoint } = verifyOmission(decodeOmission(bytes), nodeCrypto);
  return {
    target: 'omission',
    facts: { chain: { chainId, name }, promise, term, block, status, index: index ?? null, checkpoint },
    lines: [
      `Proof of a broken promise of "${name}", ${chainId}`,
      `  promised      leaf ${promise.leafHash} in block ${promise.height} or before, found by ${momentOf(promise.notAfterMs)}`,
      `  by then       block ${block.height} with ${block.treeSize} leaves, found on ${momentOf(block.timestampMs)}, and the leaf is not among them`,
      `  checkpoint    ${checkpoint.size} leaves, root ${checkpoint.root}, signed by the operator`,
      `VERIFIED: the leaf ${status === 'late' ? `came late, as leaf ${index}` : 'was left out'} (${term === 'height' ? 'the promised block is sealed' : 'the promised time has passed'}).`,
    ],
  };
}

function conflict(bytes: Uint8Array): VerifiedEvidence {
  const { chainId, name, kept, keptIsSigned, checkpoints, header, observed } = verifyConflict(decodeConflict(bytes), nodeCrypto);
  const notChecked = [
    'That the operator showed what the worker says it saw: no signature of the operator covers it. Anybody with enough computing can mine a header.',
    ...(keptIsSigned ? [] : ['That the kept block was ever the operator\'s: none of the signed trees is the kept block\'s.']),
    'A checkpoint of the other history, signed by the operator, would make this a proof: it may come later, or be in another contributor\'s hands.',
  ];
  return {
    target: 'conflict',
    facts: { chain: { chainId, name }, kept, keptIsSigned, checkpoints, header: header ?? null, observed, proven: false, notChecked },
    lines: [
      `What a worker of "${name}", ${chainId}, saw of another history`,
      `  it had        block ${kept.height}, ${kept.blockHash}${keptIsSigned ? ', whose tree the operator signed' : ''}`,
      ...checkpoints.map(({ size, root }) => `  checkpoint    ${size} leaves, root ${root}, signed by the operator`),
      ...(header ? [`  it was shown  block ${header.height}, ${header.blockHash}, mined and signed by nobody, which excludes that block`] : []),
      `  it says       ${observed}`,
      'VERIFIED as far as it goes, and no proof against the operator. What it does not show:',
      ...notChecked.map((limit) => `  - ${limit}`),
    ],
  };
}

function formOf(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(Buffer.from(bytes).toString('utf8')) as { fedseal?: unknown } | null)?.fedseal;
  } catch (cause) {
    throw new ChainError('evidence.format', 'This is neither JSON nor anything else that Fedseal writes: the file was changed or cut short.', {}, { cause });
  }
}
