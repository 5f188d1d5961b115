import { z } from 'zod';
import { hex32, runId, seenHead } from '../leaf/payload-fields.js';

/**
 * What an exported folder says of itself in `bundle.json`: which of the sealed files it was asked to hold. It is not signed and
 * proves nothing; it tells an audit whether a file that is not there was left out or was lost.
 */
export const bundleContents = z.strictObject({
  fedseal: z.literal('bundle/v1'),
  chain: hex32,
  head: seenHead,
  /** Every model, each run's newest one, or none. */
  models: z.enum(['all', 'final', 'none']),
  updates: z.enum(['all', 'none']),
  /** The runs whose files are here; null: of every run. */
  runs: z.array(runId).min(1).nullable(),
});

export type BundleContents = z.infer<typeof bundleContents>;

/** What is chosen, apart from the chain it is chosen from. */
export type BundleChoice = Pick<BundleContents, 'models' | 'updates' | 'runs'>;

/** Everything that is stored. */
export const WHOLE_BUNDLE: BundleChoice = { models: 'all', updates: 'all', runs: null };
