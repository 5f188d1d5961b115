import { equalBytes, toHex } from '../../bytes.js';
import { ChainError } from '../../chain-error.js';
import type { PlacedHeader } from '../placed-header.js';
import type { Header } from '../../header/header.js';

const ZERO_HASH = new Uint8Array(32);

/**
 * Heights count from 0, each header names the hash of the one below, and all but genesis name the chain. Messages are made only to be
 * thrown: this runs for every header.
 * @param chainId leaf hash of the charter
 */
export function demandPlace(header: Header, previous: PlacedHeader | undefined, chainId: Uint8Array): void {
  const height = previous === undefined ? 0 : previous.header.height + 1;
  if (header.height !== height) throw new ChainError('header.height', `The height must be ${height}, not ${header.height}.`);
  const hash = previous === undefined ? ZERO_HASH : previous.hash;
  if (!equalBytes(header.previousHash, hash)) throw new ChainError('header.previous-hash', `previousHash must be ${toHex(hash)}.`);
  const id = previous === undefined ? ZERO_HASH : chainId;
  if (!equalBytes(header.chainId, id)) throw new ChainError('header.chain-id', `chainId must be ${toHex(id)}.`);
}
