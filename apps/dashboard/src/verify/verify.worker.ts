import { runTask } from './run-task.js';
import type { Report, Task } from './verdict.js';

/** A thread of the page, so that it stays usable while thousands of signatures are checked. */
addEventListener('message', ({ data }: MessageEvent<Task>) => {
  const answer = (report: Report) => postMessage(report);
  runTask(data, (progress) => answer({ type: 'progress', progress }), () => performance.now()).then(
    (verdict) => answer({ type: 'verdict', verdict }),
    // Seen by the page as the worker's `error`.
    (error: unknown) => reportError(error),
  );
});
