import { toHex } from '@fedseal/chain/bytes';
import { runPlan } from '@fedseal/protocol/plan';
import { CliError, EXIT } from '../cli-error.js';
import { exportSource, openExport } from '../verify/chain-export.js';
import { demandName, type FoundModel } from './found-model.js';

interface Made {
  readonly model: { readonly sha256: string; readonly tensorRoot: string };
  readonly leaf: string;
  readonly index: number;
  readonly block: number;
}

/**
 * A run's model out of a folder that `fedseal export` wrote, whose chain is verified first; the newest one unless a round is named.
 * @throws ChainError, CliError
 */
export async function findInExport(folder: string, run: string, round: number | undefined): Promise<FoundModel> {
  const source = exportSource(await openExport(folder));
  const made = new Map<number, Made>();
  let plan: string | undefined;
  const { report } = await source.verify({
    onLeaf: (leaf, { index, block, hash }) => {
      const at = { leaf: toHex(hash), index, block };
      if (leaf.kind === 'run.create' && leaf.payload.run === run) {
        plan = leaf.payload.plan.sha256;
        made.set(0, { model: leaf.payload.initial, ...at });
      }
      if (leaf.kind === 'round.close' && leaf.payload.predicate.run === run) made.set(leaf.payload.predicate.round, { model: leaf.payload.predicate.model, ...at });
    },
  });
  if (plan === undefined) throw new CliError('model.none', `The export in ${folder} holds no run named ${run}; name one that it holds.`, EXIT.usage);
  const wanted = round ?? Math.max(...made.keys());
  const found = made.get(wanted);
  if (found === undefined) throw new CliError('model.none', `The export in ${folder} seals no round ${wanted} of ${run}; it seals ${made.size - 1}.`, EXIT.usage);
  const blob = async (sha256: string, what: string) => {
    const bytes = await source.blob(sha256);
    if (bytes === undefined) throw new CliError('model.none', `The export in ${folder} lacks ${what} ${sha256}; name the whole folder that \`fedseal export\` wrote, or export again.`);
    demandName(bytes, sha256, folder);
    return bytes;
  };
  const document = runPlan.parse(JSON.parse(new TextDecoder().decode(await blob(plan, 'the plan'))));
  return {
    spec: document.model,
    file: await blob(found.model.sha256, 'the model'),
    provenance: {
      'fedseal.chain': report.chainId,
      'fedseal.run': run,
      'fedseal.round': String(wanted),
      'fedseal.plan': plan,
      'fedseal.model': found.model.sha256,
      'fedseal.tensorRoot': found.model.tensorRoot,
      'fedseal.leaf': found.leaf,
      'fedseal.leafIndex': String(found.index),
      'fedseal.block': String(found.block),
    },
  };
}
