/** Gives every client a folder with its own examples, so that both systems train on the very same ones. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Client c gets the examples c, c + clients, c + 2 · clients, …: MNIST lies in random order, so that is a split IID.
 * @param {string} source folder with MNIST's four files, gzipped or not
 * @param {string} target folder for client-0, client-1, … and, beside them, the test set
 */
export function splitIdx(source, target, clients) {
  const [images, labels] = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'].map((name) => readIdx(source, name));
  for (let client = 0; client < clients; client++) {
    const folder = join(target, `client-${client}`);
    mkdirSync(folder, { recursive: true });
    const chosen = Array.from({ length: Math.floor((labels.count - client - 1) / clients) + 1 }, (_, i) => client + i * clients);
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), pick(images, chosen));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), pick(labels, chosen));
  }
  for (const name of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) writeFileSync(join(target, name), readIdx(source, name).bytes);
}

function readIdx(folder, name) {
  const plain = join(folder, name);
  const bytes = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  const header = 4 + 4 * bytes[3];
  const count = bytes.readUInt32BE(4);
  return { bytes, header, count, size: (bytes.length - header) / count };
}

function pick({ bytes, header, size }, chosen) {
  const head = Buffer.from(bytes.subarray(0, header));
  head.writeUInt32BE(chosen.length, 4);
  return Buffer.concat([head, ...chosen.map((at) => bytes.subarray(header + at * size, header + (at + 1) * size))]);
}
