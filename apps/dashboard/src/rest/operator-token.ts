import { useSyncExternalStore } from 'react';

/** The operator's token, in this tab's memory alone: never stored, gone with the page. */
let token = '';
const watchers = new Set<() => void>();

export function setOperatorToken(next: string): void {
  token = next;
  for (const watcher of watchers) watcher();
}

export function useOperatorToken(): string {
  return useSyncExternalStore((notify) => {
    watchers.add(notify);
    return () => watchers.delete(notify);
  }, () => token);
}
