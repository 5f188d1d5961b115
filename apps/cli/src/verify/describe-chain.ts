import type { ChainReport } from '@fedseal/chain/verify/verify-chain';

/** A verified chain in words. */
export function describeChain(report: ChainReport): string[] {
  const { head } = report;
  return [
    `Chain of "${report.name}", ${report.chainId}`,
    `  blocks        ${report.blocks} (hashes, links, times, difficulty and proof of work hold; ${report.work} expected tries)`,
    `  leaves        ${report.leaves} (every signature and every rule holds; root ${head.treeRoot})`,
    `  contributors  ${report.contributors}`,
    `  runs          ${report.runs}, rounds sealed ${report.rounds}`,
    `  head          block ${head.height}, ${head.blockHash}, ${new Date(report.timestampMs).toISOString()}`,
  ];
}
