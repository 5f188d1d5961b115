import { useSpeech } from '../../i18n/language.js';
import { useLive } from '../../live/live-context.js';
import { useFederation, useProvenance, useRounds, useRun } from '../../rest/queries.js';
import { RunCurves } from '../runs/run-curves.js';
import { Card, PageTitle } from '../../ui/parts.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { LastBlocks } from './last-blocks.js';
import { RoundCard } from './round-card.js';
import { roundStatus } from './round-status.js';
import { Tiles } from './tiles.js';

/** What happens now. */
export function OverviewPage() {
  const { t } = useSpeech();
  const live = useLive();
  const federation = useFederation();
  const name = live.run?.run;
  const run = useRun(name);
  const rounds = useRounds(name);
  const record = useProvenance(name, Math.max(live.round?.run === name ? live.round?.round ?? 0 : 0, run.data?.round ?? live.run?.round ?? 0));
  const status = roundStatus(live, record.data?.run === name ? record.data : undefined);
  if (federation.data === undefined) return federation.error === null ? <Loading /> : <Failure error={federation.error} onRetry={() => void federation.refetch().catch(() => undefined)} />;
  return (
    <>
      <PageTitle>{federation.data.name}</PageTitle>
      <Tiles federation={federation.data} run={run.data} />
      {live.run === null && live.connection !== 'connecting' ? (
        <Card title={t('nav.runs')}><Empty title={t('overview.noRun')}><p><code>{t('overview.noRunHint')}</code></p></Empty></Card>
      ) : (
        <RoundCard run={run.data} status={status} />
      )}
      <div className="grid">
        {name !== undefined && (
          <Card title={t('overview.curves')} className="two-thirds">
            {rounds.data === undefined ? <Loading /> : <RunCurves runs={[{ run: name, rounds: rounds.data }]} />}
          </Card>
        )}
        <LastBlocks />
      </div>
    </>
  );
}
