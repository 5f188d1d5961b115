import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import type { RoundView, RunDetail } from '@fedseal/protocol/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fedseal } from './fedseal.testing.js';
import { TestFederation } from './test-federation.testing.js';

/** A run by name of a preset, whose contributors measure every model on a quarter of their examples. */
let federation: TestFederation;
let folder: string;
let rounds: RoundView[];
const RUN = 'measured';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fedseal-models-'));
  federation = await TestFederation.create();
  await federation.startCoordinator();
  for (const name of ['clinic-1', 'clinic-2']) await federation.startWorker(name, 'contributor', {}, ['--examples', '200', '--hold-out', '0.25']);
  // Typed as a plan, posted as a request: the preset becomes layers when the run is created.
  const model = { preset: 'mission-cnn' } as never;
  await federation.createRun({ name: RUN, model, evaluation: { central: false, federated: true, timeoutSeconds: 60 } });
  await federation.ended(RUN);
  rounds = await federation.rounds(RUN);
});

afterAll(async () => {
  await federation?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

let exports = 0;
async function exported(kind: string, ...source: string[]) {
  const out = join(folder, `${kind}-${++exports}`);
  const { status, stdout, stderr } = await fedseal('model', 'export', '--to', kind, '--out', out, ...source, '--format', 'json');
  expect(status, stderr).toBe(0);
  const { provenance } = JSON.parse(stdout) as { provenance: Record<string, string> };
  return { provenance, file: (name: string) => new Uint8Array(readFileSync(join(out, name))), whole: () => new Uint8Array(readFileSync(out)) };
}
const live = (...more: string[]) => ['--run', RUN, '--url', federation.url, '--home', federation.home, ...more];

describe('a preset and federated evaluation', () => {
  it('are sealed: the preset as its layers, an evaluation of each contributor for every round', async () => {
    const { planDocument, measured } = await (await federation.api).get<RunDetail>(`/v1/runs/${RUN}`);
    expect(planDocument.model).toMatchObject({ name: 'mission-cnn', inputShape: [28, 28, 1] });
    expect(planDocument.model.layers).toHaveLength(4);
    for (const { evaluations } of rounds) {
      expect(evaluations.map(({ name, source, examples }) => [name, source, examples]).sort()).toEqual([['clinic-1', 'federated', 50], ['clinic-2', 'federated', 50]]);
      for (const { leaf } of evaluations) expect(leaf.sealed).not.toBeNull();
    }
    expect(measured).toMatchObject({ round: 2, central: null, federated: { evaluators: 2, examples: 100 } });
    expect(rounds.map(({ accepted }) => accepted)).toEqual([2, 2]);
    expect((await federation.audit()).answer).toMatchObject({ verified: true });
  });

  it('are told by `run show`', async () => {
    const { stdout } = await fedseal('run', 'show', RUN, '--url', federation.url, '--home', federation.home);
    expect(stdout).toMatch(/round 2\.1 closed.* on 2 hold-outs 0\.\d{6}/);
  });
});

describe('fedseal model export', () => {
  it('gives the newest model, or that of a round, from a running coordinator and from a bundle, byte for byte alike', async () => {
    const bundle = join(folder, 'bundle');
    expect(await federation.export(bundle)).toMatchObject({ status: 0 });
    for (const round of [[], ['--round', '0']]) {
      const [here, there] = [await exported('keras', ...live(...round)), await exported('keras', '--run', RUN, '--from', bundle, ...round)];
      expect(there.provenance).toEqual(here.provenance);
      expect(there.file('model.safetensors')).toEqual(here.file('model.safetensors'));
    }
    const { provenance } = await exported('keras', ...live('--round', '1'));
    const [first] = rounds;
    expect(provenance).toMatchObject({
      'fedseal.run': RUN, 'fedseal.round': '1', 'fedseal.model': first!.model!.sha256, 'fedseal.tensorRoot': first!.model!.tensorRoot,
      'fedseal.leaf': first!.closed!.hash, 'fedseal.leafIndex': String(first!.closed!.sealed!.index), 'fedseal.block': String(first!.closed!.sealed!.height),
    });
  });

  it('leaves the sealed file as it is, and says the same of a file and its plan', async () => {
    const sealed = (await exported('safetensors', ...live())).whole();
    expect(sealed).toEqual(await (await federation.api).bytes(`/v1/blobs/${rounds[1]!.model!.sha256}`));
    writeFileSync(join(folder, 'sealed.safetensors'), sealed);
    writeFileSync(join(folder, 'plan.yaml'), 'version: 1\nname: any\nrounds: 1\nmodel: { preset: mission-cnn }\n');
    const torch = await exported('torch', '--file', join(folder, 'sealed.safetensors'), '--plan', join(folder, 'plan.yaml'));
    expect(torch.provenance).toEqual({ 'fedseal.model': rounds[1]!.model!.sha256, 'fedseal.tensorRoot': rounds[1]!.model!.tensorRoot });
    expect(decodeSafetensors(torch.file('model.safetensors')).map(({ name, shape }) => [name, shape])).toEqual([
      ['conv2d.bias', [32]], ['conv2d.weight', [32, 1, 3, 3]], ['dense.bias', [10]], ['dense.weight', [10, 5408]],
    ]);
  });

  it.each([
    [['--to', 'keras'], 'usage.model'],
    [['--to', 'keras', '--file', 'x'], 'usage.model'],
    [['--to', 'keras', '--run', 'r', '--round', 'last'], 'usage.round'],
  ])('refuses %j with %s, as wrong usage', async (flags, code) => {
    const { status, stdout } = await fedseal('model', 'export', '--out', join(folder, 'never'), ...flags, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
    expect(status).toBe(2);
  });

  it('refuses a file of another plan, a round there is not, and a place that is taken', async () => {
    writeFileSync(join(folder, 'other.yaml'), 'version: 1\nname: any\nrounds: 1\nmodel: { preset: mcmahan-2nn }\n');
    const ask = async (...flags: string[]) => JSON.parse((await fedseal('model', 'export', ...flags, '--format', 'json')).stdout) as unknown;
    const sealed = ['--file', join(folder, 'sealed.safetensors'), '--plan'];
    expect(await ask('--to', 'tfjs', '--out', join(folder, 'a'), ...sealed, join(folder, 'other.yaml'))).toMatchObject({ error: { code: 'model.shape-mismatch' } });
    expect(await ask('--to', 'tfjs', '--out', join(folder, 'b'), ...live('--round', '9'))).toMatchObject({ error: { code: 'round.not-found' } });
    expect(await ask('--to', 'tfjs', '--out', join(folder, 'c'), '--run', RUN, '--from', join(folder, 'bundle'), '--round', '9')).toMatchObject({ error: { code: 'model.none' } });
    expect(await ask('--to', 'tfjs', '--out', join(folder, 'd'), '--run', RUN, '--from', join(folder, 'nowhere'))).toMatchObject({ error: { code: 'export.missing' } });
    expect(await ask('--to', 'tfjs', '--out', folder, ...sealed, join(folder, 'plan.yaml'))).toMatchObject({ error: { code: 'export.not-empty' } });
    expect(await ask('--to', 'safetensors', '--out', join(folder, 'plan.yaml'), ...sealed, join(folder, 'plan.yaml'))).toMatchObject({ error: { code: 'export.exists' } });
  });
});
