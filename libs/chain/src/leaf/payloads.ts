import { z } from 'zod';
import type { LeafKind } from './kinds.js';
import {
  artifact, bigDecimal, blobRef, decimal, hex32, metrics, positive, publicName, reasonCode, runId, seenHead, uint,
} from './payload-fields.js';

/** Payload schemas of every JSON leaf kind (docs/CHAIN.md, "Leaves"). Unknown fields are refused. */

const chain = hex32;

export const charter = z.strictObject({
  version: z.literal(1),
  name: publicName,
  createdAtMs: uint,
  /** 16 random bytes: two federations of one name still have different chain ids. */
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  /** Raw Ed25519 public keys, hex. */
  operator: hex32,
  founders: z.array(hex32).max(64),
  /** C2SP checkpoint origin: a schema-less name, such as `fedseal.example.org/cardiology`. */
  origin: publicName,
  proofOfWork: z.strictObject({
    sigmaPpm: positive,
    window: positive.max(4096),
    floor: bigDecimal,
    start: z.strictObject({ k: uint.max(224), m: z.int().min(2 ** 31).max(2 ** 32 - 1) }),
  }),
  witnesses: z.strictObject({ quorum: uint, keys: z.array(hex32).max(64) }),
});

export const operatorRotate = z.strictObject({ chain, key: hex32 });
export const nodeAdd = z.strictObject({
  chain, key: hex32, role: z.enum(['mirror', 'miner', 'witness']), address: publicName,
});
export const nodeRemove = z.strictObject({ chain, key: hex32 });

export const contributorEnrol = z.strictObject({
  chain,
  key: hex32,
  name: publicName,
  role: z.enum(['contributor', 'evaluator']),
  /** SHA-256 of the invitation's secret: shows that one invitation admitted one key. */
  invitation: hex32,
});
export const contributorRotate = z.strictObject({ chain, contributor: hex32, key: hex32 });
export const contributorRevoke = z.strictObject({ chain, contributor: hex32, reason: reasonCode });

export const resourceRegister = z.strictObject({
  chain,
  contributor: hex32,
  device: publicName,
  backend: publicName,
  memoryBytes: uint,
  imagesPerSecond: decimal,
  /** SHA-256 over the worker's software: package name and version, trainer backend and its version. */
  software: hex32,
});

export const runCreate = z.strictObject({
  chain,
  run: runId,
  plan: blobRef,
  initial: artifact,
  retention: z.strictObject({ updates: z.enum(['all', 'last', 'hashes']), rounds: uint }),
});
export const runEnd = z.strictObject({
  chain,
  run: runId,
  outcome: z.enum(['completed', 'failed', 'stopped']),
  reason: reasonCode,
  /** Rounds that were closed. */
  rounds: uint,
  model: artifact,
});

export const grid = z.strictObject({
  /** Fraction bits of the integer grid. */
  s: z.int().min(-64).max(64),
  /** B: the bound on |Δ| of trainable tensors, a power of two. */
  bound: positive,
  /** A_max: the largest sum of weights that the round could reach. */
  aMax: positive,
});

export const roundOpen = z.strictObject({
  chain,
  run: runId,
  round: positive,
  attempt: positive,
  base: artifact,
  /** The newest block sealed when the round was opened: it fixes the draw. */
  seed: z.strictObject({ height: uint, blockHash: hex32 }),
  candidates: blobRef,
  /** RFC 6962 root over the invited keyIds (32 raw bytes each), in rank order. */
  cohort: z.strictObject({ root: hex32, size: positive }),
  policy: z.strictObject({
    quorum: positive,
    /** Accepted updates at which the round closes without waiting for the deadline. */
    target: positive,
    deadlineMs: positive,
    weighting: z.enum(['examples', 'uniform']),
    examplesCap: positive,
  }),
  grid,
  deadlineAtMs: positive,
});

export const updateCommit = z.strictObject({
  chain,
  run: runId,
  round: positive,
  attempt: positive,
  contributor: hex32,
  /** File hash of the base model that was trained from. */
  base: hex32,
  update: artifact,
  examples: positive,
  metrics,
  seen: seenHead,
});

export const updateVerdict = z.strictObject({
  chain,
  run: runId,
  round: positive,
  attempt: positive,
  contributor: hex32,
  /** Leaf hash of the update.commit; null for a contributor who was invited and stayed silent. */
  commit: hex32.nullable(),
  outcome: z.enum(['accepted', 'refused', 'silent']),
  reason: reasonCode,
});

/** An in-toto statement (v1) with the chain's id beside it. */
export const roundClose = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  chain,
  subject: z.tuple([z.strictObject({ name: z.literal('model.safetensors'), digest: z.strictObject({ sha256: hex32 }) })]),
  predicateType: z.literal('urn:fedseal:round.close:v1'),
  predicate: z.strictObject({
    run: runId,
    round: positive,
    attempt: positive,
    base: hex32,
    model: artifact,
    aggregator: z.strictObject({ name: reasonCode, parameters: z.record(z.string(), z.string()) }),
    /** RFC 6962 root over the accepted commits' leaf hashes, sorted bytewise. */
    updates: z.strictObject({ root: hex32, count: positive }),
    /** Blob: strict JSON `[{"commit": leafHash, "weight": a}, …]` in that same order. */
    weights: blobRef,
    /** D: the declared denominator. */
    denominator: bigDecimal,
    grid,
    serverState: hex32.nullable(),
  }),
});

export const evaluation = z.strictObject({
  chain,
  run: runId,
  round: uint,
  model: hex32,
  evaluator: hex32,
  /** SHA-256(salt ‖ SHA-256(data)): the salt stays with the evaluator, so small sets cannot be guessed. */
  dataset: z.strictObject({ commitment: hex32, examples: positive }),
  metrics,
});

export const annotate = z.strictObject({
  chain, author: hex32, subject: hex32, text: z.string().min(1).max(4000),
});

export type JsonLeafKind = Exclude<LeafKind, 'block.link'>;

export const payloadSchemas = {
  'charter': charter,
  'operator.rotate': operatorRotate,
  'node.add': nodeAdd,
  'node.remove': nodeRemove,
  'contributor.enrol': contributorEnrol,
  'contributor.rotate': contributorRotate,
  'contributor.revoke': contributorRevoke,
  'resource.register': resourceRegister,
  'run.create': runCreate,
  'run.end': runEnd,
  'round.open': roundOpen,
  'update.commit': updateCommit,
  'update.verdict': updateVerdict,
  'round.close': roundClose,
  'evaluation': evaluation,
  'annotate': annotate,
} as const satisfies Record<JsonLeafKind, z.ZodType>;

/** The payload type of a JSON leaf kind. */
export type Payload<K extends JsonLeafKind> = z.infer<(typeof payloadSchemas)[K]>;
