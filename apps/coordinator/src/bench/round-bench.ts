import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { JsonLogger } from '../observability/logger.js';
import { measureRoundOverhead } from './round-overhead.js';

/** `node apps/coordinator/dist/bench/round-bench.js [--format text|json] [--rounds N]`: rows on standard output. */
const { values } = parseArgs({ options: { format: { type: 'string', default: 'text' }, rounds: { type: 'string', default: '24' } } });
// Standard output belongs to the rows.
Logger.overrideLogger(new JsonLogger('warn'));
const ended = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort(new Error(`Ended by ${name}; nothing was measured.`)));
const rows = await measureRoundOverhead({ workers: 4, rounds: Number(values.rounds), warmUp: 4, signal: ended.signal });
if (values.format === 'json') process.stdout.write(`${JSON.stringify(rows)}\n`);
else for (const { name, value, unit, against, ratio } of rows) console.log(`${name}: ${value.toFixed(1)} ${unit}, ${ratio?.toFixed(2)} × ${against}`);
