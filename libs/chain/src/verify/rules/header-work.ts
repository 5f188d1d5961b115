import { toHex } from '../../bytes.js';
import type { Header } from '../../header/header.js';
import { meetsTarget } from '../../pow/target.js';
import type { Difficulty } from '../../pow/target.js';
import { demand } from '../rule.js';

/** The difficulty is what the headers below ask for, and the hash meets it: `2^k · hash < m · 2^224`. */
export function demandWork(header: Header, hash: Uint8Array, asked: Difficulty): void {
  const { k, m } = header;
  demand(k === asked.k && m === asked.m, 'header.difficulty', `The difficulty must be k = ${asked.k}, m = ${asked.m}, not k = ${k}, m = ${m}.`);
  demand(meetsTarget(hash, k, m), 'header.work', `The hash ${toHex(hash)} does not meet its own target.`);
}
