import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { resourceRegister } from '@fedseal/chain/leaf/payloads';
import { hex32 } from '@fedseal/protocol/fields';
import { JsonFile } from './json-file.js';
import { loadOrCreateSeed } from './key-file.js';
import { Outbox } from './outbox.js';
import { UpdateLog } from './update-log.js';

/** Who this worker is and whom it works for. */
const identity = z.strictObject({
  url: z.url(),
  chain: hex32,
  /** keyId of the operator, from the invitation. */
  operator: hex32,
  keyId: hex32,
  name: z.string(),
  role: z.enum(['contributor', 'evaluator']),
  /** The invitation's code until the coordinator confirmed the enrolment, so that one that was cut off goes on after a restart. */
  pendingInvitation: z.string().nullable(),
});
export type Identity = z.infer<typeof identity>;

/** The newest head whose whole history this worker verified. */
export const verifiedHead = z.strictObject({
  height: z.int().min(0),
  blockHash: hex32,
  treeSize: z.int().min(1),
  treeRoot: hex32,
  /** The block's own time: the next search may not begin before it. */
  timestampMs: z.int().min(0),
});
export type VerifiedHead = z.infer<typeof verifiedHead>;

type Randomness = (length: number) => Uint8Array;

/**
 * The worker's folder: `worker.key` (0600), `worker.json`, `head.json`, `resource.json`, `dataset-salt.json`,
 * `updates.jsonl` and `outbox/`.
 */
export class WorkerHome {
  readonly identity: JsonFile<Identity>;
  readonly head: JsonFile<VerifiedHead>;
  /** The last resource.register that the coordinator took. */
  readonly resource: JsonFile<z.infer<typeof resourceRegister>>;

  private constructor(
    readonly folder: string,
    readonly updates: UpdateLog,
    readonly outbox: Outbox,
  ) {
    this.identity = new JsonFile(join(folder, 'worker.json'), identity);
    this.head = new JsonFile(join(folder, 'head.json'), verifiedHead);
    this.resource = new JsonFile(join(folder, 'resource.json'), resourceRegister);
  }

  static async open(folder: string): Promise<WorkerHome> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const outbox = await Outbox.open(join(folder, 'outbox'));
    const updates = await UpdateLog.open(join(folder, 'updates.jsonl'));
    // A crash between the two writes leaves a finished update that the log does not know yet.
    for (const update of outbox.list()) await updates.append(update);
    return new WorkerHome(folder, updates, outbox);
  }

  seed(randomBytes: Randomness): Promise<Uint8Array> {
    return loadOrCreateSeed(join(this.folder, 'worker.key'), randomBytes);
  }

  /** 32 bytes that keep a small data set from being guessed by its digest; they never leave this machine. */
  async datasetSalt(randomBytes: Randomness): Promise<Uint8Array> {
    const file = new JsonFile(join(this.folder, 'dataset-salt.json'), z.strictObject({ salt: hex32 }));
    const known = await file.read();
    if (known) return fromHex(known.salt);
    const salt = randomBytes(32);
    await file.write({ salt: toHex(salt) });
    return salt;
  }
}
