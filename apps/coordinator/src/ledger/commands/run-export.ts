import { parseArgs } from 'node:util';
import { CodedError } from '../../observability/coded-error.js';
import type { Config } from '../../config/config.js';
import { openStorage } from '../../storage/open-storage.js';
import { exportChain } from '../audit/export-chain.js';
import { namingPlace } from '../chain-corrupt.js';
import { formatOf, printOut, type Format } from './format.js';

/**
 * `coordinator export --out DIR [--format text|json]`, beside a running coordinator or without one.
 * @returns exit status 0 @throws CodedError `usage.*`, and as `exportChain` and `openStorage`
 */
export async function runExport(config: Config, args: readonly string[], print: (text: string) => void = printOut): Promise<number> {
  const { dir, format } = parse(args);
  const storage = await openStorage(config);
  try {
    const report = await namingPlace(() => exportChain(storage, dir));
    if (format === 'json') print(`${JSON.stringify(report)}\n`);
    else {
      const kept = report.updatesNotKept === 0 ? '' : `; ${report.updatesNotKept} updates are sealed by hash alone`;
      print(`Exported ${report.blocks} blocks, ${report.leaves} leaves and ${report.blobs} blobs to ${report.dir}${kept}\n`);
    }
    return 0;
  } finally {
    await storage.close();
  }
}

function parse(args: readonly string[]): { dir: string; format: Format } {
  const usage = (cause?: unknown) => new CodedError('usage.export', 'Say where to: coordinator export --out DIR [--format text|json]', { cause });
  try {
    const { values } = parseArgs({ args: [...args], options: { out: { type: 'string' }, format: { type: 'string' } } });
    const format = formatOf(values.format);
    if (values.out === undefined || values.out === '' || format === undefined) throw usage();
    return { dir: values.out, format };
  } catch (error) {
    throw error instanceof CodedError ? error : usage(error);
  }
}

