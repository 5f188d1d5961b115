import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { currentRequestId } from './request-id.js';

/** Names whose values never reach a log, wherever they stand in a logged object. */
const SECRET_FIELDS = ['authorization', 'token', 'secret', 'password', 'signature', 'seed', 'databaseUrl', 'redisUrl'];

/** What Nest says about its own wiring: a line for each route and module at every start. */
const FRAMEWORK = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'WebSocketsController', 'NestApplication']);

/**
 * JSON lines on standard error, which leaves standard output to results. Written synchronously: what was logged
 * before a crash is there after it.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string, destination: DestinationStream = pino.destination({ fd: 2, sync: true })) {
    this.pino = pino(
      {
        level,
        base: { pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        mixin: () => {
          const requestId = currentRequestId();
          return requestId === undefined ? {} : { requestId };
        },
        redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
      },
      destination,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(FRAMEWORK.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** One finished HTTP request; what went as it should is for whoever looks closely. */
  request(fields: { readonly status: number } & Record<string, string | number | boolean>): void {
    this.pino[fields.status < 400 ? 'debug' : 'info'](fields, 'request');
  }

  /** Nest passes the context's name last, and for errors a stack before it. */
  private write(level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal', message: unknown, rest: unknown[]): void {
    const strings = rest.filter((one) => typeof one === 'string');
    const context = strings.at(-1);
    const error = message instanceof Error ? message : rest.find((one) => one instanceof Error);
    const details = rest.filter((one) => typeof one === 'object' && one !== null && !(one instanceof Error));
    this.pino[level](
      {
        ...(context === undefined ? {} : { context }),
        ...(strings.length > 1 ? { stack: strings[0] } : {}),
        ...(error === undefined ? {} : { err: error }),
        ...Object.assign({}, ...details),
        ...(typeof message === 'object' && message !== null && !(message instanceof Error) ? message : {}),
      },
      message instanceof Error ? message.message : typeof message === 'string' ? message : undefined,
    );
  }
}
