/** How many marks can be outstanding; older ones are forgotten, so that a journal never grows without bound. */
const MAX_MARKS = 16;

/** Records how to take back each change of the rules' state. */
export class Journal {
  #undo: (() => void)[] = [];
  /** Changes forgotten so far: positions count from the journal's beginning. */
  #base = 0;
  #marks: number[] = [];

  /** @param undo takes back the change that was just made */
  record(undo: () => void): void {
    this.#undo.push(undo);
  }

  get position(): number {
    return this.#base + this.#undo.length;
  }

  /** @returns a position to roll back to; the last 16 are kept. */
  mark(): number {
    this.#marks.push(this.position);
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
    this.forget();
    return this.position;
  }

  /** Takes back every change since. @throws RangeError when the position was forgotten or never reached */
  rollback(position: number): void {
    if (position < this.#base || position > this.position) throw new RangeError('This mark is no longer kept.');
    while (this.position > position) (this.#undo.pop() as () => void)();
    this.#marks = this.#marks.filter((mark) => mark <= position);
  }

  /** Drops what no mark reaches. */
  forget(): void {
    const oldest = this.#marks[0] ?? this.position;
    this.#undo.splice(0, oldest - this.#base);
    this.#base = oldest;
  }
}

/** A map whose changes can be taken back. Values are replaced, never changed in place. */
export class JournaledMap<V> {
  readonly #map = new Map<string, V>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Read-only view of the present entries, in order of insertion. */
  get entries(): ReadonlyMap<string, V> {
    return this.#map;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: string): V | undefined {
    return this.#map.get(key);
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  set(key: string, value: V): void {
    const before = this.#map.get(key);
    const existed = this.#map.has(key);
    this.#map.set(key, value);
    this.#journal.record(() => {
      if (existed) this.#map.set(key, before as V);
      else this.#map.delete(key);
    });
  }
}

/** One value whose changes can be taken back. */
export class JournaledCell<V> {
  #value: V;
  readonly #journal: Journal;

  constructor(journal: Journal, value: V) {
    this.#journal = journal;
    this.#value = value;
  }

  get value(): V {
    return this.#value;
  }

  set(value: V): void {
    const before = this.#value;
    this.#value = value;
    this.#journal.record(() => {
      this.#value = before;
    });
  }
}
