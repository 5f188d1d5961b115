import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { JsonLogger } from '../observability/logger.js';
import { measureAppends } from './append-rate.js';

/** `node apps/coordinator/dist/bench/append-bench.js [--format text|json] [--leaves N] [--batch N]`: one row on standard output. */
const { values } = parseArgs({
  options: { format: { type: 'string', default: 'text' }, leaves: { type: 'string', default: '8192' }, batch: { type: 'string', default: '512' } },
});
// Standard output belongs to the rows.
Logger.overrideLogger(new JsonLogger('warn'));
const rows = await measureAppends({ leaves: Number(values.leaves), batch: Number(values.batch), singles: 256 });
if (values.format === 'json') process.stdout.write(`${JSON.stringify(rows)}\n`);
else for (const { name, value, unit, against, ratio } of rows) console.log(`${name}: ${value.toFixed(0)} ${unit}, ${ratio?.toFixed(2)} × ${against}`);
