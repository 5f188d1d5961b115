import { toHex } from '../../bytes.js';
import { ChainError } from '../../chain-error.js';
import type { Header } from '../../header/header.js';
import type { Difficulty } from '../../pow/target.js';
import { isBelowTarget } from '../below-target.js';

/** The difficulty is what the headers below ask for, and the hash meets it: `2^k · hash < m · 2^224`. */
export function demandWork({ k, m }: Header, hash: Uint8Array, asked: Difficulty): void {
  if (k !== asked.k || m !== asked.m) {
    throw new ChainError('header.difficulty', `The difficulty must be k = ${asked.k}, m = ${asked.m}, not k = ${k}, m = ${m}.`);
  }
  if (!isBelowTarget(hash, k, m)) throw new ChainError('header.work', `The hash ${toHex(hash)} does not meet its own target.`);
}
