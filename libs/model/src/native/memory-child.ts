/// <reference types="node" />
import { LandedUpdate } from '../aggregate/landed-update.js';
import { PASS } from '../aggregate/kernel-memory.js';
import { RoundAggregate } from '../aggregate/round-aggregate.js';
import { BOUND, CNN, EXAMPLES, seededUpdate, shapesOf } from '../bench/bench-updates.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';

/** Folds updates as they land and prints the growth of the resident set, in bytes, from before the first to the most that was seen. */
const updates = Number(process.argv[2]);
const file = encodeSafetensors(seededUpdate(CNN, 1));
const collect = (globalThis as { gc?: () => void }).gc;
collect?.();
const before = process.memoryUsage.rss();
let most = before;
const aggregate = new RoundAggregate(shapesOf(CNN), { aMax: updates * EXAMPLES, bound: BOUND });
for (let k = 0; k < updates; k += PASS) {
  const landed = Array.from({ length: Math.min(PASS, updates - k) }, () => LandedUpdate.begin(file.length)!);
  for (const update of landed) update.push(file);
  aggregate.foldAll(landed.map((update, i) => ({ key: String(k + i), deltas: update.scanned()!, weight: EXAMPLES })));
  for (const update of landed) update.release();
  most = Math.max(most, process.memoryUsage.rss());
}
aggregate.finish(seededUpdate(CNN, 2), aggregate.totalWeight);
process.stdout.write(String(most - before));
