import { ForbiddenException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ChainError } from '@fedseal/chain/chain-error';
import { problem } from '@fedseal/protocol/problem';
import { ack } from '@fedseal/protocol/worker-messages';
import { CodedError } from './coded-error.js';
import { exitStatusOf, httpStatusOf } from './error-table.js';
import { problemOf, refusalAck, refusalOf } from './refusal.js';

const secret = new Error('password hunter2 at /srv/secret');
const zodError = z.object({ page: z.object({ limit: z.int() }) }).safeParse({ page: { limit: 'hunter2' } }).error;

describe('what a client is told', () => {
  it.each([
    [new CodedError('blob.not-found', 'No such file.', { cause: secret }), 404, 'blob.not-found', 'No such file.'],
    [new CodedError('run.taken', 'Choose another name.'), 409, 'run.taken', 'Choose another name.'],
    [new CodedError('something.new', 'Do this.'), 422, 'something.new', 'Do this.'],
    [new ChainError('update.commit.signature', 'Sign it.'), 422, 'update.commit.signature', 'Sign it.'],
    [zodError, 400, 'request.invalid', /page\.limit/],
    [new NotFoundException('Cannot GET /x'), 404, 'route.not-found', /docs/],
    [new ForbiddenException(), 403, 'auth.forbidden', /token/],
    [Object.assign(secret, { type: 'entity.too.large', status: 413 }), 413, 'request.too-large', /less/],
    [Object.assign(new SyntaxError('hunter2'), { type: 'entity.parse.failed', status: 400 }), 400, 'request.malformed', /JSON/],
    [new Error('hunter2'), 500, 'internal', /request id/],
    [new TypeError('hunter2'), 500, 'internal', /request id/],
    ['hunter2', 500, 'internal', /request id/],
    [undefined, 500, 'internal', /request id/],
  ])('about %s', (error, status, code, detail) => {
    const told = problem.strict().parse(problemOf(refusalOf(error), 'an-id'));
    expect(told).toMatchObject({ status, code, requestId: 'an-id', type: `urn:fedseal:problem:${code}` });
    expect(told.detail).toMatch(detail);
    expect(JSON.stringify(told)).not.toContain('hunter2');
    expect(ack.parse(refusalAck(error))).toMatchObject({ ok: false, code, message: told.detail });
  });

  it('counts as expected unless it is a fault of ours', () => {
    expect(refusalOf(new CodedError('blob.corrupt', 'x')).expected).toBe(false);
    expect(refusalOf(new Error('x')).expected).toBe(false);
    expect(refusalOf(new CodedError('database.unavailable', 'x'))).toMatchObject({ status: 503, expected: true });
    expect(refusalOf(new CodedError('auth.required', 'x')).expected).toBe(true);
  });
});

describe('the table', () => {
  it('does not take names of Object.prototype for codes', () => {
    expect(httpStatusOf('constructor')).toBe(422);
    expect(httpStatusOf('__proto__')).toBe(422);
  });

  it.each([['usage.command', 2], ['config.invalid', 2], ['export.not-empty', 2], ['port.in-use', 3], ['home.in-use', 3], ['database.unavailable', 3], ['chain.broken', 1]])(
    'ends a command with %s by %i', (code, status) => expect(exitStatusOf(code)).toBe(status),
  );
});
