import type { StoredRound, StoredUpdate } from '../storage/ports/round.store.js';

/** What an event brings along that the effects it causes may need. */
export interface StepContext {
  /** The update row an event is about; it may have been written in this very transaction. */
  readonly update?: StoredUpdate;
  /** The row of the round an event opened, written in this very transaction. */
  readonly round?: StoredRound;
}
