import { parseArgs } from 'node:util';
import { BACKENDS } from '../config/arguments.js';
import { readConfig } from '../config/config.js';
import { candidatesOf, type BackendChoice } from '../trainer/backends/choose-backend.js';
import { WorkerError } from '../worker-error.js';
import { judge, type Finding, type Probe } from './findings.js';
import { machineFacts } from './machine-facts.js';
import { reportText } from './report-text.js';
import { runProbe } from './run-probe.js';

export const DOCTOR_HELP = `Usage: fedseal worker doctor [options]

Tries every backend in the order a worker does, measures those that work, and says why the others do not.

  --backend NAME      what to look at: auto, wasm, webgpu, tfjs-node or cpu (default: auto)
  --format text|json  what is printed on standard output (default: text)
  -h, --help          this text

images/s: forward, backward and Adam of the 3×3×32 CNN on 28×28 images. FEDSEAL_TFJS_NODE names the folder of a
@tensorflow/tfjs-node that was installed elsewhere.

Exit status: 0 a worker started with this --backend would train, 1 it would not, 2 wrong usage.
`;

/**
 * `fedseal worker doctor`.
 * @returns the exit status
 * @throws WorkerError `usage.*`
 */
export async function runDoctor(argv: readonly string[], write: (text: string) => void, probe: (backend: string) => Promise<Probe> = runProbe): Promise<number> {
  const { help, backend, format } = readFlags(argv);
  if (help) {
    write(DOCTOR_HELP);
    return 0;
  }
  const facts = await machineFacts();
  const probes: [string, Probe][] = [];
  // One after the other: beside each other they would slow each other down.
  for (const { name } of candidatesOf(backend, readConfig().tfjsNodeFolder)) probes.push([name, await probe(name)]);
  const findings = judge(probes, backend === 'auto');
  const chosen: Finding | undefined = findings.find(({ state }) => state === 'chosen');
  const result = { asked: backend, chosen: chosen?.backend ?? null, backends: findings, machine: facts };
  write(format === 'json' ? `${JSON.stringify(result)}\n` : reportText(backend, facts, findings));
  return chosen ? 0 : 1;
}

function readFlags(argv: readonly string[]): { help: boolean; backend: BackendChoice; format: 'text' | 'json' } {
  let values;
  try {
    values = parseArgs({
      args: [...argv],
      options: { backend: { type: 'string', default: 'auto' }, format: { type: 'string', default: 'text' }, help: { type: 'boolean', short: 'h', default: false } },
    }).values;
  } catch (cause) {
    throw new WorkerError('usage.flag', `${(cause as Error).message.split('. ')[0]}. See --help.`, { cause });
  }
  const { help, format } = values;
  const backend = BACKENDS.find((each) => each === values.backend);
  if (backend === undefined) throw new WorkerError('usage.backend', `--backend takes ${BACKENDS.join(', ')}; not "${values.backend}".`);
  if (format !== 'text' && format !== 'json') throw new WorkerError('usage.format', `--format takes text, json; not "${format}".`);
  return { help, backend, format };
}
