import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { toHex } from '@fedseal/chain/bytes';
import type { ChainFile } from '@fedseal/chain/file/chain-file';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { decodeHeader, type Header } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf, type ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { encodeLink } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { SearchPool } from '@fedseal/chain/native/search-pool';
import { nextDifficulty } from '@fedseal/chain/pow/retarget';
import { MerkleTree } from '@fedseal/chain/tree/merkle-tree';

const RUN_SQL = fileURLToPath(new URL('../../../coordinator/src/storage/testing/run-sql.testing.mjs', import.meta.url));

/**
 * Another history, as its operator can make one: some leaves are replaced, and from the first of them on every link, root and header is
 * made anew, difficulty and proof of work as the rules ask.
 * @param replace the leaf that takes this one's place; undefined to keep it
 * @returns the new chain, and the height of the first block that differs
 */
export async function rewriteHistory(
  { headers, leaves }: ChainFile, replace: (leaf: ReadLeaf, index: number) => Uint8Array | undefined,
): Promise<ChainFile & { readonly from: number }> {
  const charter = readLeaf(leaves[0]!);
  if (charter.kind !== 'charter') throw new Error('a chain begins with its charter');
  const replaced = leaves.map((bytes, index) => replace(readLeaf(bytes), index));
  const first = replaced.findIndex((bytes) => bytes !== undefined);
  const old = headers.map((header) => decodeHeader(header));
  const from = old.findIndex(({ treeSize }) => treeSize > first);
  if (first < 0 || from < 1) throw new Error('nothing to rewrite');
  const [newHeaders, newLeaves, decoded]: [Uint8Array[], Uint8Array[], Header[]] = [headers.slice(0, from), leaves.slice(0, old[from - 1]!.treeSize), old.slice(0, from)];
  const tree = new MerkleTree(nodeCrypto);
  for (const leaf of newLeaves) tree.append(leafHash(nodeCrypto, leaf));
  const miner = new SearchPool({ threads: 2 });
  try {
    for (const template of old.slice(from)) {
      const own = leaves.slice(newLeaves.length + 1, template.treeSize).map((bytes, i) => replaced[newLeaves.length + 1 + i] ?? bytes);
      for (const leaf of [encodeLink(newHeaders.at(-1)!), ...own]) {
        newLeaves.push(leaf);
        tree.append(leafHash(nodeCrypto, leaf));
      }
      const below = decoded.at(-1)!;
      const sealStartMs = Math.max(template.sealStartMs, below.timestampMs);
      const { header } = await miner.search({
        ...template, previousHash: blockHash(nodeCrypto, newHeaders.at(-1)!), treeRoot: tree.root(), sealStartMs,
        ...nextDifficulty(charter.payload.proofOfWork, decoded, template.height),
      }, { nowMs: () => sealStartMs, monotonicMs: () => performance.now(), randomBytes: (length) => new Uint8Array(randomBytes(length)) });
      newHeaders.push(header);
      decoded.push(decodeHeader(header));
    }
  } finally {
    await miner.close();
  }
  return { headers: newHeaders, leaves: newLeaves, from };
}

/** Puts blocks and leaves in the place of those that were sealed, with the append-only triggers off. The coordinator must be away. */
export async function storeHistory(home: string, { headers, leaves, from }: Awaited<ReturnType<typeof rewriteHistory>>): Promise<void> {
  const firstLeaf = decodeHeader(headers[from - 1]!).treeSize;
  await runSql(home, [
    ...headers.slice(from).map((header, i) => ({
      sql: `UPDATE block SET header = decode($2, 'hex'), hash = decode($3, 'hex') WHERE height = $1`,
      values: [from + i, toHex(header), toHex(blockHash(nodeCrypto, header))],
    })),
    ...leaves.slice(firstLeaf).map((bytes, i) => ({
      sql: `UPDATE leaf SET hash = decode($2, 'hex'), bytes = decode($3, 'hex') WHERE index = $1`,
      values: [firstLeaf + i, toHex(leafHash(nodeCrypto, bytes)), toHex(bytes)],
    })),
  ]);
}

/** Statements on the home's own Postgres, as its superuser: all in one transaction. @returns the rows of each */
export function runSql(home: string, statements: readonly { readonly sql: string; readonly values?: readonly unknown[] }[]): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [RUN_SQL, home], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message} ${stderr}`));
      else resolve(JSON.parse(stdout) as unknown[][]);
    });
    child.stdin?.end(JSON.stringify(statements));
  });
}
