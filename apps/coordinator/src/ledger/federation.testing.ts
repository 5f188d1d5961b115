import { testHash } from '@fedseal/chain/testing/test-chain.testing';
import { startTestCoordinator } from '../coordinator.testing.js';
import type { TestCoordinator } from '../coordinator.testing.js';
import { Ledger } from './ledger.js';
import { Scene } from './scene.testing.js';

/** A whole coordinator whose chain tests write leaf by leaf. */
export interface TestFederation {
  readonly coordinator: TestCoordinator;
  readonly ledger: Ledger;
  readonly scene: Scene;
  get(path: string): Promise<Response>;
}

/** Founded, and nothing else. */
export async function startTestFederation(): Promise<TestFederation> {
  const coordinator = await startTestCoordinator();
  const ledger = coordinator.app.get(Ledger);
  return { coordinator, ledger, scene: new Scene(ledger), get: (path) => fetch(coordinator.url + path) };
}

/** Two contributors and an evaluator, a run of one round, `remarks` annotations, and the run's end: three blocks. */
export async function playSmallFederation({ ledger, scene }: TestFederation, remarks: number): Promise<void> {
  const cohort = [await scene.enrol('alice'), await scene.enrol('bob')];
  await scene.enrol('judge', 'evaluator');
  await scene.createRun('digits');
  await ledger.sealed(await scene.playRound('digits', cohort));
  await annotate(ledger, remarks);
  await ledger.sealed(await scene.endRun('digits'));
}

/** Remarks by the operator, all in one write. */
export async function annotate(ledger: Ledger, count: number): Promise<void> {
  const author = Buffer.from(ledger.operator.keyId).toString('hex');
  await ledger.write(async (write) => {
    for (let n = 0; n < count; n++) await write.acceptSigned('annotate', { author, subject: testHash(`subject ${n}`), text: `Remark ${n}` });
  });
}
