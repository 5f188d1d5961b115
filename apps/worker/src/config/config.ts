import { z } from 'zod';
import { WorkerError } from '../worker-error.js';

/** Places where a fault test may make the worker kill itself (SIGKILL, no clean-up). */
export const CRASH_POINTS = ['before-upload', 'after-upload', 'before-commit', 'after-commit'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export interface WorkerConfig {
  /** An invitation that need not stand on the command line, where every user of the machine can read it. */
  readonly invite?: string;
  readonly crashAt?: CrashPoint;
  /** Folder in which @tensorflow/tfjs-node or -gpu was installed, when that is not the worker's own. */
  readonly tfjsNodeFolder?: string;
}

const environment = z.object({
  FEDSEAL_INVITE: z.string().optional(),
  FEDSEAL_TFJS_NODE: z.string().optional(),
  FEDSEAL_WORKER_CRASH_AT: z
    .enum(CRASH_POINTS)
    .or(z.literal('').transform(() => undefined))
    .optional(),
});

/**
 * The one reader of the environment.
 * @throws WorkerError `usage.environment` naming every bad variable, never its value.
 */
export function readConfig(env: Record<string, string | undefined> = process.env): WorkerConfig {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw new WorkerError(
      'usage.environment',
      `Correct these environment variables: ${names.join(', ')}. FEDSEAL_WORKER_CRASH_AT is one of ${CRASH_POINTS.join(', ')}.`,
    );
  }
  const { FEDSEAL_WORKER_CRASH_AT: crashAt, FEDSEAL_INVITE, FEDSEAL_TFJS_NODE } = parsed.data;
  const invite = FEDSEAL_INVITE?.trim();
  return { ...(crashAt === undefined ? {} : { crashAt }), ...(invite ? { invite } : {}), ...(FEDSEAL_TFJS_NODE ? { tfjsNodeFolder: FEDSEAL_TFJS_NODE } : {}) };
}
