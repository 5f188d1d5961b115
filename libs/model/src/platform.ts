/**
 * What this library takes from its host beside ECMAScript, typed here because it compiles with neither Node's nor a
 * browser's types. Both hosts have all of it.
 */

export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** @param pages of 64 KiB. @throws RangeError past the maximum or what the system gives */
  grow(pages: number): number;
}

export interface Platform {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory;
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown };
  };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean }) => { decode(bytes: Uint8Array): string };
  readonly atob: (base64: string) => string;
  readonly performance: { now(): number };
}

export const platform = globalThis as unknown as Platform;

/** Whether typed arrays are little-endian here, as safetensors is; where they are not, values are copied one by one. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export interface CompiledKernel {
  /** @returns the exports over one memory */
  over(memory: WasmMemory): unknown;
}

/** Compiles a committed kernel (kernels/build.mjs) from its base64. */
export function compileKernel(base64: string): CompiledKernel {
  const { Module, Instance } = platform.WebAssembly;
  const compiled = new Module(Uint8Array.from(platform.atob(base64), (letter) => letter.charCodeAt(0)));
  return { over: (memory) => new Instance(compiled, { env: { memory } }).exports };
}
