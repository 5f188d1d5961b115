import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { resolvePreset } from '@fedseal/model/layers/resolve-preset';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import { readPlan } from './read-plan.js';

const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const plans = readdirSync(docs).filter((name) => /^plan\..*yaml$/.test(name));

describe('the example plans of the documents', () => {
  it('are found', () => {
    expect(plans).toEqual(expect.arrayContaining(['plan.example.yaml', 'plan.robust.example.yaml', 'plan.adaptive.example.yaml']));
  });

  it.each(plans)('%s can be run as it stands', async (name) => {
    const plan = await readPlan(docs + name);
    const strategy = createStrategy(plan)!;
    expect(plan.policy.quorum).toBeGreaterThanOrEqual(strategy.leastUpdates);
    if (plan.cohort.size !== 'all') expect(plan.cohort.size).toBeGreaterThanOrEqual(plan.policy.quorum);
    expect(initialTensors(resolvePreset(plan.model), plan.seed).length).toBeGreaterThan(0);
  });
});
