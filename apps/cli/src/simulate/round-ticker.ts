import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';

const EVERY_MS = 200;

/** One line on a terminal that says how the open round goes; nothing in a pipe. */
export class RoundTicker {
  private cohort = 0;
  private round = 0;
  private accepted = 0;
  private shownAtMs = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly rounds: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  show(event: AnyDashboardEvent): void {
    if (event.name === 'round.opened.v1') {
      this.round = event.data.round;
      this.cohort = event.data.cohort.length;
      this.accepted = 0;
    } else if (event.name === 'update.accepted.v1' && event.data.round === this.round) {
      this.accepted += 1;
    } else {
      return;
    }
    if (this.nowMs() - this.shownAtMs < EVERY_MS && this.accepted < this.cohort) return;
    this.shownAtMs = this.nowMs();
    if (this.stream.isTTY) this.stream.write(`\r\u001b[K[ROUND ${this.round}/${this.rounds}] ${this.accepted} of ${this.cohort} updates`);
  }

  /** Takes the line away while something that stays is written. */
  around(write: () => void): void {
    this.clear();
    write();
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write('\r\u001b[K');
  }
}
