/** Runs one system inside the servers' namespace and writes what it measured: `node run-system.mjs SYSTEM OPTIONS FILE`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runFedseal } from './systems/fedseal.mjs';
import { runFlower } from './systems/flower.mjs';

const [system, options, file] = process.argv.slice(2);
/** Both directions of the cable to the clients. */
const bytes = () => {
  const line = readFileSync('/proc/net/dev', 'utf8').split('\n').find((text) => text.includes('fsb-server'));
  const numbers = line.split(':')[1].trim().split(/\s+/).map(Number);
  return { up: numbers[0], down: numbers[8] };
};
const parts = { ...JSON.parse(options), bytes };
const result = system === 'fedseal' ? await runFedseal(parts) : await runFlower(parts, { simulation: system === 'flower-simulation' });
writeFileSync(file, JSON.stringify(result));
process.exit(0);
