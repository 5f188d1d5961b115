import { toHex } from '@fedseal/chain/bytes';
import type { VerifiedChain } from './chain-source.js';

/** A moment by the operator's clock, for people. */
export function momentOf(timestampMs: number): string {
  return `${new Date(timestampMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

/** A verified chain in words: whose it is, how far it goes, and what was found to hold. */
export function describeChain({ report, checkpoint, tiles, contents }: VerifiedChain): string[] {
  const { head, views } = report;
  const operator = views.operator!;
  const inForce = [...views.contributors.values()].filter(({ status }) => status === 'enrolled').length;
  return [
    `Chain of "${report.name}", ${report.chainId}`,
    `  operator      key ${toHex(operator.publicKey)}`,
    `                keyId ${operator.keyId}${views.operators.size > 1 ? `, after ${views.operators.size - 1} earlier ones` : ''}`,
    `  blocks        ${report.blocks} (hashes, links, times, difficulty and proof of work hold; ${report.work} expected tries)`,
    `  leaves        ${report.leaves} (every signature and every rule holds; root ${head.treeRoot})`,
    `  contributors  ${inForce} of ${report.contributors} enrolled keys in force, evaluators included`,
    `  runs          ${report.runs}, rounds sealed ${report.rounds}`,
    `  head          block ${head.height}, ${head.blockHash}, ${new Date(report.timestampMs).toISOString()} by the operator's clock`,
    ...(checkpoint === undefined ? [] : [`  checkpoint    signed by the operator for ${checkpoint.size} leaves and this root, under the name ${checkpoint.origin}`]),
    ...(tiles === 0 ? [] : [`  tiles         ${tiles}, each the same as the leaves give, byte for byte`]),
    ...(contents === undefined ? [] : [`  bundle        says that it holds ${describeChoice(contents)}`]),
  ];
}

function describeChoice({ models, updates, runs }: NonNullable<VerifiedChain['contents']>): string {
  const what = `${{ all: 'every model', final: "each run's newest model", none: 'no models' }[models]} and ${updates === 'all' ? 'every update that was kept' : 'no updates'}`;
  return runs === null ? what : `${what}, of the ${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')} alone`;
}

/** A verified chain as an object: the same facts, without the state behind them. */
export function chainFacts({ report, checkpoint, tiles, contents }: VerifiedChain) {
  const { views, ...chain } = report;
  const { publicKey, keyId } = views.operator!;
  return { chain: { ...chain, operator: { key: toHex(publicKey), keyId } }, checkpoint: checkpoint ?? null, tiles, contents: contents ?? null };
}
