import { beforeAll, describe, expect, it } from 'vitest';
import { labelFlip, noise, signFlip, type Attack } from './attack.js';
import { attackedRun, type Defence } from './attacked-run.js';
import { clouds } from './clouds.js';

/** Ten contributors, three of whom attack; each update's honest norm is about 0.5 at first. */
const ATTACKERS = 3;
const problem = { features: 20, classes: 5 };
const sets = clouds(problem, [...new Array<number>(10).fill(100), 1000], 0.9, 5);
const scenario = {
  ...problem, parts: sets.slice(0, 10), test: sets[10]!, rounds: 10, training: { epochs: 1, batchSize: 10, learningRate: 0.05 }, seed: 3,
};
const play = async (defence: Defence, attack?: Attack) => (await attackedRun(scenario, defence, ATTACKERS, attack)).at(-1)!;

const FEDAVG: Defence = { strategy: { name: 'fedavg' } };
const CLIPPED: Defence = { ...FEDAVG, clip: { norm: 0.5 } };
const ROBUST: Defence[] = [
  { strategy: { name: 'median' } },
  { strategy: { name: 'trimmed-mean', trim: 3 } },
  { strategy: { name: 'krum', f: 3 } },
  { strategy: { name: 'multi-krum', f: 3, m: 7 } },
];

let honest: number;
beforeAll(async () => {
  honest = await play(FEDAVG);
});

describe('three of ten contributors that attack', () => {
  it.each([
    [signFlip(4), 0.8],
    [noise(1), 0.2],
    [labelFlip(), 0.03],
  ])('cost FedAvg its accuracy: $name', async (attack, loss) => {
    expect(honest).toBeGreaterThan(0.9);
    expect(await play(FEDAVG, attack)).toBeLessThan(honest - loss);
  });

  it.each(ROBUST)('cost a robust rule next to nothing: $strategy.name', async (defence) => {
    const alone = await play(defence);
    // Krum keeps one update of ten, so it pays for its caution without any attack.
    expect(alone).toBeGreaterThan(honest - 0.03);
    for (const attack of [signFlip(4), noise(1), labelFlip()]) expect(await play(defence, attack), attack.name).toBeGreaterThan(alone - 0.02);
  });

  it('gain nothing by scaling where updates are clipped', async () => {
    expect(await play(CLIPPED)).toBeGreaterThan(honest - 0.01);
    expect(await play(CLIPPED, noise(1))).toBeGreaterThan(honest - 0.02);
    // Three of ten still pull against the other seven; without the filter nothing is left.
    expect(await play(CLIPPED, signFlip(4))).toBeGreaterThan(0.8);
  });

  it('win against Krum where they are more than it was told to expect', async () => {
    const tooMany = (await attackedRun(scenario, { strategy: { name: 'krum', f: 3 } }, 7, signFlip(4))).at(-1)!;
    expect(tooMany).toBeLessThan(0.5);
  });
});

describe('a run', () => {
  it('is the same for a seed, and another for another', async () => {
    const short = { ...scenario, rounds: 2 };
    const run = (seed: number) => attackedRun({ ...short, seed }, FEDAVG, ATTACKERS, noise(1));
    expect(await run(3)).toEqual(await run(3));
    expect(await run(4)).not.toEqual(await run(3));
  });
});
