import { expect } from 'vitest';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { refusalOf } from '@fedseal/chain/testing/refusal.testing';
import type { AuditScene } from './audit-scene.testing.js';

export function indexOfLast(scene: AuditScene, kind: string): number {
  return scene.leaves.findLastIndex((bytes) => readLeaf(bytes).kind === kind);
}

/** The sealed chain is refused by this rule, at its last leaf of that kind. */
export async function expectFound(scene: AuditScene, rule: string, kind: string): Promise<void> {
  const error = await refusalOf(scene.audit());
  expect([error.rule, error.location]).toEqual([rule, { block: scene.blocks.newest, leaf: indexOfLast(scene, kind) }]);
}
