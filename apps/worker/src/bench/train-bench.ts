import { parseArgs } from 'node:util';
import { measureTraining } from './measure-training.js';

/** `node apps/worker/dist/bench/train-bench.js [--format text|json] [--turns N]`: rows on standard output. */
const { values } = parseArgs({ options: { format: { type: 'string', default: 'text' }, turns: { type: 'string', default: '5' } } });
const rows = await measureTraining({ turns: Number(values.turns), stepsPerTurn: 40 });
if (values.format === 'json') process.stdout.write(`${JSON.stringify(rows)}\n`);
else for (const { name, value, unit, against, ratio } of rows) console.log(`${name}: ${value.toFixed(0)} ${unit}, ${ratio.toFixed(0)} × ${against}`);
