import { stat } from 'node:fs/promises';
import { CliError, EXIT } from '../cli-error.js';
import { readBytes } from './bundle-folder.js';
import { exportSource, openExport } from './chain-export.js';
import type { ChainSource } from './chain-source.js';
import { HttpReader } from './http-reader.js';
import { RemoteChain } from './remote-chain.js';

/** What `fedseal verify` was asked about. */
export type Target =
  | { readonly kind: 'chain'; readonly source: ChainSource }
  | { readonly kind: 'evidence'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'model'; readonly path: string; readonly bytes: Uint8Array };

/** A chain by address, folder or file. @throws CliError `url.invalid`, `export.missing` */
export async function openChain(place: string): Promise<ChainSource> {
  return isAddress(place) ? new RemoteChain(new HttpReader(place)) : exportSource(await openExport(place));
}

/** Tells by the bytes, not the name, what a file is. @throws CliError `verify.unknown`, `export.missing`, `export.unreadable` */
export async function readTarget(target: string): Promise<Target> {
  if (isAddress(target) || (await stat(target).catch(() => undefined))?.isDirectory()) return { kind: 'chain', source: await openChain(target) };
  const bytes = await readBytes(target);
  if (bytes === undefined) throw new CliError('export.missing', `There is nothing to read at ${target}. Name an export, a chain file, a receipt, a model or an address.`, EXIT.environment);
  if (isSafetensors(bytes) || target.endsWith('.safetensors')) return { kind: 'model', path: target, bytes };
  if (bytes[0] === 0x7b) return { kind: 'evidence', path: target, bytes };
  if (bytes.subarray(0, 8).toString('latin1') === 'FSLCHAIN' || target.endsWith('.fsl')) return { kind: 'chain', source: await openChain(target) };
  throw new CliError('verify.unknown', `${target} is no chain file, no receipt and no safetensors model. Name one of these, an exported folder or an address.`, EXIT.usage);
}

function isAddress(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

/** A length below 2^24 and a JSON object; no JSON file has NUL bytes there. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === 0x7b && bytes.subarray(3, 8).every((byte) => byte === 0);
}
