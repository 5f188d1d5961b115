import type { RunView } from '@fedseal/protocol/rest';
import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useRuns } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { Card, PageTitle } from '../../ui/parts.js';
import { Empty, Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';

export function ModelsPage() {
  const { t } = useSpeech();
  const runs = useRuns();
  return (
    <>
      <PageTitle>{t('models.title')}</PageTitle>
      <Card title={t('models.newest')}>
        <Read of={runs}>
          {({ pages }) => {
            const all = pages.flatMap((page) => page.runs);
            return all.length === 0 ? <Empty title={t('overview.noRun')} /> : (
              <>
                <Table runs={all} />
                {runs.hasNextPage && <Button className="quiet" onPress={() => void runs.fetchNextPage()}>{t('state.more')}</Button>}
              </>
            );
          }}
        </Read>
      </Card>
    </>
  );
}

function Table({ runs }: { runs: readonly RunView[] }) {
  const { t, n, percent } = useSpeech();
  const columns: Column<RunView>[] = [
    { name: t('round.model'), share: 2, cell: ({ model }) => <Hash value={model.sha256} to={`/models/${model.sha256}`} /> },
    { name: t('runs.run'), share: 1.5, cell: ({ run }) => <Link href={`/runs/${run}`}>{run}</Link> },
    { name: t('runs.rounds'), share: 0.8, align: 'end', cell: ({ closed }) => n(closed) },
    { name: t('worker.accuracy'), share: 1, align: 'end', cell: ({ measured }) => percent((measured?.central ?? measured?.federated)?.accuracy) },
    { name: t('round.file'), share: 1.2, align: 'end', cell: ({ model }) => t('models.bytes', { n: n(model.bytes) }) },
    { name: t('models.download'), share: 1.2, cell: ({ run, model }) => <a href={`/v1/blobs/${model.sha256}`} download={`${run}.safetensors`}>safetensors</a> },
  ];
  return <VirtualTable label={t('models.newest')} rows={runs} columns={columns} keyOf={({ run }) => run} />;
}
