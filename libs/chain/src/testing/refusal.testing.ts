import { expect } from 'vitest';
import { ChainError } from '../chain-error.js';

/** What a call refuses with. Fails the test when it does not refuse, or throws anything but a ChainError. */
export function refusal(call: () => unknown): ChainError {
  try {
    call();
  } catch (error) {
    if (error instanceof ChainError) return checked(error);
    throw error;
  }
  throw new Error('Nothing was refused.');
}

/** As `refusal`, of a promise. */
export async function refusalOf(promise: Promise<unknown>): Promise<ChainError> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  if (error instanceof ChainError) return checked(error);
  throw error ?? new Error('Nothing was refused.');
}

function checked(error: ChainError): ChainError {
  expect(error.rule).toMatch(/^[a-z][a-z0-9.-]*$/);
  return error;
}
