import type { Command } from 'commander';
import type { RoundView, RunDetail, RunView } from '@fedseal/protocol/rest';
import { ApiClient } from '../api/api-client.js';
import { readConfig } from '../config/cli-config.js';
import { readPlan } from '../plan/read-plan.js';
import { runCommand, withFormat } from './command.js';

interface RunFlags {
  readonly format: 'text' | 'json';
  readonly home?: string;
  readonly url?: string;
  readonly final?: boolean;
}

/** `fedseal run …`: what an operator does with runs. */
export function runCommands(program: Command): void {
  const run = program.command('run').description('create, list, follow and stop runs');
  const sub = (name: string, description: string) =>
    withFormat(run.command(name).description(description).option('--home <dir>', 'data folder of the federation').option('--url <url>', 'the coordinator\'s address'));

  sub('create', 'create a run from a plan (YAML or JSON)')
    .argument('<plan>', 'the plan\'s file')
    .action((file: string, flags: RunFlags) => withApi(flags, async (api, out) => {
      const created = await api.post<RunView>('/v1/runs', await readPlan(file));
      out.result(created);
      out.line(describeRun(created));
    }));

  sub('list', 'list runs, newest first').action((flags: RunFlags) => withApi(flags, async (api, out) => {
    const { runs } = await api.get<{ runs: RunView[] }>('/v1/runs');
    out.result(runs);
    if (runs.length === 0) out.line('There is no run yet. Create one with `fedseal run create PLAN`.');
    for (const view of runs) out.line(describeRun(view));
  }));

  sub('show', 'show one run and its rounds').argument('<run>').action((name: string, flags: RunFlags) => withApi(flags, async (api, out) => {
    const detail = await api.get<RunDetail>(`/v1/runs/${encodeURIComponent(name)}`);
    const { rounds } = await api.get<{ rounds: RoundView[] }>(`/v1/runs/${encodeURIComponent(name)}/rounds`);
    out.result({ ...detail, roundRecords: rounds });
    out.line(describeRun(detail));
    for (const round of rounds) out.line(describeRound(round));
  }));

  sub('stop', 'hold a run; with --final end it for good')
    .argument('<run>')
    .option('--final', 'end the run; it cannot be resumed')
    .action((name: string, flags: RunFlags) => withApi(flags, async (api, out) => {
      const view = await api.post<RunView>(`/v1/runs/${encodeURIComponent(name)}/stop`, { final: flags.final ?? false });
      out.result(view);
      out.line(describeRun(view));
    }));

  sub('resume', 'go on with a run that is held').argument('<run>').action((name: string, flags: RunFlags) => withApi(flags, async (api, out) => {
    const view = await api.post<RunView>(`/v1/runs/${encodeURIComponent(name)}/resume`);
    out.result(view);
    out.line(describeRun(view));
  }));
}

function withApi(flags: RunFlags, command: (api: ApiClient, out: Parameters<Parameters<typeof runCommand>[1]>[0]) => Promise<void>): Promise<void> {
  const config = readConfig();
  return runCommand(flags, async (out) =>
    command(await ApiClient.connect({ ...config, home: flags.home ?? config.home, url: flags.url ?? config.url }), out),
  );
}

function describeRun(view: RunView): string {
  const held = view.phase === 'paused' ? ', held' : '';
  return `${view.run}  ${view.status}${held}  round ${Math.min(view.round, view.rounds)}/${view.rounds}, ${view.closed} closed  model ${view.model.sha256.slice(0, 16)}${view.reason ? `  (${view.reason})` : ''}`;
}

function describeRound(round: RoundView): string {
  const { central, federated } = round.measured;
  const accuracy = [
    central?.accuracy == null ? '' : `  accuracy ${central.accuracy}`,
    federated?.accuracy == null ? '' : `  on ${federated.evaluators} hold-outs ${federated.accuracy.toFixed(6)}`,
  ].join('');
  const block = round.closed?.sealed ? `  block ${round.closed.sealed.height}` : '';
  return `  round ${round.round}.${round.attempt} ${round.status}  invited ${round.invited}, accepted ${round.accepted}, refused ${round.refused}, silent ${round.silent}${accuracy}${block}`;
}
