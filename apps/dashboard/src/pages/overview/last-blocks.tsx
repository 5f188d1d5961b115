import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useBlocks } from '../../rest/queries.js';
import { Hash } from '../../ui/hash.js';
import { Card } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';

const SHOWN = 8;

export function LastBlocks() {
  const { t, n, fixed } = useSpeech();
  return (
    <Card title={t('overview.lastBlocks')} className="third" aside={<Link href="/chain">{t('nav.chain')}</Link>}>
      <Read of={useBlocks()}>
        {({ pages }) => (
          <table>
            <thead><tr><th scope="col">{t('chain.height')}</th><th scope="col">{t('chain.hash')}</th><th scope="col">{t('chain.seal')}</th></tr></thead>
            <tbody>
              {pages.flatMap(({ blocks }) => blocks).slice(0, SHOWN).map(({ height, hash, sealSeconds }) => (
                <tr key={hash}>
                  <th scope="row"><Link href={`/chain/blocks/${height}`}>#{n(height)}</Link></th>
                  <td><Hash value={hash} to={`/chain/blocks/${hash}`} /></td>
                  <td>{fixed(sealSeconds, 2)} s</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Read>
    </Card>
  );
}
