/**
 * Rows of McMahan et al. 2017, table 2, the MNIST CNN: 100 clients of 600 images, a tenth of them each round, plain SGD.
 * Non-IID: 2 shards of the images sorted by label for each client.
 */
export interface Row {
  readonly id: string;
  readonly epochs: number;
  /** Images per local step; 600 is the paper's ∞: all that a client has. */
  readonly batchSize: number;
  readonly partition: 'iid' | 'shards:2';
  /** Rounds to 99 % test accuracy as the paper prints them, by the best learning rate. */
  readonly paper: number;
  /** What this project wants to stay within, where it set itself an aim. */
  readonly aim: number | null;
  /** Rounds that are run unless told otherwise. */
  readonly rounds: number;
}

export const CLIENTS = 100;
export const INVITED = 10;
export const EXAMPLES = 600;

export const ROWS: readonly Row[] = [
  row(1, 600, 'iid', 626, null, 800),
  row(1, 600, 'shards:2', 483, null, 600),
  row(1, 50, 'iid', 65, null, 80),
  row(1, 50, 'shards:2', 600, null, 750),
  row(1, 10, 'iid', 34, 42, 50),
  row(1, 10, 'shards:2', 350, null, 440),
  row(5, 50, 'iid', 29, null, 40),
  row(5, 50, 'shards:2', 334, null, 420),
  row(5, 10, 'iid', 20, 24, 30),
  row(5, 10, 'shards:2', 229, null, 290),
  row(20, 10, 'iid', 18, null, 25),
  row(20, 10, 'shards:2', 173, null, 220),
];

function row(epochs: number, batchSize: number, partition: Row['partition'], paper: number, aim: number | null, rounds: number): Row {
  const id = `e${epochs}b${batchSize === EXAMPLES ? 'all' : batchSize}-${partition === 'iid' ? 'iid' : 'noniid'}`;
  return { id, epochs, batchSize, partition, paper, aim, rounds };
}

/** One run of a row. */
export interface Trial {
  readonly row: Row;
  readonly learningRate: number;
  /** Of the initial weights, the shuffles, the keys and the partition. */
  readonly seed: number;
}

/** Names a trial's run, its folder and its curve: `e5b10-iid-lr0p147-s1`. */
export function trialName({ row: { id }, learningRate, seed }: Trial): string {
  return `${id}-lr${String(learningRate).replace('.', 'p')}-s${seed}`;
}

/** @returns undefined for a name that no trial has */
export function parseTrialName(name: string): Trial | undefined {
  const match = /^(e\d+b(?:\d+|all)-(?:iid|noniid))-lr(\d+(?:p\d+)?)-s(\d+)$/.exec(name);
  const found = ROWS.find(({ id }) => id === match?.[1]);
  if (!match || !found) return undefined;
  return { row: found, learningRate: Number(match[2]!.replace('p', '.')), seed: Number(match[3]) };
}
