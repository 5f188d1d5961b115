/**
 * Just enough of an assembler for one WebAssembly function over 32-bit integers and 128-bit vectors
 * (WebAssembly Core 2.0, chapter 5: binary format).
 */

/** Opcodes; the vector ones follow the prefix byte fd. */
export const OP = {
  loop: 0x03, if: 0x04, end: 0x0b, brIf: 0x0d, return: 0x0f,
  localGet: 0x20, localSet: 0x21, localTee: 0x22,
  i32Const: 0x41, i32Sub: 0x6b,
} as const;

export const VECTOR_OP = {
  load: 0, constant: 12, splat: 17, lessOrEqualU: 0x3e,
  and: 78, xor: 81, bitselect: 82, anyTrue: 83, shl: 171, shrU: 173, add: 174,
} as const;

const VALUE_TYPE = { i32: 0x7f, v128: 0x7b } as const;
const NO_RESULT = 0x40;
const VECTOR_PREFIX = 0xfd;
/** log2 of 16 bytes. */
const LOAD_ALIGNMENT = 4;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** A function's instructions, appended one by one; locals are numbered parameters first. */
export class FunctionWriter {
  readonly #code: number[] = [];

  get(local: number): this {
    return this.plain(OP.localGet).#unsigned(local);
  }

  set(local: number): this {
    return this.plain(OP.localSet).#unsigned(local);
  }

  tee(local: number): this {
    return this.plain(OP.localTee).#unsigned(local);
  }

  /** @param value 0 to 63: one byte of signed LEB128. */
  constant(value: number): this {
    return this.plain(OP.i32Const).plain(value);
  }

  /** An instruction of one byte. */
  plain(byte: number): this {
    this.#code.push(byte);
    return this;
  }

  /** Opens a `loop` or an `if` that leaves nothing on the stack. */
  open(op: typeof OP.loop | typeof OP.if): this {
    return this.plain(op).plain(NO_RESULT);
  }

  branchIf(depth: number): this {
    return this.plain(OP.brIf).plain(depth);
  }

  vector(op: number): this {
    return this.plain(VECTOR_PREFIX).#unsigned(op);
  }

  shift(op: typeof VECTOR_OP.shl | typeof VECTOR_OP.shrU, bits: number): this {
    return this.constant(bits).vector(op);
  }

  /** Loads 16 bytes from a fixed, aligned address. */
  load(address: number): this {
    return this.constant(0).vector(VECTOR_OP.load).plain(LOAD_ALIGNMENT).#unsigned(address);
  }

  /** Four lanes, lane 0 first. */
  lanes(words: readonly [number, number, number, number]): this {
    this.vector(VECTOR_OP.constant);
    for (const word of words) for (let shift = 0; shift < 32; shift += 8) this.plain((word >>> shift) & 255);
    return this;
  }

  bytes(): readonly number[] {
    return this.#code;
  }

  #unsigned(value: number): this {
    for (; value >= 0x80; value >>>= 7) this.#code.push((value & 0x7f) | 0x80);
    return this.plain(value);
  }
}

/**
 * A module with one exported memory of one page (`memory`) and one exported function.
 * @param parameters how many i32 parameters it takes; it returns an i32
 * @param vectors how many v128 locals follow the parameters
 */
export function moduleOf(name: string, parameters: number, vectors: number, body: FunctionWriter): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [value.length, ...Array.from(value, (character) => character.charCodeAt(0))];
  const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content];
  const locals = [1, ...unsigned(vectors), VALUE_TYPE.v128];
  const code = [...locals, ...body.bytes(), OP.end];
  const i32s = new Array<number>(parameters).fill(VALUE_TYPE.i32);
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, 1, 0x60, parameters, ...i32s, 1, VALUE_TYPE.i32),
    ...section(3, 1, 0),
    ...section(5, 1, 1, 1, 1),
    ...section(7, 2, ...text('memory'), 2, 0, ...text(name), 0, 0),
    ...section(10, 1, ...unsigned(code.length), ...code),
  ]);
}
