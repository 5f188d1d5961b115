import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import type { Block } from '../../rest/ledger-views.js';
import { useBlock, useFederation } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { Card, Facts, PageTitle } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';

export function BlockPage({ id }: { id: string }) {
  const { t, n, date, fixed } = useSpeech();
  const newest = useFederation().data?.head.height ?? 0;
  return (
    <Read of={useBlock(id)}>
      {(block) => (
        <>
          <PageTitle aside={<span className="row">
            {block.height > 0 && <Link href={`/chain/blocks/${block.height - 1}`}>← {t('chain.previous')}</Link>}
            {block.height < newest && <Link href={`/chain/blocks/${block.height + 1}`}>{t('chain.nextBlock')} →</Link>}
          </span>}>
            {t('chain.block', { height: n(block.height) })}
          </PageTitle>
          <Card title={t('chain.hash')}>
            <Facts rows={[
              [t('chain.hash'), <Hash key="h" value={block.hash} whole />],
              [t('chain.previous'), <Hash key="p" value={block.previousHash} to={block.height > 0 ? `/chain/blocks/${block.height - 1}` : undefined} whole />],
              [t('chain.root'), <Hash key="r" value={block.treeRoot} whole />],
              [t('chain.leaves'), `${n(block.leafCount)} / ${n(block.treeSize)}`],
              [t('chain.rounds'), n(block.rounds)],
              [t('chain.rule'), <code key="w">2^{block.k} · hash &lt; {block.m} · 2^224</code>],
              [t('chain.work'), n(block.work)],
              [t('chain.tries'), n(block.tries)],
              [t('chain.seal'), `${fixed(block.sealSeconds, 3)} s`],
              [t('chain.found'), date(block.timestampMs)],
              [t('chain.finder'), <code key="f">{block.extraNonce}</code>],
              [t('chain.nonce'), <code key="n">{block.nonce}</code>],
            ]} />
            <details><summary>{t('chain.raw')}</summary><Hash value={block.raw} whole /></details>
          </Card>
          <Card title={`${t('chain.leaves')}: ${n(block.leaves.length)}`}><Leaves leaves={block.leaves} /></Card>
        </>
      )}
    </Read>
  );
}

function Leaves({ leaves }: { leaves: Block['leaves'] }) {
  const { t, n } = useSpeech();
  const columns: Column<Block['leaves'][number]>[] = [
    { name: t('chain.index'), share: 1, cell: ({ index }) => <Link href={`/chain/leaves/${index}`}>{n(index)}</Link> },
    { name: t('chain.kind'), share: 2, cell: ({ kind }) => <code>{kind}</code> },
    { name: t('chain.hash'), share: 3, cell: ({ hash, index }) => <Hash value={hash} to={`/chain/leaves/${index}`} /> },
  ];
  return <VirtualTable label={t('chain.leaves')} rows={leaves} columns={columns} keyOf={({ index }) => index} />;
}
