import type { RoundView } from '@fedseal/protocol/rest';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useRounds, useRun } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { LeafLink } from '../../ui/leaf-link.js';
import { Badge, Card, Facts, PageTitle, type Tone } from '../../ui/parts.js';
import { Empty, Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { OperatorPanel } from './operator-panel.js';
import { figuresOf, RunCurves } from './run-curves.js';
import { RunStatus } from './run-status.js';

export const ROUND_TONES: Record<RoundView['status'], Tone> = { open: 'busy', closed: 'good', failed: 'bad' };

export function RunPage({ run: name }: { run: string }) {
  const { t, n, date, percent } = useSpeech();
  const rounds = useRounds(name);
  return (
    <Read of={useRun(name)}>
      {(run) => (
        <>
          <PageTitle aside={<RunStatus run={run} />}>{run.run}</PageTitle>
          <div className="grid">
            <Card title={t('runs.run')} className="half">
              <Facts rows={[
                [t('runs.rounds'), `${n(run.closed)} / ${n(run.rounds)}`],
                [t('runs.created'), date(run.createdAtMs)],
                run.endedAtMs === null ? undefined : [t('run.ended'), date(run.endedAtMs)],
                [t('runs.model'), <Hash key="m" value={run.model.sha256} to={`/models/${run.model.sha256}`} />],
                [t('run.best'), <Best key="b" rounds={rounds.data ?? []} />],
                ['run.create', <LeafLink key="c" leaf={run.created} />],
                run.ended === null ? undefined : ['run.end', <LeafLink key="e" leaf={run.ended} />],
                [t('run.plan'), <Hash key="p" value={run.plan.sha256} />],
              ]} />
              <details><summary>{t('run.plan')}</summary><pre>{JSON.stringify(run.planDocument, null, 2)}</pre></details>
            </Card>
            <Card title={t('overview.curves')} className="half"><Read of={rounds}>{(all) => <RunCurves runs={[{ run: name, rounds: all }]} />}</Read></Card>
          </div>
          <Card title={t('runs.rounds')}>
            <Read of={rounds}>{(all) => (all.length === 0 ? <Empty title={t('overview.waiting')} /> : <Rounds run={name} rounds={all} percent={percent} />)}</Read>
          </Card>
          <OperatorPanel run={run} />
        </>
      )}
    </Read>
  );
}

function Best({ rounds }: { rounds: readonly RoundView[] }) {
  const { n, percent } = useSpeech();
  const best = rounds.reduce<RoundView | undefined>((top, round) => ((figuresOf(round)?.accuracy ?? -1) > ((top && figuresOf(top)?.accuracy) ?? -1) ? round : top), undefined);
  if (best === undefined) return <>–</>;
  return <><Link href={`/runs/${best.run}/rounds/${best.round}`}>{n(best.round)}</Link> · {percent(figuresOf(best)?.accuracy)}</>;
}

function Rounds({ run, rounds, percent }: { run: string; rounds: readonly RoundView[]; percent: (value: number | null | undefined) => string }) {
  const { t, n, fixed } = useSpeech();
  const columns: Column<RoundView>[] = [
    { name: t('round.round'), share: 1.4, cell: ({ round, attempt }) => <><Link href={`/runs/${run}/rounds/${round}`}>{n(round)}</Link>{attempt > 1 && ` · ${t('overview.attempt', { n: attempt })}`}</> },
    { name: t('runs.status'), share: 1.2, cell: ({ status }) => <Badge tone={ROUND_TONES[status]}>{t(`status.${status}`)}</Badge> },
    { name: t('round.accepted'), share: 1, align: 'end', cell: ({ accepted, invited }) => `${n(accepted)} / ${n(invited)}` },
    { name: t('round.refused'), share: 1, align: 'end', cell: ({ refused }) => n(refused) },
    { name: t('round.silent'), share: 1, align: 'end', cell: ({ silent }) => n(silent) },
    { name: t('worker.accuracy'), share: 1.2, align: 'end', cell: (round) => percent(figuresOf(round)?.accuracy) },
    { name: t('worker.loss'), share: 1, align: 'end', cell: (round) => fixed(figuresOf(round)?.loss, 4) },
    { name: t('round.model'), share: 2.2, cell: ({ model }) => (model === null ? '–' : <Hash value={model.sha256} to={`/models/${model.sha256}`} />) },
    { name: t('round.block'), share: 1, cell: ({ closed }) => (closed?.sealed ? <Link href={`/chain/blocks/${closed.sealed.height}`}>#{n(closed.sealed.height)}</Link> : '–') },
  ];
  return <VirtualTable label={t('runs.rounds')} rows={rounds.toReversed()} columns={columns} keyOf={({ round, attempt }) => `${round}/${attempt}`} />;
}
