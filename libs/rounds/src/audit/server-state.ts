import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import { faultOfModel } from './audit-model.js';
import type { BlobSource } from './blob-source.js';

/**
 * The server's state before a round: what the round before sealed, or the strategy's own beginning.
 * @param initial `initialState` of the strategy; empty where it keeps none
 * @param sealed digest in the `round.close` of the round before; null before the first
 * @throws ChainError `audit.server-state`, `audit.blob-*`
 */
export async function stateBefore(blobs: BlobSource, initial: readonly Tensor[], sealed: string | null): Promise<readonly Tensor[]> {
  return sealed === null || initial.length === 0 ? initial : readState(await blobs.required(sealed, 'server state'), sealed, initial);
}

/**
 * Holds the state that a `round.close` seals to the one that its round gives.
 * @param rebuilt undefined when the round could not be rebuilt: then it is only a state of this strategy and this model
 * @throws ChainError `audit.server-state`, `audit.blob-*`
 */
export async function checkState(
  crypto: Crypto,
  blobs: BlobSource,
  close: { readonly round: number; readonly serverState: string | null },
  initial: readonly Tensor[],
  rebuilt: readonly Tensor[] | undefined,
): Promise<void> {
  const { round, serverState } = close;
  if ((serverState === null) !== (initial.length === 0)) {
    throw new ChainError('audit.server-state', `Round ${round} seals ${serverState === null ? 'no server state, but its strategy keeps one' : 'a server state, but its strategy keeps none'}.`);
  }
  if (serverState === null) return;
  const stored = await blobs.required(serverState, `server state of round ${round}`);
  if (rebuilt === undefined) {
    readState(stored, serverState, initial);
    return;
  }
  const digest = toHex(crypto.sha256(encodeSafetensors(rebuilt)));
  if (digest !== serverState) {
    throw new ChainError('audit.server-state', `The server state of round ${round} was rebuilt as ${digest}, but ${serverState} is sealed.`);
  }
}

function readState(bytes: Uint8Array, sealed: string, initial: readonly Tensor[]): readonly Tensor[] {
  try {
    const state = decodeSafetensors(bytes);
    const fault = faultOfModel(initial, state);
    if (fault === undefined) return state;
    throw new ChainError('audit.server-state', `The server state ${sealed} is not one of this strategy and this model: ${fault}.`);
  } catch (error) {
    if (error instanceof ChainError) throw error;
    throw new ChainError('audit.server-state', `The server state ${sealed} is not a readable safetensors file.`, {}, { cause: error });
  }
}
