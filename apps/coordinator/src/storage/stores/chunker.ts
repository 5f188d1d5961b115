/** Measured: larger chunks write no faster, smaller ones cost per row. */
export const CHUNK_BYTES = 1024 * 1024;

/** Cuts a stream of pieces of any size into chunks of exactly CHUNK_BYTES. */
export class Chunker {
  private buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private filled = 0;

  /** Each chunk is the receiver's to keep. */
  *push(piece: Buffer): Iterable<Buffer> {
    for (let at = 0; at < piece.length; ) {
      // A piece that is a whole chunk itself needs no copy.
      if (this.filled === 0 && piece.length - at >= CHUNK_BYTES) {
        yield piece.subarray(at, at + CHUNK_BYTES);
        at += CHUNK_BYTES;
        continue;
      }
      const n = piece.copy(this.buffer, this.filled, at);
      this.filled += n;
      at += n;
      if (this.filled === CHUNK_BYTES) {
        yield this.buffer;
        this.buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        this.filled = 0;
      }
    }
  }

  /** What is left after the last piece: the last, shorter chunk. */
  rest(): Buffer {
    return this.buffer.subarray(0, this.filled);
  }
}
