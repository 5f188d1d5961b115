import { Logger } from '@nestjs/common';

const logger = new Logger('Rounds');

/**
 * Lets work go on that nobody waits for. What fails is told to the log: each piece of it is derived from durable state
 * and tried again by the next event or the next start.
 */
export function inBackground(what: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    logger.error(`${what} failed; the next event tries again. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
}
