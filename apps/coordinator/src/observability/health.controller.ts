import { Controller, Get, Header, Logger, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Ledger } from '../ledger/ledger.js';
import { Queue } from '../queue/queue.js';
import { Database } from '../storage/ports/transaction.js';
import { ApiJsonAnswer } from './openapi.js';

const part = z.enum(['up', 'down']);
const readiness = z.object({ status: z.enum(['ready', 'not-ready']), database: part, queue: part, ledger: part });

/** A dependency that hangs is as bad as one that refuses. */
const CHECK_TIMEOUT_MS = 3000;

@ApiTags('operations')
@Controller('health')
export class HealthController {
  private readonly logger = new Logger('Health');

  constructor(
    private readonly database: Database,
    private readonly queue: Queue,
    private readonly ledger: Ledger,
  ) {}

  /** Whether the process answers at all. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Whether it can do its work: asks the database and the queue now, and whether the chain is loaded. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiJsonAnswer(200, 'Every part answers', readiness)
  @ApiJsonAnswer(503, 'Some part does not answer', readiness)
  async ready(@Res({ passthrough: true }) response: Response): Promise<z.infer<typeof readiness>> {
    const [database, queue, ledger] = await Promise.all([
      this.check('database', () => this.database.ping()),
      this.check('queue', () => this.queue.ping()),
      // The head is known from the moment the stored chain is read and checked.
      this.check('ledger', async () => void this.ledger.head()),
    ]);
    const up = database && queue && ledger;
    response.status(up ? 200 : 503);
    const word = (isUp: boolean) => (isUp ? 'up' : 'down');
    return { status: up ? 'ready' : 'not-ready', database: word(database), queue: word(queue), ledger: word(ledger) };
  }

  private async check(name: string, ask: () => Promise<void>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
    });
    try {
      await Promise.race([ask(), late]);
      return true;
    } catch (error) {
      this.logger.warn(`The ${name} is down: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
