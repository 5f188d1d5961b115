import { ModelError } from '../model-error.js';
import { decodeSafetensors } from '../safetensors/decode-safetensors.js';
import { kernelMemory, type KernelMemory, type Region } from './kernel-memory.js';
import type { UpdateTensor } from './validate-update.js';

interface ScannedTensor extends UpdateTensor {
  largest: number;
  /** Elements looked at so far. */
  scanned: number;
}

/**
 * The file of an update while it arrives: copied piece by piece to where it will be folded, and scanned while each piece
 * is still in the cache. Whoever holds one releases it; tensors read from it are views that end with it.
 */
export class LandedUpdate {
  private filled = 0;
  private isTooLong = false;
  /** Undefined until the header is there, and null where the file is none that can be scanned as it arrives. */
  private tensors: ScannedTensor[] | null | undefined;

  private constructor(
    private readonly region: Region,
    private readonly memory: KernelMemory,
  ) {}

  /** @returns undefined where the memory has no room for a file of so many bytes */
  static begin(bytes: number, memory: KernelMemory = kernelMemory()): LandedUpdate | undefined {
    const region = memory.allocate(bytes, false);
    return region && new LandedUpdate(region, memory);
  }

  /** The file, once it is complete. */
  get bytes(): Uint8Array {
    return this.region.data;
  }

  get isComplete(): boolean {
    return this.filled === this.bytes.length && !this.isTooLong;
  }

  push(piece: Uint8Array): void {
    this.isTooLong ||= this.filled + piece.length > this.bytes.length;
    if (this.isTooLong) return;
    this.bytes.set(piece, this.filled);
    this.filled += piece.length;
    if (this.tensors === undefined) this.tensors = this.readHeader();
    for (const tensor of this.tensors ?? []) this.scan(tensor);
  }

  /**
   * @returns the file's tensors, each with its largest magnitude; undefined where the complete file must be decoded to know
   *   what it holds: it is no valid file, or has other tensors than float32
   */
  scanned(): readonly UpdateTensor[] | undefined {
    return this.isComplete ? (this.tensors ?? undefined) : undefined;
  }

  release(): void {
    this.region.release();
  }

  private readHeader(): ScannedTensor[] | null | undefined {
    if (this.filled < 8) return undefined;
    const headerBytes = new DataView(this.bytes.buffer, this.bytes.byteOffset, 8).getBigUint64(0, true);
    if (BigInt(this.filled) < 8n + headerBytes) return undefined;
    try {
      // Float32 is not read but viewed, so that it may arrive later.
      const tensors = decodeSafetensors(this.bytes);
      if (tensors.some(({ data }) => this.memory.offsetOf(data) === undefined)) return null;
      return tensors.map((tensor) => ({ ...tensor, largest: 0, scanned: 0 }));
    } catch (error) {
      if (error instanceof ModelError) return null;
      throw error;
    }
  }

  private scan(tensor: ScannedTensor): void {
    const { data, scanned } = tensor;
    if (scanned === data.length) return;
    const arrived = Math.floor((this.bytes.byteOffset + this.filled - data.byteOffset) / 4);
    const end = Math.min(data.length, arrived);
    if (end <= scanned) return;
    tensor.largest = Math.max(tensor.largest, this.memory.kernel.scan(data.byteOffset + scanned * 4, end - scanned));
    tensor.scanned = end;
  }
}
