import { ChainError } from '@fedseal/chain/chain-error';

/** Both hosts have it; this library compiles with neither Node's nor a browser's types. */
declare const TextDecoder: new (label: 'utf-8', options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

/**
 * A sealed plan's fields, read without trust: its digest says only that these bytes were accepted, not that they are a plan.
 * Each reader throws ChainError `audit.plan`; `at` names the field in the sentence.
 */

export function readPlanJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ChainError('audit.plan', 'The sealed plan is not JSON.', {}, { cause });
  }
}

export function refusePlan(at: string, wanted: string): ChainError {
  return new ChainError('audit.plan', `The sealed plan is not one that this auditor can follow: ${at} must be ${wanted}.`);
}

export function hasField(value: unknown, name: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
}

export function field(value: unknown, name: string, at: string): unknown {
  if (!hasField(value, name)) throw refusePlan(at, 'there');
  return value[name];
}

/** The field at the end of a path such as `policy.quorum`. */
export function fieldAt(plan: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => field(value, name, path), plan);
}

/** A whole number, whether written as 3, 3.0 or 3e0. */
export function whole(value: unknown, at: string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw refusePlan(at, `a whole number from ${least} to ${most}`);
  }
  // −0 is 0 everywhere but in a comparison of encodings.
  return value + 0;
}

export function wholes(value: unknown, at: string, leastCount: number, mostCount: number): number[] {
  if (!Array.isArray(value) || value.length < leastCount || value.length > mostCount) {
    throw refusePlan(at, `a list of ${leastCount} to ${mostCount} numbers`);
  }
  return value.map((item) => whole(item, at));
}

export function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw refusePlan(at, 'a string');
  return value;
}

export function oneOf<T extends string>(value: unknown, at: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw refusePlan(at, `one of ${choices.join(', ')}`);
  return found;
}

/** @returns the number in seconds as whole milliseconds, rounded up */
export function secondsAsMs(value: unknown, at: string): number {
  if (typeof value !== 'number' || !(value > 0) || !Number.isSafeInteger(Math.ceil(value * 1000))) {
    throw refusePlan(at, 'a positive number of seconds');
  }
  return Math.ceil(value * 1000);
}
