import { roundKey } from './chain-state.js';
import type { Round, Run } from './chain-state.js';
import { demand } from './rule.js';
import type { RuleContext } from './rule.js';

/** A run that exists and has not ended. @throws ChainError `<kind>.run`, `<kind>.run-ended` */
export function liveRun(kind: string, name: string, { state }: RuleContext): Run {
  const run = state.runs.get(name);
  demand(run !== undefined, `${kind}.run`, `There is no run "${name}".`);
  demand(run.end === undefined, `${kind}.run-ended`, `The run "${name}" has ended.`);
  return run;
}

/** Which attempt at which round a payload speaks of. */
export interface RoundPlace {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
}

/** An attempt that was opened, whatever became of it. @throws ChainError `<kind>.round` */
export function openedRound(kind: string, at: RoundPlace, { state }: RuleContext): Round {
  const round = state.rounds.get(roundKey(at));
  demand(round !== undefined, `${kind}.round`, `Round ${at.round}, attempt ${at.attempt} of "${at.run}" was never opened.`);
  return round;
}

/** Whether an attempt may still accept updates: the last one opened, not closed, its run not ended. */
export function isOpen(at: RoundPlace, { state }: RuleContext): boolean {
  const run = state.runs.get(at.run);
  return run !== undefined && run.open && at.round === run.closed + 1 && at.attempt === run.attempts;
}
