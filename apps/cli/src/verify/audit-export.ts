import { readFile } from 'node:fs/promises';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { ChainReport } from '@fedseal/chain/verify/verify-chain';
import type { AuditReport } from '@fedseal/rounds/audit/audit-report';
import { RoundAuditor } from '@fedseal/rounds/audit/round-auditor';
import { CliError, EXIT } from '../cli-error.js';
import { blobPath, listBlobs, strangers, verifyExport, type ChainExport } from './chain-export.js';

export interface ExportAudit {
  readonly chain: ChainReport;
  readonly audit: AuditReport;
  readonly blobs: { readonly count: number; readonly bytes: number };
}

/**
 * Verifies an exported chain, rebuilds every initial model, cohort and aggregate, and checks that the folder holds
 * nothing but what its names say. @throws ChainError for the first thing that is wrong, CliError
 */
export async function auditExport(exported: ChainExport): Promise<ExportAudit> {
  const { folder } = exported;
  if (folder === undefined) {
    throw new CliError('export.no-blobs', 'An audit needs the models and updates too. Name the whole exported folder, not its chain file alone.', EXIT.usage);
  }
  const auditor = new RoundAuditor(nodeCrypto, (sha256) => readBlob(folder, sha256), (key) => toHex(keyIdOf(nodeCrypto, fromHex(key))));
  const chain = await verifyExport(exported, {
    onLeaf: (leaf, { index, block, hash }) => auditor.visit(leaf, { index, block, hash: toHex(hash) }),
  });
  return { chain, audit: auditor.report(), blobs: await checkFolder(folder) };
}

/** A flipped byte in a blob that no rule reads is still a lie about its name. */
async function checkFolder(folder: string): Promise<ExportAudit['blobs']> {
  const [stranger] = await strangers(folder);
  if (stranger !== undefined) {
    throw new ChainError('export.stranger', `The folder holds ${stranger}, which no export writes. Remove it, or export again.`);
  }
  const names = await listBlobs(folder);
  let total = 0;
  for (const name of names) {
    const bytes = await readBlob(folder, name);
    if (bytes === undefined || toHex(nodeCrypto.sha256(bytes)) !== name) {
      throw new ChainError('audit.blob-digest', `The file blobs/${name} does not have the digest in its name: its bytes were changed.`);
    }
    total += bytes.length;
  }
  return { count: names.length, bytes: total };
}

async function readBlob(folder: string, sha256: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(blobPath(folder, sha256));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
