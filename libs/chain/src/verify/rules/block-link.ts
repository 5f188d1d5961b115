import { toHex } from '../../bytes.js';
import { blockHash } from '../../header/block-hash.js';
import { decodeHeader } from '../../header/header.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';

/**
 * Names the header below: whoever signs the tree signs every header but the tip. Headers are linked one by one. That a link leads its
 * block and nothing else does is checked where blocks are known (`block-links.ts`).
 */
export const blockLinkRule: Rule<'block.link'> = (leaf, { crypto, state, blocks }) => {
  demand(leaf.signatures.length === 0, 'block.link.signers', 'A block.link is not signed.');
  const { height } = decodeHeader(leaf.payload);
  demand(height === state.linked.value + 1, 'block.link.height', `The next link is to block ${state.linked.value + 1}, not ${height}.`);
  const block = blocks.at(height);
  demand(
    block !== undefined && block.hash === toHex(blockHash(crypto, leaf.payload)),
    'block.link.header',
    `The link does not hold the header of block ${height}.`,
  );
  state.linked.set(height);
};
