import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { resolvePreset } from '@fedseal/model/layers/resolve-preset';
import { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import { findByCoordinator } from '../model/find-by-coordinator.js';
import { findInExport } from '../model/find-in-export.js';
import type { FoundModel } from '../model/found-model.js';
import { FORMATS, writeExport, type ExportFormat } from '../model/write-export.js';
import { runCommand, withFormat } from './command.js';
import { readPlan } from '../plan/read-plan.js';

interface ModelFlags {
  readonly run?: string;
  readonly round?: string;
  readonly from?: string;
  readonly file?: string;
  readonly plan?: string;
  readonly to: ExportFormat;
  readonly out: string;
  readonly home?: string;
  readonly url?: string;
  readonly format: 'text' | 'json';
}

/** `fedseal model …`: takes models to other programs. */
export function modelCommands(program: Command): void {
  const model = program.command('model').description('take models to other programs');
  withFormat(
    model
      .command('export')
      .description('write a model for TensorFlow.js, Keras or PyTorch, or its sealed file as it is')
      .option('--run <name>', 'the run whose model it is')
      .option('--round <n>', 'the round that made it; 0 is the initial model (default: the newest)')
      .option('--from <dir>', 'a folder that `fedseal export` wrote, verified first; without it a running coordinator is asked')
      .option('--file <path>', 'a model.safetensors of its own, with --plan instead of --run')
      .option('--plan <path>', 'the plan whose layers the file belongs to')
      .addOption(new Option('--to <kind>', 'what to write').choices(FORMATS).makeOptionMandatory())
      .requiredOption('--out <path>', 'a new folder; for safetensors a new file')
      .option('--home <dir>', 'data folder of the federation')
      .option('--url <url>', "the coordinator's address"),
  ).action((flags: ModelFlags) => runCommand(flags, async (out) => {
    const { files, provenance } = await writeExport(await find(flags), flags.to, flags.out);
    out.result({ files, provenance });
    for (const file of files) out.line(`wrote ${file}`);
    for (const [key, value] of Object.entries(provenance)) out.line(`  ${key.padEnd(18)} ${value}`);
  }));
}

async function find({ run, round, from, file, plan, home, url }: ModelFlags): Promise<FoundModel> {
  const number = round === undefined ? undefined : roundOf(round);
  if (file !== undefined || plan !== undefined) {
    if (file === undefined || plan === undefined || run !== undefined || number !== undefined || from !== undefined) {
      throw new CliError('usage.model', 'Name --file and --plan together and neither --run, --round nor --from beside them.', EXIT.usage);
    }
    const { model } = await readPlan(plan);
    return { spec: resolvePreset(model), file: await readModel(file), provenance: {} };
  }
  if (run === undefined) throw new CliError('usage.model', 'Say which model: --run NAME, or --file MODEL.safetensors with --plan PLAN.', EXIT.usage);
  if (from !== undefined) return findInExport(from, run, number);
  const config = readConfig();
  return findByCoordinator(await ApiClient.connect({ ...config, home: home ?? config.home, url: url ?? config.url }), run, number);
}

function roundOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError('usage.round', `--round takes a round counted from 1, or 0 for the initial model; not ${text}.`, EXIT.usage);
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new CliError('model.missing', `The model ${file} cannot be read. Name a safetensors file.`, EXIT.usage, { cause });
  }
}
