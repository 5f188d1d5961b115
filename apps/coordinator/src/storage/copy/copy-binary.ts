/**
 * PostgreSQL's binary COPY format (manual, "COPY", section "Binary Format"): signature, flags, extension length, then
 * per row an int16 count of fields and per field an int32 length and the bytes; an int16 of −1 ends it. A `bytea`
 * travels as it is, where every other way of reading and writing it goes through hexadecimal text.
 */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;

export const copyHeader: Buffer = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
export const copyTrailer: Buffer = Buffer.from([0xff, 0xff]);

export function int4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int8(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** @returns a row as a list of buffers, so that large fields are not copied */
export function copyRow(fields: readonly Uint8Array[]): Uint8Array[] {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  return [count, ...fields.flatMap((field) => [int4(field.length), field])];
}

/** A field without a value. */
const NULL_LENGTH = -1;

/** Reads the format from pieces of any size. Every row is delivered whole; nulls are not expected by any caller. */
export class CopyReader {
  /** Bytes of the number being read. */
  private readonly small = Buffer.alloc(HEADER_BYTES);
  private smallFilled = 0;
  private smallWanted = HEADER_BYTES;
  private state: 'header' | 'count' | 'length' | 'field' | 'end' = 'header';
  private field = Buffer.alloc(0);
  private fieldFilled = 0;
  private fieldsLeft = 0;
  private row: Buffer[] = [];

  constructor(private readonly onRow: (fields: Buffer[]) => void) {}

  push(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (this.state === 'field') {
        const n = piece.copy(this.field, this.fieldFilled, at);
        this.fieldFilled += n;
        at += n;
        if (this.fieldFilled === this.field.length) this.endField();
      } else if (this.state === 'end') {
        throw new Error('Bytes follow the end of the COPY data');
      } else {
        const n = piece.copy(this.small, this.smallFilled, at, at + this.smallWanted - this.smallFilled);
        this.smallFilled += n;
        at += n;
        if (this.smallFilled === this.smallWanted) this.endNumber();
      }
    }
  }

  /** @throws Error when the data stopped in between */
  finish(): void {
    if (this.state !== 'end') throw new Error('The COPY data ended early');
  }

  private endNumber(): void {
    this.smallFilled = 0;
    if (this.state === 'header') {
      if (!this.small.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error('Not binary COPY data');
      this.expectCount();
    } else if (this.state === 'count') {
      this.fieldsLeft = this.small.readInt16BE();
      this.row = [];
      if (this.fieldsLeft < 0) this.state = 'end';
      else this.nextField();
    } else {
      const length = this.small.readInt32BE();
      if (length === NULL_LENGTH) throw new Error('A null where none can be');
      this.field = Buffer.allocUnsafeSlow(length);
      this.fieldFilled = 0;
      this.state = 'field';
      if (length === 0) this.endField();
    }
  }

  private endField(): void {
    this.row.push(this.field);
    this.fieldsLeft--;
    this.nextField();
  }

  private nextField(): void {
    if (this.fieldsLeft > 0) {
      this.state = 'length';
      this.smallWanted = 4;
      return;
    }
    this.onRow(this.row);
    this.expectCount();
  }

  private expectCount(): void {
    this.state = 'count';
    this.smallWanted = 2;
  }
}
