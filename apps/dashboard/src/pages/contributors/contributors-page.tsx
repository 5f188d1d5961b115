import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import type { ContributorView } from '../../rest/ledger-views.js';
import { useContributors } from '../../rest/queries.js';
import { Badge, Card, PageTitle } from '../../ui/parts.js';
import { Empty, Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { computeOf } from './compute.js';
import { LastSeen } from './last-seen.js';

export function ContributorsPage() {
  const { t, n } = useSpeech();
  const contributors = useContributors();
  return (
    <>
      <PageTitle aside={<Link href="/start-worker" className="button">{t('nav.startWorker')}</Link>}>{t('contributors.title')}</PageTitle>
      <Read of={contributors}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.contributors);
          if (all.length === 0) return <Card title={t('contributors.title')}><Empty title={t('contributors.none')}><p>{t('contributors.noneHint')}</p></Empty></Card>;
          return (
            <Card title={t('state.all', { n: n(all.length) })}>
              <Table contributors={all} />
              {contributors.hasNextPage && <Button className="quiet" onPress={() => void contributors.fetchNextPage()}>{t('state.more')}</Button>}
            </Card>
          );
        }}
      </Read>
    </>
  );
}

export function KeyStatus({ of: { revokedAtMs } }: { of: ContributorView }) {
  const { t, date } = useSpeech();
  return revokedAtMs === null ? <Badge tone="good">{t('contributors.valid')}</Badge> : <Badge tone="bad">{t('contributors.revoked', { date: date(revokedAtMs) })}</Badge>;
}

export function Presence({ of: { online } }: { of: ContributorView }) {
  const { t } = useSpeech();
  return <Badge tone={online ? 'good' : 'calm'}>{t(online ? 'contributors.online' : 'contributors.offline')}</Badge>;
}

function Table({ contributors }: { contributors: readonly ContributorView[] }) {
  const { t, n, shortDate } = useSpeech();
  const columns: Column<ContributorView>[] = [
    { name: t('contributors.name'), share: 1.6, cell: ({ keyId, name }) => <Link href={`/contributors/${keyId}`}>{name}</Link> },
    { name: t('contributors.role'), share: 1.1, cell: ({ role }) => t(`role.${role}`) },
    { name: t('worker.state'), share: 0.9, cell: (one) => <Presence of={one} /> },
    { name: t('contributors.key'), share: 0.9, cell: (one) => <KeyStatus of={one} /> },
    { name: t('contributors.device'), share: 2, cell: ({ resource }) => <span title={computeOf(resource)?.device}>{computeOf(resource)?.device ?? '–'}</span> },
    { name: t('contributors.backend'), share: 0.9, cell: ({ resource }) => computeOf(resource)?.backend ?? '–' },
    { name: t('contributors.speed'), share: 1.2, align: 'end', cell: ({ resource }) => speedOf(resource, n) },
    { name: t('contributors.seen'), share: 1.6, cell: ({ keyId }) => <LastSeen contributor={keyId} brief /> },
    { name: t('contributors.enrolled'), share: 1.6, cell: ({ enrolledAtMs }) => shortDate(enrolledAtMs) },
  ];
  return <VirtualTable label={t('contributors.title')} rows={contributors} columns={columns} keyOf={({ keyId }) => keyId} most={15} />;
}

export function speedOf(resource: unknown, n: (value: number) => string): string {
  const compute = computeOf(resource);
  return compute === undefined ? '–' : n(Math.round(Number(compute.imagesPerSecond)));
}
