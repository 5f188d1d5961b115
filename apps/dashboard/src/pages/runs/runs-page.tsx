import type { RunView } from '@fedseal/protocol/rest';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useRounds, useRuns } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { Card, PageTitle } from '../../ui/parts.js';
import { Empty, Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { RunCurves } from './run-curves.js';
import { RunStatus } from './run-status.js';

/** As many curves as colours. */
const MOST_COMPARED = 3;

export function RunsPage() {
  const { t } = useSpeech();
  const runs = useRuns();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  return (
    <>
      <PageTitle>{t('runs.title')}</PageTitle>
      <Read of={runs}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.runs);
          if (all.length === 0) return <Card title={t('runs.title')}><Empty title={t('overview.noRun')}><p><code>{t('overview.noRunHint')}</code></p></Empty></Card>;
          return (
            <>
              <Card title={t('state.all', { n: all.length })}>
                <RunTable runs={all} chosen={chosen} onChoose={setChosen} />
                {runs.hasNextPage && <Button className="quiet" onPress={() => void runs.fetchNextPage()}>{t('state.more')}</Button>}
              </Card>
              <Card title={t('overview.curves')} aside={<span className="note">{t('runs.compareHint')}</span>}>
                <Compared names={chosen.length === 0 ? [(all[0] as RunView).run] : chosen} />
              </Card>
            </>
          );
        }}
      </Read>
    </>
  );
}

interface TableProps {
  readonly runs: readonly RunView[];
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

function RunTable({ runs, chosen, onChoose }: TableProps) {
  const { t, n, shortDate, percent } = useSpeech();
  const toggle = (run: string) => onChoose(chosen.includes(run) ? chosen.filter((one) => one !== run) : [...chosen, run].slice(-MOST_COMPARED));
  const columns: Column<RunView>[] = [
    { name: t('runs.compare'), share: 1.4, cell: ({ run }) => <input type="checkbox" aria-label={t('runs.select', { run })} checked={chosen.includes(run)} onChange={() => toggle(run)} /> },
    { name: t('runs.run'), share: 2, cell: ({ run }) => <Link href={`/runs/${run}`}>{run}</Link> },
    { name: t('runs.status'), share: 1.6, cell: (run) => <RunStatus run={run} /> },
    { name: t('runs.rounds'), share: 1, align: 'end', cell: ({ closed, rounds }) => `${n(closed)} / ${n(rounds)}` },
    { name: t('worker.accuracy'), share: 1, align: 'end', cell: ({ measured }) => percent((measured?.central ?? measured?.federated)?.accuracy) },
    { name: t('runs.model'), share: 2, cell: ({ model }) => <Hash value={model.sha256} to={`/models/${model.sha256}`} /> },
    { name: t('runs.created'), share: 2, cell: ({ createdAtMs }) => shortDate(createdAtMs) },
  ];
  return <VirtualTable label={t('runs.title')} rows={runs} columns={columns} keyOf={({ run }) => run} />;
}

function Compared({ names }: { names: readonly string[] }) {
  // Hooks may not come and go: always as many readings as can be compared, unused ones asleep.
  const readings = [useRounds(names[0]), useRounds(names[1]), useRounds(names[2])];
  return <RunCurves runs={names.map((run, i) => ({ run, rounds: readings[i]?.data ?? [] }))} />;
}
