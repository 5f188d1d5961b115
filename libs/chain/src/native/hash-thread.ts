/// <reference types="node" />
import { parentPort } from 'node:worker_threads';
import { hashTries, oneShotDigest, rateOf } from './search-variants.js';

/** The entry of a thread that measures native hashing for `benchThreads`: a duration in, hashes per second out. */

if (!parentPort) throw new Error('hash-thread is started by benchThreads, as a worker thread.');
const port = parentPort;
const variant = hashTries(oneShotDigest);

port.on('message', (durationMs: number) => port.postMessage(rateOf(variant, durationMs)));
