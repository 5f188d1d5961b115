import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { CliError, EXIT } from '../cli-error.js';
import { BundleAuditor, type BundleAudit } from './bundle-auditor.js';
import { choiceOf, readBundleFolder, readBytes } from './bundle-folder.js';
import { blobPath, listBlobs, verifyExport, type ChainExport } from './chain-export.js';
import type { VerifiedChain } from './chain-source.js';

export interface ExportAudit {
  readonly verified: VerifiedChain;
  readonly audit: BundleAudit;
  readonly blobs: { readonly count: number; readonly bytes: number };
}

/**
 * Verifies an exported chain, rebuilds every initial model, cohort and aggregate that its files allow, and checks that the folder
 * holds nothing but what its names say. @throws ChainError for the first thing that is wrong, CliError
 */
export async function auditExport(exported: ChainExport): Promise<ExportAudit> {
  const { folder } = exported;
  if (folder === undefined) {
    throw new CliError('export.no-blobs', 'An audit needs the models and updates too. Name the whole exported folder, not its chain file alone.', EXIT.usage);
  }
  const { strangers, contents } = await readBundleFolder(folder);
  const auditor = new BundleAuditor(choiceOf(contents), (sha256, range) => readBytes(blobPath(folder, sha256), range));
  const verified = await verifyExport(exported, {
    onLeaf: (leaf, { index, block, hash }) => auditor.visit(leaf, { index, block, hash: toHex(hash) }),
  });
  const audit = await auditor.report(verified.report.views.runs);
  return { verified, audit, blobs: await checkFiles(folder, strangers, auditor.named) };
}

/** A flipped byte in a blob that no rule reads is still a lie about its name. */
async function checkFiles(folder: string, [stranger]: readonly string[], named: ReadonlySet<string>): Promise<ExportAudit['blobs']> {
  if (stranger !== undefined) throw strange(stranger);
  const names = await listBlobs(folder);
  let total = 0;
  for (const name of names) {
    const bytes = await readBytes(blobPath(folder, name));
    if (bytes === undefined || toHex(nodeCrypto.sha256(bytes)) !== name) {
      throw new ChainError('audit.blob-digest', `The file blobs/${name} does not have the digest in its name: its bytes were changed.`);
    }
    if (!named.has(name)) throw strange(`blobs/${name}`);
    total += bytes.length;
  }
  return { count: names.length, bytes: total };
}

function strange(name: string): ChainError {
  return new ChainError('export.stranger', `The folder holds ${name}, which no export of this chain writes. Remove it, or export again.`);
}
