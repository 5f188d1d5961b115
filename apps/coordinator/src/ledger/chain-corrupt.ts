import { ChainError } from '@fedseal/chain/chain-error';
import { CodedError } from '../observability/coded-error.js';

/** @throws CodedError `chain.corrupt` for whatever ChainError `work` ends with, in one sentence that names the place */
export async function namingPlace<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ChainError ? chainCorrupt(error) : error;
  }
}

/** What the database holds is not a chain: no reason to refuse a client, and nothing that passes by itself. */
export function chainCorrupt(error: ChainError): CodedError {
  return new CodedError(
    'chain.corrupt',
    `The stored chain is not whole at ${placeOf(error)}: ${error.message} [${error.rule}] Restore the database from a backup; "coordinator audit" checks it again.`,
    { cause: error },
  );
}

/** `block 7, leaf 31` */
function placeOf({ location: { block, leaf } }: ChainError): string {
  const parts = [block === undefined ? [] : [`block ${block}`], leaf === undefined ? [] : [`leaf ${leaf}`]].flat();
  return parts.length === 0 ? 'its pool' : parts.join(', ');
}
