import { useCallback, useEffect, useRef, useState } from 'react';
import type { Progress, Report, Task, Verdict } from './verdict.js';

export interface Verification {
  readonly state: 'idle' | 'running' | 'done';
  /** The file's name; undefined for the server's own chain. */
  readonly file: string | undefined;
  readonly progress: Progress;
  readonly verdict: Verdict | undefined;
}

const NOTHING: Progress = { leaves: 0, all: 0, blocks: 0, seconds: 0 };
const IDLE: Verification = { state: 'idle', file: undefined, progress: NOTHING, verdict: undefined };

/** One verification at a time, in a thread of its own that ends with it. */
export function useVerification() {
  const [verification, setVerification] = useState<Verification>(IDLE);
  const thread = useRef<Worker | undefined>(undefined);
  const end = useCallback(() => {
    thread.current?.terminate();
    thread.current = undefined;
  }, []);
  useEffect(() => end, [end]);
  const start = useCallback((task: Task) => {
    end();
    const worker = new Worker(new URL('./verify.worker.ts', import.meta.url), { type: 'module' });
    thread.current = worker;
    setVerification({ ...IDLE, state: 'running', file: task.what === 'file' ? task.name : undefined });
    const finish = (verdict: Verdict) => {
      end();
      setVerification((before) => ({ ...before, state: 'done', verdict }));
    };
    worker.onmessage = ({ data }: MessageEvent<Report>) => {
      if (data.type === 'verdict') finish(data.verdict);
      else setVerification((before) => ({ ...before, progress: data.progress }));
    };
    worker.onerror = ({ message }) => finish({ result: 'unreached', message: message || 'The verifying thread did not start.', seconds: 0 });
    worker.postMessage(task);
  }, [end]);
  const cancel = useCallback(() => {
    end();
    setVerification(IDLE);
  }, [end]);
  return { verification, start, cancel };
}
