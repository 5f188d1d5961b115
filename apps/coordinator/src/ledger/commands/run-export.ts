import { parseArgs } from 'node:util';
import type { BundleChoice } from '@fedseal/chain/file/bundle-contents';
import { CodedError } from '../../observability/coded-error.js';
import type { Config } from '../../config/config.js';
import { openStorage } from '../../storage/open-storage.js';
import { exportChain } from '../audit/export-chain.js';
import type { ExportReport } from '../audit/export-chain.js';
import { namingPlace } from '../chain-corrupt.js';
import { readOperatorKey } from '../operator-key.js';
import { formatOf, printOut, type Format } from './format.js';

const USE = 'coordinator export --out DIR [--models all|final|none] [--updates all|none] [--run NAME]… [--format text|json]';

/**
 * `coordinator export --out DIR …`, beside a running coordinator or without one.
 * @returns exit status 0 @throws CodedError `usage.*`, and as `exportChain`, `readOperatorKey` and `openStorage`
 */
export async function runExport(config: Config, args: readonly string[], print: (text: string) => void = printOut): Promise<number> {
  const { dir, format, choice } = parse(args);
  const operator = await readOperatorKey(config.home);
  const storage = await openStorage(config);
  try {
    const report = await namingPlace(() => exportChain(storage, dir, operator, choice));
    print(format === 'json' ? `${JSON.stringify(report)}\n` : textOf(report));
    return 0;
  } finally {
    await storage.close();
  }
}

function textOf({ blocks, leaves, blobs, tiles, dir, updatesNotKept, leftOut }: ExportReport): string {
  const notes = [
    ...(updatesNotKept === 0 ? [] : [`; ${updatesNotKept} updates are sealed by hash alone`]),
    ...(leftOut === 0 ? [] : [`; ${leftOut} blobs were left out, as asked`]),
  ];
  return `Exported ${blocks} blocks, ${leaves} leaves, ${tiles} tiles, a signed checkpoint and ${blobs} blobs to ${dir}${notes.join('')}\n`;
}

function parse(args: readonly string[]): { dir: string; format: Format; choice: BundleChoice } {
  const usage = (cause?: unknown) => new CodedError('usage.export', `Say where to, and what: ${USE}`, { cause });
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        out: { type: 'string' },
        models: { type: 'string', default: 'all' },
        updates: { type: 'string', default: 'all' },
        run: { type: 'string', multiple: true },
        format: { type: 'string' },
      },
    });
    const format = formatOf(values.format);
    const { out: dir, models, updates, run } = values;
    if (dir === undefined || dir === '' || format === undefined) throw usage();
    if (models !== 'all' && models !== 'final' && models !== 'none') throw usage();
    if (updates !== 'all' && updates !== 'none') throw usage();
    return { dir, format, choice: { models, updates, runs: run === undefined ? null : [...new Set(run)] } };
  } catch (error) {
    throw error instanceof CodedError ? error : usage(error);
  }
}
