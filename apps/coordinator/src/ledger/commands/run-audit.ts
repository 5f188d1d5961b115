import { parseArgs } from 'node:util';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { AuditReport } from '@fedseal/rounds/audit/audit-report';
import { RoundAuditor } from '@fedseal/rounds/audit/round-auditor';
import type { Config } from '../../config/config.js';
import { CodedError } from '../../observability/coded-error.js';
import { openStorage } from '../../storage/open-storage.js';
import type { ChainStorage } from '../audit/export-chain.js';
import { findBlob, verifyStored } from '../audit/verify-stored.js';
import type { StoredReport } from '../audit/verify-stored.js';
import { formatOf, printOut, type Format } from './format.js';

/** What `coordinator audit --format json` prints: the same fields as an audit of an exported folder. */
export type AuditAnswer = Verified | Refuted;

interface Verified extends AuditReport {
  readonly verified: true;
  readonly chain: Omit<StoredReport['chain'], 'views'>;
  /** Blobs whose digest was computed again. */
  readonly blobs: number;
  readonly blobBytes: number;
  /** Leaves accepted and not sealed yet. */
  readonly waiting: number;
}

/** The first thing that is wrong. */
interface Refuted {
  readonly verified: false;
  readonly rule: string;
  readonly message: string;
  readonly block: number | null;
  readonly leaf: number | null;
}

/**
 * `coordinator audit [--format text|json]`: everything the database holds, and every aggregate computed again.
 * @returns exit status: 0 when all of it holds, 1 when something does not
 * @throws CodedError `usage.*`, and as `openStorage`
 */
export async function runAudit(config: Config, args: readonly string[], print: (text: string) => void = printOut): Promise<number> {
  const format = parse(args);
  const storage = await openStorage(config);
  try {
    const answer = await audit(storage);
    print(format === 'json' ? `${JSON.stringify(answer)}\n` : textOf(answer));
    return answer.verified ? 0 : 1;
  } finally {
    await storage.close();
  }
}

/** Verifies the stored chain and rebuilds its rounds. */
export async function audit(storage: ChainStorage): Promise<AuditAnswer> {
  const auditor = new RoundAuditor(nodeCrypto, findBlob(storage.blobs), (key) => toHex(keyIdOf(nodeCrypto, fromHex(key))));
  try {
    const { chain: { views: _, ...chain }, waiting, blobs } = await verifyStored(storage, auditor);
    return { verified: true, chain, ...auditor.report(), blobs: blobs.count, blobBytes: blobs.bytes, waiting };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const { block, leaf } = error.location;
    return { verified: false, rule: error.rule, message: error.message, block: block ?? null, leaf: leaf ?? null };
  }
}

function textOf(answer: AuditAnswer): string {
  if (!answer.verified) {
    const { rule, message, block, leaf } = answer;
    const place = [block === null ? [] : [`block ${block}`], leaf === null ? [] : [`leaf ${leaf}`]].flat().join(', ');
    return `DOES NOT VERIFY${place && ` at ${place}`}, rule ${rule}: ${message}\n`;
  }
  const { chain, blobs, blobBytes, rounds, initialModels, cohorts, waiting } = answer;
  const missing = rounds.filter(({ status }) => status !== 'reproduced').length;
  return [
    `Chain of "${chain.name}", ${chain.chainId}`,
    `  blocks ${chain.blocks}, leaves ${chain.leaves}, expected tries ${chain.work}; ${waiting} leaves wait to be sealed`,
    `  head block ${chain.head.height}, ${chain.head.blockHash}`,
    `  initial models rebuilt ${initialModels}, cohorts drawn again ${cohorts}, blobs checked ${blobs} (${blobBytes} bytes)`,
    ...rounds.map(({ run, round, model, contributors, status }) => {
      const verdict = status === 'reproduced' ? 'reproduced bit for bit from' : 'not rebuilt, because its updates were not kept; the chain says it was made from';
      return `  ${run} round ${round}: ${verdict} ${contributors} updates, ${model}`;
    }),
    `AUDIT PASSED.${missing === 0 ? '' : ` ${missing} of ${rounds.length} rounds could not be rebuilt from what is here.`}`,
    '',
  ].join('\n');
}

function parse(args: readonly string[]): Format {
  const usage = (cause?: unknown) => new CodedError('usage.audit', 'Use: coordinator audit [--format text|json]', { cause });
  try {
    const { values } = parseArgs({ args: [...args], options: { format: { type: 'string' } } });
    const format = formatOf(values.format);
    if (format === undefined) throw usage();
    return format;
  } catch (error) {
    throw error instanceof CodedError ? error : usage(error);
  }
}
