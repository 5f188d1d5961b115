import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestFederation } from './test-federation.testing.js';

/** Every durable step of a round, in the order a round reaches them. */
const BOUNDARIES = [
  'round.before-open',
  'round.after-open',
  'commit.before-accept',
  'commit.after-accept',
  'check.before-verdict',
  'check.after-verdict',
  'aggregate.before-close',
  'aggregate.after-close',
  'evaluation.after-accept',
  'seal.before-append',
  'seal.after-append',
];

describe('a coordinator killed at any write', () => {
  let federation: TestFederation;

  beforeAll(async () => {
    federation = await TestFederation.create();
    await federation.startCoordinator();
    await federation.startWorker('evaluator', 'evaluator');
    await federation.startWorker('clinic-1', 'contributor');
    await federation.startWorker('clinic-2', 'contributor');
    // The first run also seals the enrolments, so that every later one starts at once.
    await federation.createRun({ name: 'undisturbed' });
    expect(await federation.ended('undisturbed')).toMatchObject({ status: 'completed', closed: 2 });
  });

  afterAll(() => federation?.close());

  it.each(BOUNDARIES)('goes on after %s', async (boundary) => {
    await federation.stopCoordinator();
    const doomed = await federation.startCoordinator({ FEDSEAL_CRASH_AT: boundary });
    const name = boundary.replaceAll('.', '-');
    // A strategy with memory: after the kill it must go on from the state that the round before sealed.
    await federation.createRun({ name, strategy: { name: 'fedadam' } });
    expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });

    await federation.startCoordinator();
    expect(await federation.ended(name)).toMatchObject({ status: 'completed', closed: 2 });
    const rounds = await federation.rounds(name);
    expect(rounds.map(({ round, attempt, status, accepted }) => ({ round, attempt, status, accepted }))).toEqual([
      { round: 1, attempt: 1, status: 'closed', accepted: 2 },
      { round: 2, attempt: 1, status: 'closed', accepted: 2 },
    ]);
    for (const { closed, evaluations } of rounds) {
      expect(closed?.sealed).not.toBeNull();
      expect(evaluations).toHaveLength(1);
    }
  });

  it('leaves a chain in which nothing is lost, counted twice or sealed twice', async () => {
    const { status, answer } = await federation.audit();
    expect(answer).toMatchObject({ verified: true });
    expect(status).toBe(0);
    const rounds = answer['rounds'] as { run: string; round: number; contributors: number; status: string }[];
    const expected = ['undisturbed', ...BOUNDARIES.map((name) => name.replaceAll('.', '-'))].flatMap((run) => [`${run}/1`, `${run}/2`]);
    expect(rounds.map(({ run, round }) => `${run}/${round}`).sort()).toEqual(expected.sort());
    expect(rounds.every(({ contributors, status: rebuilt }) => contributors === 2 && rebuilt === 'reproduced')).toBe(true);
  });
});
