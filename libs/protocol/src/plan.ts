import { z } from 'zod';
import { runId } from './fields.js';

/** A run's plan: what is trained, how, by how many, under which rule. Posted as JSON or YAML; its canonical JSON is sealed. */

const size2 = z.union([z.int().min(1).max(64), z.tuple([z.int().min(1).max(64), z.int().min(1).max(64)])]);
const layerName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/).optional();
const activation = z.enum(['linear', 'relu', 'softmax']).default('linear');

export const layerSpec = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('conv2d'), name: layerName, filters: z.int().min(1).max(4096), kernelSize: size2,
    strides: size2.default(1), padding: z.enum(['valid', 'same']).default('valid'), activation,
  }),
  z.strictObject({
    type: z.literal('maxPooling2d'), name: layerName, poolSize: size2, strides: size2.optional(),
    padding: z.enum(['valid', 'same']).default('valid'),
  }),
  z.strictObject({ type: z.literal('flatten'), name: layerName }),
  z.strictObject({ type: z.literal('dense'), name: layerName, units: z.int().min(1).max(65_536), activation }),
]);
export type LayerSpec = z.infer<typeof layerSpec>;

export const modelSpec = z.strictObject({
  name: z.string().min(1).max(80),
  inputShape: z.array(z.int().min(1).max(4096)).min(1).max(3),
  layers: z.array(layerSpec).min(1).max(200),
  labels: z.array(z.string().min(1).max(80)).max(65_536).optional(),
});
export type ModelSpec = z.infer<typeof modelSpec>;

/** A model that the coordinator knows by name (docs/MODELS.md lists them); the sealed plan holds its layers instead. */
export const modelPreset = z.strictObject({
  preset: z.string().min(1).max(80),
  labels: modelSpec.shape.labels,
});
export type ModelPreset = z.infer<typeof modelPreset>;

export const trainingSpec = z.strictObject({
  epochs: z.int().min(1).max(1000).default(1),
  batchSize: z.int().min(1).max(65_536).default(32),
  optimizer: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('adam'), learningRate: z.number().positive().max(10).default(0.001) }),
      z.strictObject({ type: z.literal('sgd'), learningRate: z.number().positive().max(10).default(0.1) }),
    ])
    .default({ type: 'adam', learningRate: 0.001 }),
  loss: z.literal('sparseCategoricalCrossentropy').default('sparseCategoricalCrossentropy'),
  /** Pixel values are divided by this before training. */
  inputScale: z.number().positive().default(255),
});
export type TrainingSpec = z.infer<typeof trainingSpec>;

const serverRate = (usual: number) => z.number().min(1e-9).max(100).default(usual);
const decay = (usual: number) => z.number().min(0).max(0.999_999).default(usual);
const tau = z.number().min(1e-9).max(1).default(0.001);

/** How updates combine; docs/STRATEGIES.md. Symbols are those of the papers. */
export const strategySpec = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('fedavg') }),
  z.strictObject({ name: z.literal('fedprox'), mu: z.number().min(0).max(1000) }),
  z.strictObject({ name: z.literal('fedavgm'), eta: serverRate(1), beta: decay(0.9) }),
  z.strictObject({ name: z.literal('fedadagrad'), eta: serverRate(0.1), beta1: decay(0), tau }),
  z.strictObject({ name: z.literal('fedadam'), eta: serverRate(0.01), beta1: decay(0.9), beta2: decay(0.99), tau }),
  z.strictObject({ name: z.literal('fedyogi'), eta: serverRate(0.01), beta1: decay(0.9), beta2: decay(0.99), tau }),
  z.strictObject({ name: z.literal('median') }),
  /** Updates left out at either end of each coordinate. */
  z.strictObject({ name: z.literal('trimmed-mean'), trim: z.int().min(1).max(1_000_000) }),
  /** `f`: contributors that may send what they like. */
  z.strictObject({ name: z.literal('krum'), f: z.int().min(1).max(1_000_000) }),
  /** `m`: updates that are averaged. */
  z.strictObject({ name: z.literal('multi-krum'), f: z.int().min(1).max(1_000_000), m: z.int().min(1).max(1_000_000) }),
]);

export const runPlan = z.strictObject({
  version: z.literal(1),
  name: runId,
  model: modelSpec,
  training: trainingSpec.prefault({}),
  rounds: z.int().min(1).max(1_000_000),
  /** Seeds the initial weights and the workers' shuffles. */
  seed: z.int().min(0).default(1),
  cohort: z
    .strictObject({
      /** Contributors invited per round; `all` invites every candidate. */
      size: z.union([z.int().min(1), z.literal('all')]).default('all'),
      /** Contributors that must be enrolled, sealed and online before a round opens. */
      minimum: z.int().min(1).default(1),
    })
    .prefault({}),
  policy: z
    .strictObject({
      quorum: z.int().min(1).default(1),
      deadlineSeconds: z.number().positive().max(604_800).default(600),
      /** Further attempts at a round that ended below quorum. */
      retries: z.int().min(0).max(100).default(2),
      /** Robust strategies weigh uniformly whatever stands here. */
      weighting: z.enum(['examples', 'uniform']).default('examples'),
      /** Up to 2^29, so that every Δ · a is exact in float64. */
      examplesCap: z.int().min(1).max(2 ** 29).default(1_000_000),
      /** Updates with a longer L2 norm are scaled down to this one before the strategy sees them. */
      clip: z.strictObject({ norm: z.number().min(1e-9).max(1e9) }).optional(),
    })
    .prefault({}),
  strategy: strategySpec.default({ name: 'fedavg' }),
  evaluation: z
    .strictObject({
      /** Whether an evaluator with a test set is waited for after each round. */
      central: z.boolean().default(true),
      /** Whether each contributor whose update counted measures the new model on its own hold-out. No round waits for it. */
      federated: z.boolean().default(false),
      timeoutSeconds: z.number().positive().max(86_400).default(300),
    })
    .prefault({}),
  /** Which updates are kept so that rounds can be rebuilt: every one, those of the last N rounds, or hashes only. */
  retention: z
    .union([z.literal('all'), z.literal('hashes'), z.strictObject({ lastRounds: z.int().min(1) })])
    .default('all'),
});
export type RunPlan = z.infer<typeof runPlan>;
export type RunPlanInput = z.input<typeof runPlan>;

/** What an operator posts: a plan whose model may be a preset's name. `resolvePreset` of the model library makes it a plan. */
export const runPlanRequest = runPlan.extend({ model: z.union([modelSpec, modelPreset]) });
export type RunPlanRequest = z.infer<typeof runPlanRequest>;
