import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { JsonLogger } from './logger.js';

function capture(level = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const logger = new JsonLogger(level, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { logger, lines };
}

describe('JsonLogger', () => {
  it('writes what Nest passes', () => {
    const { logger, lines } = capture();
    logger.log('started', 'Ledger');
    logger.warn('slow', { ms: 12 }, 'Storage');
    logger.error('failed', 'Error: x\n  at y', 'Rounds');
    logger.error(new Error('broken'), 'Queue');
    logger.error('an effect failed', new Error('cause'), 'Ledger');
    expect(lines).toMatchObject([
      { level: 'info', msg: 'started', context: 'Ledger' },
      { level: 'warn', msg: 'slow', ms: 12, context: 'Storage' },
      { level: 'error', msg: 'failed', stack: 'Error: x\n  at y', context: 'Rounds' },
      { level: 'error', msg: 'broken', context: 'Queue', err: { type: 'Error', message: 'broken' } },
      { level: 'error', msg: 'an effect failed', context: 'Ledger', err: { message: 'cause' } },
    ]);
  });

  it('serves every logger of the process', () => {
    const { logger, lines } = capture();
    Logger.overrideLogger(logger);
    new Logger('Anything').debug('here');
    expect(lines).toMatchObject([{ level: 'debug', msg: 'here', context: 'Anything' }]);
  });

  it('blots out secrets', () => {
    const { logger, lines } = capture();
    logger.log('one', { token: 'hunter2', request: { headers: { authorization: 'hunter2' }, secret: 'hunter2' }, seed: 'hunter2' });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({ token: '[secret]' });
  });

  it('keeps to its level', () => {
    const { logger, lines } = capture('warn');
    logger.log('not this');
    logger.fatal('this');
    expect(lines).toMatchObject([{ level: 'fatal', msg: 'this' }]);
  });
});
