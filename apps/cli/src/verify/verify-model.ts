import type { ModelIdentity } from './model-file.js';
import type { ChainSource, VerifiedChain } from './chain-source.js';
import { ChainRecord } from './lineage/chain-record.js';
import { findModel, findUpdate, type Naming } from './lineage/find-model.js';
import type { Lineage } from './lineage/lineage.js';
import { traceLineage } from './lineage/trace-lineage.js';

/** Where a model comes from, as far as one chain knows. */
export interface ModelOrigin {
  readonly verified: VerifiedChain;
  /** Every leaf that names it as its result, the best match first; none: the chain does not know it. */
  readonly namings: readonly Naming[];
  /** Of the first naming. */
  readonly lineage: Lineage | undefined;
  /** The file is no model of this chain but an update that a contributor sent. */
  readonly update: { readonly run: string; readonly round: number; readonly name: string; readonly leaf: number; readonly block: number } | undefined;
}

/**
 * Verifies the whole chain, and only then believes what it says of the model.
 * @throws ChainError when the chain does not hold, CliError when it cannot be read
 */
export async function verifyModel(identity: ModelIdentity, source: ChainSource): Promise<ModelOrigin> {
  const record = new ChainRecord();
  const verified = await source.verify(record.callbacks);
  const { views } = verified.report;
  const namings = findModel(record, identity);
  const [first] = namings;
  if (first !== undefined) {
    return { verified, namings, lineage: await traceLineage(record, views, first, (sha256) => source.blob(sha256)), update: undefined };
  }
  const update = findUpdate(record, identity);
  return {
    verified,
    namings,
    lineage: undefined,
    update: update && { run: update.run, round: update.round, name: views.contributors.get(update.contributor)!.name, leaf: update.at.leaf, block: update.at.block },
  };
}

/** What was found, in words; the lineage is told after it. */
export function describeOrigin(identity: ModelIdentity, { namings, update }: ModelOrigin): string[] {
  const lines = [
    `Model ${identity.path}`,
    `  file          SHA-256 ${identity.sha256}, ${identity.bytes} bytes`,
    identity.tensorRoot === undefined
      ? `  tensors       cannot be named: ${identity.unnamed?.replace(/\.$/, '')}. Only the file itself was looked for.`
      : `  tensors       root ${identity.tensorRoot}`,
  ];
  for (const naming of namings) lines.push(`  found         ${sentenceOf(naming)}`);
  if (namings.length > 0) return lines;
  lines.push(
    'NOT FOUND: no run in this chain began with this model and no round made it, neither as this file nor as these tensors in another file.',
    'The chain itself holds. Either the model comes from elsewhere, or it was changed since, or it is newer than the newest block above.',
  );
  if (update !== undefined) {
    lines.push(`The file is an update that ${update.name} sent in round ${update.round} of "${update.run}" (leaf ${update.leaf}, block ${update.block}): a change to a model, not a model.`);
  }
  return lines;
}

function sentenceOf({ kind, run, round, match, at, model }: Naming): string {
  const what = kind === 'run.create' ? `the initial model of run "${run}"` : `the model that round ${round} of run "${run}" made`;
  const how = match === 'file' ? 'this very file is' : `other file, same tensors (the sealed file is ${model.sha256}): it is`;
  return `${how} ${what}; leaf ${at.leaf}, block ${at.block}`;
}
