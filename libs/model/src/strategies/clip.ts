import { validateUpdate } from '../aggregate/validate-update.js';
import type { WeightedUpdate } from '../aggregate/round-aggregate.js';
import { ModelError } from '../model-error.js';
import type { Tensor } from '../tensors.js';
import { sealedParameters } from './parameters.js';
import { isTrainable, type RoundCombiner, type RoundResult, type RoundStart, type Strategy } from './strategy.js';
import { updateNorm } from './update-norm.js';
import type { UpdateSource } from './update-source.js';

/**
 * Norm clipping in front of any strategy (Sun, Kairouz, Suresh, McMahan 2019, "Can You Really Backdoor Federated Learning?",
 * arXiv:1911.07963, section 4; McMahan, Ramage, Talwar, Zhang 2018, "Learning Differentially Private Recurrent Language Models",
 * ICLR, arXiv:1710.06963): Δ' = Δ · min(1, C / ‖Δ‖), over trainable tensors together.
 *
 * ‖Δ‖ is `updateNorm`'s. An update no longer than C keeps its bits; else the factor C / ‖Δ‖ is one float64 division and each
 * element fround(Δ · factor). The update is checked before it is scaled, so clipping lets nothing pass that is out of bound.
 */
export function clipped(strategy: Strategy, norm: number): Strategy {
  const { norm: clipNorm } = sealedParameters({ norm });
  return {
    ...strategy,
    parameters: { ...strategy.parameters, clipNorm: clipNorm! },
    begin: (round) => new ClippedRound(strategy.begin(round), round, norm),
  };
}

class ClippedRound implements RoundCombiner {
  /** Of the updates that were too long, by key. */
  private readonly factors = new Map<string, number>();
  private readonly trainable: ReadonlySet<string>;

  constructor(
    private readonly inner: RoundCombiner,
    private readonly round: RoundStart,
    private readonly norm: number,
  ) {
    this.trainable = new Set(round.model.filter(isTrainable).map(({ name }) => name));
  }

  fold(update: WeightedUpdate): void {
    const verdict = validateUpdate(this.round.model, update.deltas, this.round.grid.bound);
    if (verdict !== 'ok') throw new ModelError(verdict, `The update ${update.key} was refused (${verdict}); nothing of it was folded.`);
    const factor = this.factorOf(update.deltas);
    this.inner.fold(this.scaled(update, factor));
    if (factor < 1) this.factors.set(update.key, factor);
  }

  remove(update: WeightedUpdate): void {
    this.inner.remove(this.scaled(update, this.factors.get(update.key) ?? 1));
    this.factors.delete(update.key);
  }

  finish(base: readonly Tensor[], updates: UpdateSource): Promise<RoundResult> {
    return this.inner.finish(base, {
      read: async (key, tensor, start, out) => {
        await updates.read(key, tensor, start, out);
        const factor = this.factors.get(key) ?? 1;
        if (factor < 1 && this.trainable.has(tensor)) scale(out, factor, out);
      },
    });
  }

  private factorOf(deltas: readonly Tensor[]): number {
    const norm = updateNorm(deltas.filter(({ name }) => this.trainable.has(name)));
    return norm > this.norm ? this.norm / norm : 1;
  }

  private scaled(update: WeightedUpdate, factor: number): WeightedUpdate {
    if (factor === 1) return update;
    const deltas = update.deltas.map((tensor) =>
      this.trainable.has(tensor.name) ? { ...tensor, data: scale(tensor.data, factor, new Float32Array(tensor.data.length)) } : tensor,
    );
    return { ...update, deltas };
  }
}

function scale(data: Float32Array, factor: number, out: Float32Array): Float32Array {
  for (let i = 0; i < data.length; i++) out[i] = data[i]! * factor;
  return out;
}
