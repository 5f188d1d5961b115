/** `strategy` of a plan, every default filled in. Symbols are those of the papers that each file names. */
export type StrategySpec =
  | { readonly name: 'fedavg' }
  | { readonly name: 'fedprox'; readonly mu: number }
  | { readonly name: 'fedavgm'; readonly eta: number; readonly beta: number }
  | { readonly name: 'fedadagrad'; readonly eta: number; readonly beta1: number; readonly tau: number }
  | { readonly name: 'fedadam'; readonly eta: number; readonly beta1: number; readonly beta2: number; readonly tau: number }
  | { readonly name: 'fedyogi'; readonly eta: number; readonly beta1: number; readonly beta2: number; readonly tau: number }
  | { readonly name: 'median' }
  | { readonly name: 'trimmed-mean'; readonly trim: number }
  | { readonly name: 'krum'; readonly f: number }
  | { readonly name: 'multi-krum'; readonly f: number; readonly m: number };

export type SpecOf<N extends StrategySpec['name']> = Extract<StrategySpec, { name: N }>;
