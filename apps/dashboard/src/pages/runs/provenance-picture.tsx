import type { Provenance } from '@fedseal/protocol/rest';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { Hash } from '../../ui/hash.js';
import type { Tone } from '../../ui/parts.js';
import { everybody, OUTCOME_TONES, Outcome } from './contribution-table.js';

/** Drawn one by one up to here; the table below holds all. */
const MOST_DRAWN = 50;
const BORDERS: Partial<Record<Tone, string>> = { good: 'good', bad: 'bad', warn: 'warn' };

/** Base model → contributors → aggregate → evaluation → block, in the order in which one follows from the other. */
export function ProvenancePicture({ record }: { record: Provenance }) {
  const { t, n, percent, fixed } = useSpeech();
  const parts = everybody(record);
  const { central, federated } = record.measured;
  const figures = central ?? federated;
  return (
    <ol className="flow">
      <li>
        <h3>{t('round.base')}</h3>
        <div className="node"><Hash value={record.base.sha256} to={`/models/${record.base.sha256}`} /></div>
      </li>
      <li>
        <h3>{t('round.contributors')}</h3>
        <div className="node-list" tabIndex={0} role="group" aria-label={t('round.contributors')}>
          {parts.slice(0, MOST_DRAWN).map((one) => (
            <div key={one.contributor} className={`node ${BORDERS[OUTCOME_TONES[one.outcome]] ?? ''}`}>
              <p><Link href={`/contributors/${one.contributor}`}>{one.name}</Link> <Outcome of={one} /></p>
              {one.weight !== null && <p className="note">{t('round.weight', { weight: n(one.weight), denominator: n(record.denominator ?? '0') })} · {t('round.examples', { n: n(one.examples) })}</p>}
            </div>
          ))}
          {parts.length > MOST_DRAWN && <p className="note">{t('state.all', { n: n(parts.length) })}</p>}
        </div>
      </li>
      <li>
        <h3>{t('round.aggregate')}</h3>
        <div className={`node ${record.model === null ? 'warn' : 'good'}`}>
          {record.model === null ? t('round.noModel') : <Hash value={record.model.sha256} to={`/models/${record.model.sha256}`} />}
        </div>
      </li>
      <li>
        <h3>{t('round.evaluation')}</h3>
        <div className="node">
          {figures === null ? <span className="note">{t('round.notEvaluated')}</span> : (
            <>
              <p><strong>{percent(figures.accuracy)}</strong> · {t('worker.loss')} {fixed(figures.loss, 4)}</p>
              <p className="note">{t('round.examples', { n: n(figures.examples) })}</p>
            </>
          )}
        </div>
      </li>
      <li>
        <h3>{t('round.block')}</h3>
        <div className={`node ${record.block === null ? '' : 'good'}`}>
          {record.block === null ? <span className="note">{t('round.notSealed')}</span> : (
            <><p><Link href={`/chain/blocks/${record.block.height}`}>#{n(record.block.height)}</Link></p><Hash value={record.block.hash} to={`/chain/blocks/${record.block.hash}`} /></>
          )}
        </div>
      </li>
    </ol>
  );
}
