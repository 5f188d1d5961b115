import { AsyncLocalStorage } from 'node:async_hooks';

const context = new AsyncLocalStorage<string>();

/** The id of the HTTP request being handled, or undefined outside one. */
export function currentRequestId(): string | undefined {
  return context.getStore();
}

export function withRequestId(requestId: string, work: () => void): void {
  context.run(requestId, work);
}
