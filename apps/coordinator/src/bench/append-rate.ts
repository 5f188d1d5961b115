import { toHex, utf8 } from '@fedseal/chain/bytes';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { Ledger } from '../ledger/ledger.js';
import { startBenchCoordinator } from './bench-coordinator.js';
import type { BenchRow } from './bench-row.js';

export interface AppendOptions {
  /** Appended in batches, by the clock. */
  readonly leaves: number;
  readonly batch: number;
  /** Appended one by one, for the baseline. */
  readonly singles: number;
}

/**
 * Leaves per second from signed bytes to a committed row of the pool: every rule checked, signature too, durable on the
 * embedded Postgres with its ordinary settings (fsync on). The leaves are annotations of some 300 bytes, signed beforehand.
 * The search for blocks runs beside it, as it would.
 */
export async function measureAppends({ leaves, batch, singles }: AppendOptions): Promise<BenchRow[]> {
  const coordinator = await startBenchCoordinator();
  try {
    const ledger = coordinator.app.get(Ledger);
    const half = Math.ceil(singles / 2);
    const { one, many } = { one: remarks(ledger, 2 * half), many: remarks(ledger, leaves + batch) };
    // What repeats is compiled after one batch, which does not count. The baseline is taken before and after.
    await append(ledger, many.splice(0, batch), batch);
    const before = await append(ledger, one.splice(0, half), 1);
    const batched = await append(ledger, many, batch);
    const after = await append(ledger, one, 1);
    const value = leaves / batched;
    return [{ name: 'chain/append', value, unit: 'leaves/s', against: 'one leaf a write', ratio: value / ((2 * half) / (before + after)) }];
  } finally {
    await coordinator.close();
  }
}

let written = 0;

function remarks({ operator, chainId }: Ledger, count: number): Uint8Array[] {
  const author = toHex(operator.keyId);
  return Array.from({ length: count }, () => {
    const text = `Remark ${++written}`;
    return signLeaf('annotate', { chain: chainId, author, subject: toHex(nodeCrypto.sha256(utf8(text))), text }, [operator]);
  });
}

/** @returns seconds */
async function append(ledger: Ledger, leaves: readonly Uint8Array[], batch: number): Promise<number> {
  const startedNs = process.hrtime.bigint();
  for (let at = 0; at < leaves.length; at += batch) {
    await ledger.write((write) => write.acceptAll(leaves.slice(at, at + batch)));
  }
  return Number(process.hrtime.bigint() - startedNs) / 1e9;
}
