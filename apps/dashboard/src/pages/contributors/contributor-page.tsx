import type { Contribution } from '@fedseal/protocol/rest';
import { useMemo } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useContributions, useContributor } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { LeafLink } from '../../ui/leaf-link.js';
import { LineChart } from '../../ui/line-chart.js';
import { Card, Facts, PageTitle } from '../../ui/parts.js';
import { Empty, Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';
import { Outcome } from '../runs/contribution-table.js';
import { computeOf } from './compute.js';
import { KeyStatus, Presence, speedOf } from './contributors-page.js';
import { LastSeen } from './last-seen.js';

const BYTES_PER_GIB = 2 ** 30;

export function ContributorPage({ id }: { id: string }) {
  const { t, n, date, fixed } = useSpeech();
  const contributions = useContributions(id);
  return (
    <Read of={useContributor(id)}>
      {(one) => {
        const compute = computeOf(one.resource);
        return (
          <>
            <PageTitle aside={<Presence of={one} />}>{one.name}</PageTitle>
            <Card title={t('contributors.key')}>
              <Facts rows={[
                [t('contributors.role'), t(`role.${one.role}`)],
                [t('contributors.key'), <KeyStatus key="s" of={one} />],
                ['keyId', <Hash key="k" value={one.keyId} whole />],
                [t('contributors.publicKey'), <Hash key="p" value={one.key} whole />],
                [t('contributors.enrolled'), date(one.enrolledAtMs)],
                [t('contributors.enrolLeaf'), <Hash key="e" value={one.enrolLeaf} whole />],
                [t('contributors.seen'), <LastSeen key="l" contributor={id} />],
                compute && [t('contributors.device'), compute.device],
                compute && [t('contributors.backend'), compute.backend],
                compute && [t('contributors.memory'), `${fixed(compute.memoryBytes / BYTES_PER_GIB, 1)} GiB`],
                compute && [t('contributors.speed'), speedOf(one.resource, n)],
              ]} />
            </Card>
            <Card title={t('contributors.contributions')}>
              <Read of={contributions}>
                {({ pages }) => {
                  const all = pages.flatMap((page) => page.contributions);
                  if (all.length === 0) return <Empty title={t('contributors.noContributions')} />;
                  return (
                    <>
                      <OverTime contributions={all} />
                      <Contributions contributions={all} />
                      {contributions.hasNextPage && <Button className="quiet" onPress={() => void contributions.fetchNextPage()}>{t('state.more')}</Button>}
                    </>
                  );
                }}
              </Read>
            </Card>
          </>
        );
      }}
    </Read>
  );
}

/** Accepted examples, oldest first; a round without any stands at zero. */
function OverTime({ contributions }: { contributions: readonly Contribution[] }) {
  const { t, n } = useSpeech();
  const curve = useMemo(() => {
    const oldestFirst = contributions.toReversed();
    return [oldestFirst.map((_, i) => i + 1), oldestFirst.map(({ outcome, examples }) => (outcome === 'accepted' ? examples : 0))];
  }, [contributions]);
  return <LineChart label={t('contributors.overTime')} xName={t('round.round')} series={[{ name: t('contributors.overTime'), format: (value) => n(Math.round(value)) }]} curve={curve} height={160} />;
}

function Contributions({ contributions }: { contributions: readonly Contribution[] }) {
  const { t, n, percent } = useSpeech();
  const columns: Column<Contribution>[] = [
    { name: t('round.round'), share: 1.6, cell: ({ run, round }) => <Link href={`/runs/${run}/rounds/${round}`}>{run} · {n(round)}</Link> },
    { name: t('round.outcome'), share: 1.8, cell: (one) => <Outcome of={one} /> },
    { name: t('round.weights'), share: 0.9, align: 'end', cell: ({ weight }) => (weight === null ? '–' : n(weight)) },
    { name: t('worker.accuracy'), share: 1, align: 'end', cell: ({ metrics }) => percent(metrics['accuracy'] === undefined ? undefined : Number(metrics['accuracy'])) },
    { name: t('round.commit'), share: 2.2, cell: ({ commit }) => <LeafLink leaf={commit} /> },
    { name: t('round.verdict'), share: 2.2, cell: ({ verdict }) => <LeafLink leaf={verdict} /> },
  ];
  return <VirtualTable label={t('contributors.contributions')} rows={contributions} columns={columns} keyOf={({ run, round, attempt }) => `${run}/${round}/${attempt}`} />;
}
