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
import { placeOf } from '../replay.js';
import { formatOf, printOut, type Format } from './format.js';

/** What `coordinator audit --format json` prints. */
export type AuditAnswer =
  | {
      readonly ok: true;
      readonly chain: Omit<StoredReport['chain'], 'views'>;
      readonly waiting: number;
      readonly blobs: StoredReport['blobs'];
      readonly aggregates: AuditReport;
    }
  | { readonly ok: false; readonly fault: { readonly block?: number; readonly leaf?: number; readonly rule: string; readonly message: string } };

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
    return answer.ok ? 0 : 1;
  } finally {
    await storage.close();
  }
}

/** Verifies the stored chain and rebuilds its rounds. */
export async function audit(storage: ChainStorage): Promise<AuditAnswer> {
  const auditor = new RoundAuditor(nodeCrypto, findBlob(storage.blobs), (key) => toHex(keyIdOf(nodeCrypto, fromHex(key))));
  try {
    const { chain: { views: _, ...chain }, waiting, blobs } = await verifyStored(storage, auditor);
    return { ok: true, chain, waiting, blobs, aggregates: auditor.report() };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return { ok: false, fault: { ...error.location, rule: error.rule, message: error.message } };
  }
}

function textOf(answer: AuditAnswer): string {
  if (!answer.ok) {
    const { rule, message, ...location } = answer.fault;
    const place = rule.startsWith('blob.') ? 'a blob' : placeOf({ location });
    return `NOT WHOLE at ${place}: ${message} [${rule}]\n`;
  }
  const { chain, blobs, aggregates, waiting } = answer;
  const reproduced = aggregates.rounds.filter(({ status }) => status === 'reproduced').length;
  const notKept = aggregates.rounds.length - reproduced;
  return [
    `Chain      ${chain.chainId} (${chain.name})`,
    `Head       block ${chain.head.height}, ${chain.head.blockHash}`,
    `Verified   ${chain.blocks} blocks, ${chain.leaves} leaves, work ${chain.work}; ${waiting} leaves wait to be sealed`,
    `Blobs      ${blobs.count} stored, ${blobs.bytes} bytes, every digest right`,
    `Aggregates ${reproduced} rebuilt byte for byte${notKept === 0 ? '' : `; ${notKept} not rebuilt, because the plan keeps no updates`}`,
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
