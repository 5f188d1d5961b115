import { ChainError } from '@fedseal/chain/chain-error';
import { Option, type Command } from 'commander';
import { CliError, EXIT } from '../cli-error.js';
import { createOutput, type Output } from '../output.js';

export function withFormat(command: Command): Command {
  return command.addOption(new Option('--format <format>', 'what standard output holds').choices(['text', 'json']).default('text'));
}

/** Runs a command and turns what it throws into one sentence, one JSON object and an exit status. */
export async function runCommand(flags: { format: 'text' | 'json' }, command: (out: Output) => Promise<number | void>): Promise<void> {
  const out = createOutput(flags.format);
  try {
    process.exitCode = (await command(out)) ?? EXIT.ok;
  } catch (error) {
    process.exitCode = report(out, error);
  }
}

function report(out: Output, error: unknown): number {
  if (error instanceof ChainError) {
    const { block, leaf } = error.location;
    out.result({ verified: false, rule: error.rule, message: error.message, block: block ?? null, leaf: leaf ?? null });
    const place = [block === undefined ? [] : [`block ${block}`], leaf === undefined ? [] : [`leaf ${leaf}`]].flat().join(', ');
    out.line(`DOES NOT VERIFY${place && ` at ${place}`}, rule ${error.rule}: ${error.message}`);
    return EXIT.refuted;
  }
  if (error instanceof CliError) {
    out.result({ error: { code: error.code, message: error.message } });
    out.note(`fedseal: ${error.message}`);
    return error.exitStatus;
  }
  throw error;
}
