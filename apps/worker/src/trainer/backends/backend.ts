/** A way for TensorFlow.js to compute, tried once when the worker starts. */
export interface Backend {
  /** As `--backend` takes it and reports carry it. */
  readonly name: string;
  /** Never throws for what is merely absent: that is the second kind of answer. */
  open(choice: { readonly explicit: boolean }): Promise<Availability>;
}

export type Availability =
  | { readonly available: true; /** What it computes with, a few words. */ readonly detail: string; readonly activate: () => Promise<void> }
  | {
      readonly available: false;
      /** A few words for the line that says why another was taken. */
      readonly why: string;
      /** What would make it available, where that is known: a sentence without its full stop. */
      readonly remedy?: string;
    };

/** The backend that was taken. */
export interface OpenBackend {
  readonly name: string;
  readonly reason: string;
  /** Makes it the one that TensorFlow.js computes with: a process may hold several. */
  readonly activate: () => Promise<void>;
}

export const unavailable = (why: string, remedy?: string): Availability => ({ available: false, why, ...(remedy === undefined ? {} : { remedy }) });

/** The first line of what a package threw, without the paths and stacks that follow. */
export function shortCause(error: unknown): string {
  const text = error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
  return text.split('\n')[0]!.trim().slice(0, 160);
}

/** Whether an import failed because the package itself is not installed. */
export function isNotInstalled(error: unknown, packageName: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && String(message).includes(packageName);
}
