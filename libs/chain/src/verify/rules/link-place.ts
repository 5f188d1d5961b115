import { equalBytes } from '../../bytes.js';
import type { ReadLeaf } from '../../leaf/read-leaf.js';
import type { PlacedHeader } from '../placed-header.js';
import { demand } from '../rule.js';

/** The first leaf of every block but genesis is the link to the header below, byte for byte; no other leaf is a link. */
export function demandLinkPlace(leaf: ReadLeaf, isFirst: boolean, previous: PlacedHeader | undefined): void {
  if (isFirst && previous !== undefined) {
    const linked = leaf.kind === 'block.link' && equalBytes(leaf.payload, previous.bytes);
    demand(linked, 'block.link.missing', `The first leaf must be the link to the header of block ${previous.header.height}.`);
  } else {
    demand(leaf.kind !== 'block.link', 'block.link.place', 'A block.link may only lead a block.');
  }
}
