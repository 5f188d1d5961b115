import type { Header } from '../header/header.js';

/** A header with the bytes it was read from and their hash. */
export interface PlacedHeader {
  readonly header: Header;
  /** 176 bytes */
  readonly bytes: Uint8Array;
  /** 32 bytes */
  readonly hash: Uint8Array;
}
