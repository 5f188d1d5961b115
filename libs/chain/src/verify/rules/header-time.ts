import { ChainError } from '../../chain-error.js';
import type { Header } from '../../header/header.js';
import type { PlacedHeader } from '../placed-header.js';

/** previous.timestampMs ≤ sealStartMs ≤ timestampMs: time never runs backwards, whatever the wall clock did. */
export function demandTime(header: Header, previous: PlacedHeader | undefined): void {
  const earliest = previous?.header.timestampMs ?? 0;
  if (header.sealStartMs < earliest) {
    throw new ChainError('header.seal-start', `The search began at ${header.sealStartMs} ms, before the block below was found (${earliest} ms).`);
  }
  if (header.timestampMs < header.sealStartMs) throw new ChainError('header.timestamp', 'A block is not found before its search begins.');
}
