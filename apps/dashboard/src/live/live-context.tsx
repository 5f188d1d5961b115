import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { LiveSource } from './live-source.js';
import { START, type LiveState } from './live-state.js';
import { staleKeys } from './stale-keys.js';

/** Readings asked for again are gathered this long: one block can make a dozen of them stale. */
const GATHER_MS = 250;

const Live = createContext<LiveState>(START);

export const useLive = (): LiveState => useContext(Live);

/** Shows a state that does not move, for tests. */
export function FixedLive({ state, children }: { state: LiveState; children: ReactNode }) {
  return <Live value={state}>{children}</Live>;
}

/** Holds the socket, and marks as stale what its events changed. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [source, setSource] = useState<LiveSource>();
  useEffect(() => {
    const stale = new Map<string, readonly unknown[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      for (const queryKey of stale.values()) client.invalidateQueries({ queryKey }).catch(() => undefined);
      stale.clear();
    };
    const opened = new LiveSource({
      onEvent: (event) => {
        for (const key of staleKeys(event)) stale.set(JSON.stringify(key), key);
        if (stale.size > 0) timer ??= setTimeout(flush, GATHER_MS);
      },
      onCaughtUp: () => void client.invalidateQueries().catch(() => undefined),
    });
    setSource(opened);
    return () => {
      clearTimeout(timer);
      opened.close();
    };
  }, [client]);
  return source === undefined ? <Live value={START}>{children}</Live> : <Followed source={source}>{children}</Followed>;
}

function Followed({ source, children }: { source: LiveSource; children: ReactNode }) {
  return <Live value={useSyncExternalStore(source.subscribe, source.get)}>{children}</Live>;
}
