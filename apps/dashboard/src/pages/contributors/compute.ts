import { z } from 'zod';

/** The last resource.register of a worker: offered and measured by itself. */
const resource = z.object({ device: z.string(), backend: z.string(), memoryBytes: z.number(), imagesPerSecond: z.string() });
export type Compute = z.infer<typeof resource>;

export function computeOf(value: unknown): Compute | undefined {
  const parsed = resource.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
