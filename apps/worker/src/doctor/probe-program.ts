import { readConfig } from '../config/config.js';
import { candidatesOf } from '../trainer/backends/choose-backend.js';
import { probeBackend } from './probe-backend.js';

/** `node probe-program.js BACKEND`: one `Probe` as JSON on standard output. A process of its own: a driver may crash it. */
const name = process.argv[2];
const backend = candidatesOf('auto', readConfig().tfjsNodeFolder).find((each) => each.name === name);
if (!backend) throw new Error(`There is no backend ${name}.`);
// Plain JavaScript takes a tenth of a second an image.
const batchSize = backend.name === 'cpu' ? 4 : 64;
const probe = await probeBackend(backend, { batchSize, measureMs: 1000, nowMs: () => performance.now() });
// Ends here whatever a driver's threads still do.
process.stdout.write(JSON.stringify(probe), () => process.exit());
