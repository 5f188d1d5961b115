import { WorkerError } from '../worker-error.js';

/** What the coordinator shows excludes what this worker verified before. The worker must not go on. */
export class HistoryContradiction extends WorkerError {
  /** The 176 bytes that do not follow, where it is a header. */
  readonly header: Uint8Array | undefined;
  /** What was seen, without the advice that the message adds. */
  readonly observed: string;

  constructor(observed: string, options: { header?: Uint8Array; cause?: unknown } = {}) {
    super('history.contradiction', `${observed} Keep this worker's home folder as evidence and speak to the operator.`, { cause: options.cause });
    this.observed = observed;
    this.header = options.header && Uint8Array.from(options.header);
  }
}
