import { isDeepStrictEqual } from 'node:util';
import { ChainError } from '@fedseal/chain/chain-error';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { ModelError } from '@fedseal/model/model-error';
import { elementCount } from '@fedseal/model/tensors';
import { readPlan } from '@fedseal/rounds/audit/audit-plan';
import { describe, expect, it } from 'vitest';
import { python, whyNoPython } from './python.testing.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const POLICY = { weighting: 'examples', examplesCap: 1000, quorum: 9, deadlineSeconds: 1.5, clip: { norm: 2 }, retries: 1 };
const MODEL: Json = {
  name: 'm', inputShape: [12, 10, 1],
  layers: [
    { type: 'conv2d', filters: 2, kernelSize: [3, 2], strides: 1, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2, strides: [2, 1], padding: 'valid' },
    { type: 'conv2d', name: 'second', filters: 3, kernelSize: 2, strides: [1, 2], padding: 'valid' },
    { type: 'flatten' },
    { type: 'dense', units: 4 },
    { type: 'dense', name: 'head', units: 3 },
  ],
};
const plan = (change: { [key: string]: Json }): Json => ({
  version: 1, name: 'p', model: MODEL, seed: 7, rounds: 3, strategy: { name: 'fedavg' }, policy: POLICY, cohort: { size: 5, minimum: 2 }, retention: 'all', ...change,
});
const PLANS: Json[] = [
  plan({}),
  plan({ strategy: { name: 'fedadam', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 1e-7 }, retention: { lastRounds: 2 } }),
  plan({ strategy: { name: 'fedprox', mu: 0.25 }, cohort: { size: 'all', minimum: 1 } }),
  plan({ strategy: { name: 'trimmed-mean', trim: 2 } }),
  plan({ strategy: { name: 'multi-krum', f: 2, m: 4 } }),
  plan({ strategy: { name: 'unheard-of', x: 1 } }),
];
const OTHERS: Json[] = [null, true, '', 'all', -1, 0, 0.5, 1, 2, 1e-12, 8, 1e6 + 1, 2 ** 29 + 1, 2 ** 53, 1e300, [], [1], [2, 2], [2, 2, 2], {}, { norm: 1 }, { lastRounds: 1 }];

/** Each plan with each of its values replaced by each of the others, and left out. */
function* changedPlans(): Generator<string> {
  for (const whole of PLANS) {
    yield JSON.stringify(whole);
    for (const path of paths(whole)) {
      for (const other of OTHERS) yield JSON.stringify(replaced(whole, path, () => other));
      yield JSON.stringify(replaced(whole, path, () => undefined));
    }
  }
}

function paths(value: Json): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([key, member]) => paths(member as Json).map((path) => [key, ...path]));
  return [[], ...inner];
}

function replaced(value: Json, [key, ...rest]: readonly (string | number)[], change: () => Json | undefined): Json {
  if (key === undefined) return change() ?? null;
  const next = key in (value as object) ? replacedMember(value as { [key: string]: Json }, String(key), rest, change) : undefined;
  if (Array.isArray(value)) return next === undefined ? value.filter((_, n) => String(n) !== String(key)) : value.map((member, n) => (String(n) === String(key) ? next : member));
  const others = Object.entries(value as object).filter(([name]) => name !== String(key));
  return Object.fromEntries(next === undefined ? others : [...others, [key, next]]) as Json;
}

function replacedMember(value: { [key: string]: Json }, key: string, rest: readonly (string | number)[], change: () => Json | undefined): Json | undefined {
  return rest.length === 0 ? change() : replaced(value[key]!, rest, change);
}

const SPELLINGS = [
  '', '{', '[]', 'NaN', '{"name":NaN}', ' {} ', '\ufeff{}', '{"name":"a","name":5}', '01', '"\\ud800"', '{} x', '{"a":1,}', "{'a':1}",
  ...['1e400', '7.0', '0.7e1', '70E-1', '-0', '+7', '007', '7.', '.7', '0x7', 'Infinity', '9007199254740993', '1'.padEnd(400, '0')].map((seed) =>
    JSON.stringify(PLANS[0]).replace('"seed":7', `"seed":${seed}`)),
  JSON.stringify(PLANS[0]).replace('"seed":7', '"seed":"x","seed":7'),
  JSON.stringify(PLANS[0]).replace('"seed":7', '"__proto__":{"seed":7}'),
];

function factsHere(text: string): unknown {
  try {
    const read = readPlan(new TextEncoder().encode(text));
    const { name, seed, rounds, strategyName, strategy, examplesCap, quorum, deadlineMs, cohort, retention, model } = read;
    const tensors = tensorSpecs(model).map((tensor) => [tensor.name, tensor.shape, elementCount(tensor.shape)].slice(0, 2));
    return { name, seed, rounds, strategy: strategyName, parameters: strategy?.parameters ?? null, examplesCap, quorum, deadlineMs, cohort, retention, tensors };
  } catch (error) {
    if (error instanceof ChainError) return error.rule;
    if (error instanceof ModelError) return 'audit.plan';
    throw error;
  }
}

describe.skipIf(whyNoPython)(whyNoPython ? `plans in tools/verify.py: skipped, because ${whyNoPython}` : 'plans are read alike by both verifiers', () => {
  it('whatever stands in a field, and however it is spelt', async () => {
    const texts = [...changedPlans(), ...SPELLINGS];
    const { status, stdout, stderr } = await python('verify_checks.py', ['plans'], JSON.stringify(texts));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const there = (JSON.parse(stdout) as { plans: unknown[] }).plans;
    const here = texts.map(factsHere);
    const differing = texts.flatMap((text, n) => (isDeepStrictEqual(here[n], there[n]) ? [] : [{ text, here: here[n], there: there[n] }]));
    expect(differing.slice(0, 3)).toEqual([]);
    const accepted = here.filter((facts) => typeof facts === 'object').length;
    expect(accepted).toBeGreaterThan(500);
    expect(here.length - accepted).toBeGreaterThan(2000);
  });
});
