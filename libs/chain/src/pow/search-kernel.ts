import { SEARCH_EXPORT, searchModuleBytes } from './search-module.js';

/** Nonces that the kernel tries at once. */
export const LANES = 4;

/** An instance of the generated module. */
export interface Kernel {
  /** Its slots (`search-slots.ts`), to be filled before a search. */
  readonly memory: Uint32Array;
  /**
   * @param first the first nonce's low word @param groups how many groups of four, at least 1
   * @returns groups left when one held a first digest word of at most the limit, that one included; 0 when none did
   */
  search(first: number, groups: number): number;
}

/** The little of the WebAssembly interface that is used: this library compiles without the types of any host. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: Record<string, unknown> };
};

let compiled: object | undefined;

/** A kernel with a memory of its own; the module is generated and compiled once per thread. */
export function createKernel(): Kernel {
  compiled ??= new WebAssembly.Module(searchModuleBytes());
  const { exports } = new WebAssembly.Instance(compiled);
  const { buffer } = exports['memory'] as { buffer: ArrayBuffer };
  return { memory: new Uint32Array(buffer), search: exports[SEARCH_EXPORT] as Kernel['search'] };
}
