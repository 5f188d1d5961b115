import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useProvenance, useRun } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { LeafLink } from '../../ui/leaf-link.js';
import { Badge, Card, Facts, PageTitle } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';
import { ProvenancePicture } from './provenance-picture.js';
import { ROUND_TONES } from './run-page.js';
import { ContributionTable } from './contribution-table.js';

/** One round as a record. */
export function RoundPage({ run, round }: { run: string; round: number }) {
  const { t, n, date } = useSpeech();
  const last = useRun(run).data?.round ?? 0;
  return (
    <Read of={useProvenance(run, round)}>
      {(record) => (
        <>
          <PageTitle aside={<span className="row">
            {round > 1 && <Link href={`/runs/${run}/rounds/${round - 1}`}>← {t('round.previous')}</Link>}
            <Badge tone={ROUND_TONES[record.status]}>{t(`status.${record.status}`)}</Badge>
            {round < last && <Link href={`/runs/${run}/rounds/${round + 1}`}>{t('round.next')} →</Link>}
          </span>}>
            {t('round.title', { run, round: n(round) })}
          </PageTitle>
          <p className="note"><Link href={`/runs/${run}`}>{run}</Link> · {date(record.openedAtMs)}{record.attempt > 1 && ` · ${t('overview.attempt', { n: record.attempt })}`}</p>
          <Card title={t('round.provenance')}><ProvenancePicture record={record} /></Card>
          <Card title={t('round.contributors')} aside={<span className="note">{t('round.invited', { n: n(record.invited) })}</span>}>
            <ContributionTable record={record} />
          </Card>
          <Card title={t('round.sealed')}>
            <Facts rows={[
              ['round.open', <LeafLink key="o" leaf={record.opened} />],
              ['round.close', <LeafLink key="c" leaf={record.closed} />],
              [t('round.base'), <Hash key="b" value={record.base.sha256} to={`/models/${record.base.sha256}`} whole />],
              record.model === null ? undefined : [t('round.model'), <Hash key="m" value={record.model.sha256} to={`/models/${record.model.sha256}`} whole />],
              record.model === null ? undefined : [t('round.tensorRoot'), <Hash key="t" value={record.model.tensorRoot} whole />],
              record.weights === null ? undefined : [t('round.weights'), <Hash key="w" value={record.weights} whole />],
              ...record.evaluations.map(({ evaluator, name, leaf }) => [`${t('round.evaluation')}: ${name}`, <LeafLink key={evaluator} leaf={leaf} />] as const),
            ]} />
          </Card>
        </>
      )}
    </Read>
  );
}
