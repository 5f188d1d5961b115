import { fromHex, toHex } from '@fedseal/chain/bytes';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';

/** Where in the sealed tree keys came from: what a receipt must carry beside its own leaf. */
export class KeyLeaves {
  /** Ascending indices by hex keyId; more than one for a node that went and came back. */
  private readonly brought = new Map<string, number[]>();
  private readonly rotations: number[] = [];

  /** Takes in the next sealed leaf. */
  append(leaf: ReadLeaf, index: number): void {
    switch (leaf.kind) {
      case 'operator.rotate':
        this.rotations.push(index);
        break;
      case 'contributor.enrol':
      case 'contributor.rotate':
      case 'node.add': {
        const keyId = toHex(keyIdOf(nodeCrypto, fromHex(leaf.payload.key)));
        const indices = this.brought.get(keyId);
        if (indices === undefined) this.brought.set(keyId, [index]);
        else indices.push(index);
        break;
      }
      default:
    }
  }

  /** Index of the last leaf below `before` that brought a contributor's or node's key; undefined for other keys. */
  last(keyId: string, before: number): number | undefined {
    return this.brought.get(keyId)?.findLast((index) => index < before);
  }

  /** Indices of every operator.rotate, ascending. */
  get operatorRotations(): readonly number[] {
    return this.rotations;
  }
}
