import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useContributors, useFederation, useLeaf } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { Card, Facts, PageTitle } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';
import { LinkedHeader } from './linked-header.js';
import { Payload } from './payload.js';

export function LeafPage({ index }: { index: string }) {
  const { t, n } = useSpeech();
  const operator = useFederation().data?.operator.keyId;
  const names = new Map(useContributors().data?.pages.flatMap(({ contributors }) => contributors).map(({ keyId, name }) => [keyId, name]));
  return (
    <Read of={useLeaf(index)}>
      {(leaf) => (
        <>
          <PageTitle aside={<a className="button quiet" href={`/v1/leaves/${leaf.index}/receipt`} download={`receipt-${leaf.index}.json`}>{t('chain.receipt')}</a>}>
            {t('chain.leaf', { index: n(leaf.index) })} · {leaf.kind}
          </PageTitle>
          <Card title={t('chain.tree')}>
            <Facts rows={[
              [t('chain.kind'), <code key="k">{leaf.kind}</code>],
              [t('chain.hash'), <Hash key="h" value={leaf.hash} whole />],
              [t('round.block'), <Link key="b" href={`/chain/blocks/${leaf.block}`}>#{n(leaf.block)}</Link>],
            ]} />
          </Card>
          <Card title={t('chain.payload')}>{leaf.kind === 'block.link' && typeof leaf.payload === 'string' ? <LinkedHeader hex={leaf.payload} /> : <Payload value={leaf.payload} />}</Card>
          <Card title={t('chain.signatures')}>
            {leaf.signatures.length === 0 ? <p className="note">{t('chain.unsigned')}</p> : (
              <Facts rows={leaf.signatures.map(({ keyId, signature }) => [
                keyId === operator ? t('run.operator') : (names.get(keyId) ?? keyId.slice(0, 10)),
                <span key={keyId}><Hash value={keyId} to={names.has(keyId) ? `/contributors/${keyId}` : undefined} /> <Hash value={signature} /></span>,
              ])} />
            )}
          </Card>
        </>
      )}
    </Read>
  );
}
