import { ArgumentsHost, Catch, ExceptionFilter, Logger } from '@nestjs/common';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { refusalAck, refusalOf } from './refusal.js';

/** Answers every error of a socket message in its acknowledgement; a message without one is only logged. */
@Catch()
export class AckFilter implements ExceptionFilter {
  private readonly logger = new Logger('Sockets');

  catch(error: unknown, host: ArgumentsHost): void {
    const acknowledge = host.getArgs<unknown[]>().find((one): one is (ack: Ack) => void => typeof one === 'function');
    if (!refusalOf(error).expected) this.logger.error(error);
    acknowledge?.(refusalAck(error));
  }
}
