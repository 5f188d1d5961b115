import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoundView } from '@fedseal/protocol/rest';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { RoundScene, honest, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let alpha: SceneWorker;
let mallory: SceneWorker;
beforeAll(async () => {
  scene = await RoundScene.open();
  alpha = await scene.join('alpha');
  await scene.join('beta');
  mallory = await scene.join('mallory');
});
afterAll(() => scene.close());

const rounds = async (run: string) => (await scene.get<{ rounds: RoundView[] }>(`/v1/runs/${run}/rounds`)).rounds;

describe('what a contributor may not do', () => {
  it('set the accuracy that a run is known by', async () => {
    await scene.createRun('judged', { rounds: 1 });
    await scene.ended('judged');
    const [round] = await rounds('judged');
    const answer = await mallory.light.evaluate({ run: 'judged', round: 1, model: round!.model! } as Parameters<typeof mallory.light.evaluate>[0]);
    expect(answer).toMatchObject({ ok: false, code: 'evaluation.not-evaluator' });
    expect((await rounds('judged'))[0]!.evaluations).toEqual([]);
  });

  it("commit somebody else's update, whose hash it may know", async () => {
    let stolen: Ack | undefined;
    let release: (sha: { invite: Parameters<typeof mallory.light.pack>[0]; artifact: ReturnType<typeof mallory.light.pack>['artifact'] }) => void = () => undefined;
    const seen = new Promise<Parameters<typeof release>[0]>((resolve) => (release = resolve));
    alpha.behave = async (invite) => {
      const update = alpha.light.pack(invite);
      await alpha.light.upload(update);
      release({ invite, artifact: update.artifact });
      await honest(invite, alpha);
    };
    mallory.behave = async (invite) => {
      const { artifact } = await seen;
      stolen = await mallory.light.submit(mallory.light.commit(invite, artifact));
    };
    await scene.createRun('stolen', { rounds: 1, policy: { quorum: 2, deadlineSeconds: 3, examplesCap: 1000 } });
    expect(await scene.ended('stolen')).toMatchObject({ status: 'completed' });
    expect(stolen).toMatchObject({ ok: false, code: 'update.not-uploaded' });
    expect(await rounds('stolen')).toMatchObject([{ accepted: 2, silent: 1 }]);
  });

  it('make the coordinator read a file that cannot be an update of this model', async () => {
    let refused: Ack | undefined;
    alpha.behave = honest;
    mallory.behave = async (invite) => {
      const { artifact } = mallory.light.pack(invite);
      refused = await mallory.light.submit(mallory.light.commit(invite, { ...artifact, bytes: 700 * 1024 * 1024 }));
      await honest(invite, mallory);
    };
    await scene.createRun('oversized', { rounds: 1 });
    expect(await scene.ended('oversized')).toMatchObject({ status: 'completed' });
    expect(refused).toMatchObject({ ok: false, code: 'update.too-large' });
    expect(await rounds('oversized')).toMatchObject([{ accepted: 3, refused: 0 }]);
  });
});

describe('a plan that keeps hashes only', () => {
  it('lets every update go once its round is closed', async () => {
    mallory.behave = honest;
    await scene.createRun('forgetful', { rounds: 2, retention: 'hashes' });
    await scene.ended('forgetful');
    const provenance = await scene.get<{ contributions: { update: { sha256: string } }[] }>('/v1/runs/forgetful/rounds/1/provenance');
    expect(provenance.contributions).toHaveLength(3);
    for (const { update } of provenance.contributions) {
      await expect.poll(() => scene.blob(update.sha256).then(() => 'there', () => 'gone'), { timeout: 20_000 }).toBe('gone');
    }
  });
});
