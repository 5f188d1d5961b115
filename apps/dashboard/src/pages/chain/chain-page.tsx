import { useMemo } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import type { BlockSummary } from '../../rest/ledger-views.js';
import { useBlocks, useFederation } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { LineChart } from '../../ui/line-chart.js';
import { Card, Facts, PageTitle } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { useHeaderFigures, type HeaderFigures } from './read-headers.js';
import { Search } from './search.js';

export function ChainPage() {
  const { t, n } = useSpeech();
  const blocks = useBlocks(200);
  return (
    <>
      <PageTitle>{t('chain.title')}</PageTitle>
      <Search />
      <Read of={useFederation()}>
        {({ chain, operator, head, counts }) => (
          <Card title={t('overview.head')}>
            <Facts rows={[
              [t('chain.id'), <Hash key="c" value={chain} whole />],
              [t('chain.operatorKey'), <Hash key="o" value={operator.keyId} whole />],
              [t('chain.block', { height: n(head.height) }), <Hash key="h" value={head.blockHash} to={`/chain/blocks/${head.height}`} whole />],
              [t('chain.root'), <Hash key="r" value={head.treeRoot} whole />],
              [t('overview.leaves'), `${n(counts.leaves)}, ${t('overview.waitingLeaves', { n: n(counts.waiting) })}`],
            ]} />
          </Card>
        )}
      </Read>
      <Read of={useHeaderFigures()}>{(figures) => <Plots figures={figures} />}</Read>
      <Read of={blocks}>
        {({ pages }) => (
          <Card title={t('overview.lastBlocks')}>
            <Blocks blocks={pages.flatMap((page) => page.blocks)} />
            {blocks.hasNextPage && <Button className="quiet" isDisabled={blocks.isFetchingNextPage} onPress={() => void blocks.fetchNextPage()}>{t('state.more')}</Button>}
          </Card>
        )}
      </Read>
    </>
  );
}

function Plots({ figures }: { figures: readonly HeaderFigures[] }) {
  const { t, n, fixed } = useSpeech();
  const xs = useMemo(() => figures.map(({ height }) => height), [figures]);
  const works = useMemo(() => [xs, figures.map(({ work }) => work)], [figures, xs]);
  const shares = useMemo(() => [xs, figures.map(({ share }) => share)], [figures, xs]);
  return (
    <div className="grid">
      <Card title={t('chain.difficulty')} className="half">
        <LineChart label={t('chain.difficulty')} xName={t('chain.height')} series={[{ name: t('chain.work'), format: (value) => n(Math.round(value)) }]} curve={works} height={180} />
      </Card>
      <Card title={t('chain.share')} className="half">
        <LineChart label={t('chain.share')} xName={t('chain.height')} series={[{ name: t('chain.share'), format: (value) => `${fixed(value * 100, 1)} %` }]} curve={shares} height={180} />
      </Card>
    </div>
  );
}

function Blocks({ blocks }: { blocks: readonly BlockSummary[] }) {
  const { t, n, shortDate, fixed } = useSpeech();
  const columns: Column<BlockSummary>[] = [
    { name: t('chain.height'), share: 0.8, cell: ({ height }) => <Link href={`/chain/blocks/${height}`}>#{n(height)}</Link> },
    { name: t('chain.hash'), share: 2, cell: ({ hash, height }) => <Hash value={hash} to={`/chain/blocks/${height}`} /> },
    { name: t('chain.leaves'), share: 0.8, align: 'end', cell: ({ leafCount }) => n(leafCount) },
    { name: t('chain.rounds'), share: 0.8, align: 'end', cell: ({ rounds }) => n(rounds) },
    { name: t('chain.work'), share: 1.2, align: 'end', cell: ({ work }) => n(work) },
    { name: t('chain.tries'), share: 1.2, align: 'end', cell: ({ tries }) => n(tries) },
    { name: t('chain.seal'), share: 0.9, align: 'end', cell: ({ sealSeconds }) => `${fixed(sealSeconds, 2)} s` },
    { name: t('chain.finder'), share: 1.2, cell: ({ extraNonce }) => <code title={extraNonce}>{extraNonce.slice(0, 8)}</code> },
    { name: t('chain.found'), share: 1.8, cell: ({ timestampMs }) => shortDate(timestampMs) },
  ];
  return <VirtualTable label={t('chain.title')} rows={blocks} columns={columns} keyOf={({ height }) => height} />;
}
