import type { Provenance, RoundView } from '@fedseal/protocol/rest';
import type { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import type { CurveFile, CurvePoint } from './curve.js';
import type { MemoryMiB } from './memory.js';

export interface RecorderParts {
  readonly api: ApiClient;
  readonly run: string;
  readonly curve: CurveFile;
  /** Whether a point waits for its evaluation. */
  readonly evaluated: boolean;
  readonly takeMemory: () => Promise<MemoryMiB>;
  readonly onPoint: (point: CurvePoint) => void;
}

/**
 * Writes a point for every round that is closed, sealed and measured, in order, from what the coordinator answers for: points that
 * came due while nobody listened are written later.
 */
export class CurveRecorder {
  private underWay: Promise<void> = Promise.resolve();
  private waiting = false;

  constructor(private readonly parts: RecorderParts) {}

  /** Refuses to go on with a curve of another simulation. @throws CliError `curve.other` */
  async checkCurve(): Promise<void> {
    const { api, run, curve } = this.parts;
    const last = curve.points.at(-1);
    if (last === undefined) return;
    const { rounds } = await api.get<{ rounds: RoundView[] }>(`/v1/runs/${run}/rounds?after=${last.round - 1}`);
    if (!rounds.some(({ round, model }) => round === last.round && model?.sha256 === last.model)) {
      throw new CliError('curve.other', `The curve ${curve.path} is of another simulation; name another folder with --out.`, EXIT.usage);
    }
  }

  /** Something may have come due. Calls while one waits are one. */
  advance(): Promise<void> {
    if (this.waiting) return this.underWay;
    this.waiting = true;
    this.underWay = this.underWay.catch(() => undefined).then(() => {
      this.waiting = false;
      return this.write(this.parts.evaluated);
    });
    return this.underWay;
  }

  /** The run is over: points that still lack an evaluation are written without one. */
  async finish(): Promise<void> {
    await this.advance();
    await this.write(false);
  }

  private async write(evaluated: boolean): Promise<void> {
    const { api, run, curve, takeMemory, onPoint } = this.parts;
    for (;;) {
      const page: { rounds: RoundView[] } = await api.get(`/v1/runs/${run}/rounds?after=${curve.next - 1}`);
      const closed = page.rounds.filter(({ status, closed: leaf }) => status === 'closed' && leaf?.sealed != null);
      let written = 0;
      for (const round of closed) {
        if (round.round !== curve.next || (evaluated && round.measured.central === null)) break;
        const point = await this.pointOf(round, written === 0 ? await takeMemory() : {});
        await curve.append(point);
        onPoint(point);
        written += 1;
      }
      if (written === 0) return;
    }
  }

  private async pointOf(view: RoundView, memoryMiB: MemoryMiB): Promise<CurvePoint> {
    const { run, round, accepted, closedAtMs, openedAtMs, model, measured } = view;
    const { contributions } = await this.parts.api.get<Provenance>(`/v1/runs/${run}/rounds/${round}/provenance`);
    const counted = contributions.filter(({ outcome }) => outcome === 'accepted');
    const { height, hash } = view.closed!.sealed!;
    return {
      round,
      accuracy: measured.central?.accuracy ?? null,
      loss: measured.central?.loss ?? null,
      seconds: (closedAtMs! - openedAtMs) / 1000,
      updates: accepted,
      examples: counted.reduce((sum, { examples }) => sum + examples, 0),
      model: model!.sha256,
      block: { height, hash },
      memoryMiB,
    };
  }
}
