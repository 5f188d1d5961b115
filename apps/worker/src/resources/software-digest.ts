import { readFile } from 'node:fs/promises';
import { toHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { z } from 'zod';

const manifest = z.object({ name: z.string(), version: z.string(), dependencies: z.record(z.string(), z.string()) });
export type Manifest = z.infer<typeof manifest>;

/** This package's own manifest: its name, its version, and the exact versions it is built on. */
export async function readManifest(): Promise<Manifest> {
  // Two folders up from src/resources and from dist/resources alike.
  return manifest.parse(JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')));
}

/**
 * SHA-256 over the canonical JSON of {package, version, node, backend, libraries}, `libraries` being the pinned versions of the
 * TensorFlow.js packages: two workers with one digest compute with the same software.
 */
export function softwareDigest(crypto: Crypto, { name, version, dependencies }: Manifest, backend: string, node: string): string {
  const libraries = Object.fromEntries(Object.entries(dependencies).filter(([each]) => each.startsWith('@tensorflow/')));
  return toHex(crypto.sha256(encodeCanonicalJson({ package: name, version, node, backend, libraries })));
}
