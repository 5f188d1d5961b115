import {
  evaluateRequest, roundCancel, roundInvite, updateVerdictNotice, WORKER_EVENTS,
  type Ack, type EvaluateRequest, type RoundCancel, type RoundInvite, type UpdateVerdictNotice,
} from '@fedseal/protocol/worker-messages';
import type { z } from 'zod';

/** What the coordinator may tell a worker, by event name. */
const SCHEMAS = {
  [WORKER_EVENTS.invite]: roundInvite,
  [WORKER_EVENTS.evaluate]: evaluateRequest,
  [WORKER_EVENTS.cancel]: roundCancel,
  [WORKER_EVENTS.verdict]: updateVerdictNotice,
} as const satisfies Record<string, z.ZodType>;

export type InboxMessage =
  | { readonly name: 'invite'; readonly data: RoundInvite }
  | { readonly name: 'evaluate'; readonly data: EvaluateRequest }
  | { readonly name: 'cancel'; readonly data: RoundCancel }
  | { readonly name: 'verdict'; readonly data: UpdateVerdictNotice };

export type InboxReading =
  | { readonly ok: true; readonly message: InboxMessage }
  | { readonly ok: false; readonly refusal: Extract<Ack, { ok: false }> };

/** What a worker does. */
export interface Duties {
  readonly role: 'contributor' | 'evaluator';
  /** Whether it has examples to measure models with: an evaluator has, a contributor when it keeps a hold-out. */
  readonly measures: boolean;
}

/**
 * Checks one incoming event. What is not understood is a value, never an exception: the connection goes on and the other
 * side learns why.
 */
export function readInbox(event: string, body: unknown, { role, measures }: Duties): InboxReading {
  const schema = SCHEMAS[event as keyof typeof SCHEMAS];
  if (!schema) {
    const family = event.replace(/\.v\d+$/, '');
    const known = Object.keys(SCHEMAS).find((name) => name.replace(/\.v\d+$/, '') === family);
    return known
      ? refuse('message.version', `This worker speaks ${known}, not ${event}; upgrade it or the coordinator.`)
      : refuse('message.unknown', `This worker does not know the message ${printable(event)}.`);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const places = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || '(whole)'))].slice(0, 5);
    return refuse('message.invalid', `The message ${event} is not what was agreed, at: ${places.join(', ')}.`);
  }
  const name = NAMES[event as keyof typeof NAMES];
  if (name === 'invite' && role !== 'contributor') return refuse('role.mismatch', 'This worker evaluates and does not train.');
  if (name === 'evaluate' && !measures) return refuse('evaluation.no-hold-out', 'This worker trains and keeps no examples to measure with.');
  return { ok: true, message: { name, data: parsed.data } as InboxMessage };
}

const NAMES = {
  [WORKER_EVENTS.invite]: 'invite',
  [WORKER_EVENTS.evaluate]: 'evaluate',
  [WORKER_EVENTS.cancel]: 'cancel',
  [WORKER_EVENTS.verdict]: 'verdict',
} as const satisfies Record<keyof typeof SCHEMAS, InboxMessage['name']>;

function refuse(code: string, message: string): InboxReading {
  return { ok: false, refusal: { ok: false, code, message } };
}

/** Foreign text goes to a terminal only without control characters and cut short. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
}
