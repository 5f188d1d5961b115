/**
 * Contributors (not evaluators) and the blocks in whose trees they are enrolled. A round is drawn from the tree of its seed
 * block, while what came after that block may stand before the round's own leaf: it does not count yet.
 */
export class Enrolments {
  /** By keyId: the block that seals the enrolment, and the one that seals its end. */
  private readonly spans = new Map<string, { readonly from: number; readonly until: number }>();

  begin(keyId: string, block: number): void {
    this.spans.set(keyId, { from: block, until: Number.POSITIVE_INFINITY });
  }

  end(keyId: string, block: number): void {
    const span = this.spans.get(keyId);
    if (span) this.spans.set(keyId, { ...span, until: Math.min(span.until, block) });
  }

  /** A contributor's next key takes the place of its old one. */
  pass(from: string, to: string, block: number): void {
    if (!this.spans.has(from)) return;
    this.end(from, block);
    this.begin(to, block);
  }

  /** keyIds enrolled in the tree of the block at this height. */
  at(height: number): ReadonlySet<string> {
    return new Set([...this.spans].filter(([, { from, until }]) => from <= height && height < until).map(([keyId]) => keyId));
  }
}
