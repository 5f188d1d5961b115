import type { RunDetail } from '@fedseal/protocol/rest';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useLive } from '../../live/live-context.js';
import { Badge, Bar, Card } from '../../ui/parts.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { Empty, Loading } from '../../ui/states.js';
import { RunStatus } from '../runs/run-status.js';
import { TONE_OF, type InvitedWorker, type RoundStatus, type RoundSteps } from './round-status.js';

const STEPS: readonly (keyof RoundSteps)[] = ['invite', 'train', 'aggregate', 'evaluate', 'seal'];

/** The running round: its steps, and every invited worker as it goes. */
export function RoundCard({ run, status }: { run: RunDetail | undefined; status: RoundStatus | undefined }) {
  const { t, n } = useSpeech();
  const { sealing } = useLive();
  if (run === undefined) return <Card title={t('nav.runs')}><Loading /></Card>;
  const isRunning = run.status === 'running';
  const quorum = run.planDocument.policy.quorum;
  return (
    <Card
      title={status === undefined ? run.run : `${run.run} · ${t('overview.round', { round: n(status.round), rounds: n(run.rounds) })}`}
      aside={<span className="row"><RunStatus run={run} /><Link href={status === undefined ? `/runs/${run.run}` : `/runs/${run.run}/rounds/${status.round}`}>{t('round.provenance')}</Link></span>}
    >
      {status === undefined ? <Empty title={t('overview.waiting')} /> : (
        <>
          <ol className="steps" aria-label={t('overview.steps')}>
            {STEPS.map((step) => (
              <li key={step} data-state={status.steps[step]}><strong>{t(`step.${step}`)}</strong><small>{t(`step.${status.steps[step]}`)}</small></li>
            ))}
          </ol>
          <p className="note">
            {t('overview.quorum', { got: n(status.accepted), invited: n(status.invited.length), quorum: n(quorum) })}
            {status.attempt > 1 && ` · ${t('overview.attempt', { n: n(status.attempt) })}`}
            {isRunning && status.steps.train === 'now' && <> · <Deadline atMs={status.deadlineAtMs} /></>}
            {sealing && ` · ${t('overview.sealing', { height: n(sealing.height), leaves: n(sealing.leaves) })}`}
          </p>
          <Workers invited={status.invited} />
        </>
      )}
    </Card>
  );
}

function Deadline({ atMs }: { atMs: number }) {
  const { t, n } = useSpeech();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((atMs - now) / 1000);
  if (seconds <= 0) return <span>{t('overview.deadlinePassed')}</span>;
  return <span>{t('overview.deadline', { s: seconds < 120 ? `${n(seconds)} s` : `${n(Math.round(seconds / 60))} min` })}</span>;
}

function Workers({ invited }: { invited: readonly InvitedWorker[] }) {
  const { t, n, fixed, percent } = useSpeech();
  const columns: Column<InvitedWorker>[] = [
    { name: t('worker.name'), share: 2, cell: ({ contributor, name }) => <Link href={`/contributors/${contributor}`}>{name}</Link> },
    { name: t('worker.state'), share: 2, cell: ({ state, reason }) => <Badge tone={TONE_OF[state]}>{t(`phase.${state}`, { reason: reason ?? '' })}</Badge> },
    { name: t('worker.progress'), share: 2, cell: ({ state, done, name }) => <Bar value={done} label={`${name}: ${t('worker.progress')}`} tone={TONE_OF[state]} /> },
    { name: t('worker.speed'), share: 1, align: 'end', cell: ({ imagesPerSecond }) => (imagesPerSecond === undefined ? '–' : n(Math.round(imagesPerSecond))) },
    { name: t('worker.loss'), share: 1, align: 'end', cell: ({ loss }) => fixed(loss, 4) },
    { name: t('worker.accuracy'), share: 1, align: 'end', cell: ({ accuracy }) => percent(accuracy) },
  ];
  return <VirtualTable label={t('overview.workers')} rows={invited} columns={columns} keyOf={({ contributor }) => contributor} />;
}
