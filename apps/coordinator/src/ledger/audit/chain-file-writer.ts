import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { encodeChainFileFront, encodeLeafLength } from '@fedseal/chain/file/chain-file';
import { HEADER_BYTES } from '@fedseal/chain/header/header';

/** Writes are gathered to this size: a leaf is often smaller than a disk block. */
const WRITE_BYTES = 1_048_576;

/** Writes a chain file whose headers and leaves come in turn, as a verification reads them. */
export class ChainFileWriter {
  private constructor(
    private readonly file: FileHandle,
    private readonly headerPart: GatheringWriter,
    private readonly leafPart: GatheringWriter,
  ) {}

  static async create(path: string, headers: number, leaves: number): Promise<ChainFileWriter> {
    const file = await open(path, 'wx');
    const front = encodeChainFileFront(headers, leaves);
    const writer = new ChainFileWriter(file, new GatheringWriter(file, 0), new GatheringWriter(file, front.length + headers * HEADER_BYTES));
    await writer.headerPart.write(front);
    return writer;
  }

  async *headers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const header of source) {
      await this.headerPart.write(header);
      yield header;
    }
  }

  async *leaves(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const leaf of source) {
      await this.leafPart.write(encodeLeafLength(leaf.length));
      await this.leafPart.write(leaf);
      yield leaf;
    }
  }

  /** Everything is on the disk then. */
  async finish(): Promise<void> {
    await this.headerPart.flush();
    await this.leafPart.flush();
    await this.file.sync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Copies what it is given: rows of one batch share their memory. */
class GatheringWriter {
  private parts: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly file: FileHandle,
    private position: number,
  ) {}

  async write(part: Uint8Array): Promise<void> {
    this.parts.push(Buffer.from(part));
    this.bytes += part.length;
    if (this.bytes >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    let rest = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    while (rest.length > 0) {
      const { bytesWritten } = await this.file.write(rest, 0, rest.length, this.position);
      this.position += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }
}
