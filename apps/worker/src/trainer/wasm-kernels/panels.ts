/** Columns of a panel, as in kernels/training-kernels.ts. */
const PANEL = 8;

/** Elements of a [depth][columns] matrix packed as panels, the last one padded. */
export function panelElements(depth: number, columns: number): number {
  return Math.ceil(columns / PANEL) * depth * PANEL;
}
