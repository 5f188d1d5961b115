import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeChainFile } from '../file/chain-file.js';
import { LEAF_KINDS, leafPayloadType } from '../leaf/kinds.js';
import { payloadSchemas } from '../leaf/payloads.js';
import { documentedFiles } from './documented-evidence.testing.js';
import { documentedChain, documentedVectors } from './documented-vectors.testing.js';

const docs = resolve(import.meta.dirname, '../../../../docs');
const document = readFileSync(resolve(docs, 'CHAIN.md'), 'utf8');

/** docs/CHAIN.md is what other implementations are written from, so it may never say anything else than the code does. */
describe('docs/CHAIN.md', () => {
  it('gives the vectors that the code computes', async () => {
    const blocks = [...document.matchAll(/^```json vectors\n([\s\S]*?)^```$/gm)].map(([, block]) => JSON.parse(block as string) as object);
    expect(Object.assign({}, ...blocks)).toEqual(JSON.parse(JSON.stringify(await documentedVectors())));
  });

  it('comes with the chain file that the code writes', () => {
    expect(readFileSync(resolve(docs, 'vectors/small-chain.fsl')).equals(encodeChainFile(documentedChain()))).toBe(true);
  });

  it('comes with the evidence that the code makes', async () => {
    for (const [name, bytes] of Object.entries(await documentedFiles())) {
      expect(readFileSync(resolve(docs, 'vectors', name)).equals(bytes), name).toBe(true);
    }
  });

  it.each(Object.entries(LEAF_KINDS))('describes %s (%i) and each field of its payload', (kind, number) => {
    expect(document).toContain(`| ${number} | \`${kind}\``);
    expect(leafPayloadType(kind as keyof typeof LEAF_KINDS)).toBe(`application/vnd.fedseal.${kind}.v1+json`);
    if (kind === 'block.link') return;
    const [, section = ''] = new RegExp(`^#### ${kind.replace('.', '\\.')}\\n([\\s\\S]*?)(?=^#)`, 'm').exec(document) ?? [];
    for (const field of Object.keys(payloadSchemas[kind as keyof typeof payloadSchemas].shape)) {
      if (field !== 'chain') expect(section, `${kind}.${field}`).toContain(`\`${field}\``);
    }
  });
});
