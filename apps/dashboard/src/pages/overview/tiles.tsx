import type { RunView } from '@fedseal/protocol/rest';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useLive } from '../../live/live-context.js';
import type { Federation } from '../../rest/ledger-views.js';

export function Tiles({ federation, run }: { federation: Federation; run: RunView | undefined }) {
  const { t, n, percent, fixed } = useSpeech();
  const { head, workers } = useLive();
  const online = [...workers.values()].filter((worker) => worker.online).length;
  const height = Math.max(head?.height ?? 0, federation.head.height);
  const measured = run?.measured;
  const figures = measured?.central ?? measured?.federated;
  return (
    <dl className="tiles">
      <div className="tile"><dt>{t('overview.workersOnline')}</dt><dd>{t('overview.online', { n: n(online), all: n(workers.size) })}</dd></div>
      <div className="tile">
        <dt>{t('overview.head')}</dt>
        <dd><Link href={`/chain/blocks/${height}`}>#{n(height)}</Link><small>{t('overview.leafCount', { n: n(Math.max(head?.treeSize ?? 0, federation.head.treeSize)), waiting: n(federation.counts.waiting) })}</small></dd>
      </div>
      <div className="tile">
        <dt>{t('overview.best')}</dt>
        <dd>{percent(figures?.accuracy)}<small>{measured ? `${t('round.round')} ${n(measured.round)}, ${t('worker.loss')} ${fixed(figures?.loss, 4)}` : t('round.notEvaluated')}</small></dd>
      </div>
    </dl>
  );
}
