import { encodeReceipt } from '@fedseal/chain/receipt/receipt';
import type { Receipt } from '@fedseal/chain/receipt/receipt';
import type { Response } from 'express';
import { REVALIDATE } from './caching.js';

/** Answers with the file itself, canonical JSON: what is saved from here is what verifies. */
export function sendReceipt(response: Response, receipt: Receipt): void {
  // The next block brings a newer checkpoint, and the tip its link.
  response.set('Cache-Control', REVALIDATE).type('application/json').send(Buffer.from(encodeReceipt(receipt)));
}
