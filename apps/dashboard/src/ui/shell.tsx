import { useEffect, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link, useLocation } from 'wouter';
import { useSpeech } from '../i18n/language.js';
import type { Word } from '../i18n/words.js';
import { useLive } from '../live/live-context.js';
import type { Connection } from '../live/live-state.js';
import { ThemeSwitch } from '../theme/theme-switch.js';
import { Badge, type Tone } from './parts.js';

const ENTRIES: readonly (readonly [string, Word])[] = [
  ['/', 'nav.overview'], ['/runs', 'nav.runs'], ['/chain', 'nav.chain'], ['/verify', 'nav.verify'],
  ['/contributors', 'nav.contributors'], ['/models', 'nav.models'], ['/start-worker', 'nav.startWorker'],
];
const TONES: Record<Connection, Tone> = { connecting: 'calm', live: 'good', lost: 'warn', refused: 'bad' };

export function Shell({ children }: { children: ReactNode }) {
  const { t, language, setLanguage } = useSpeech();
  const { connection, refusal } = useLive();
  const [location] = useLocation();
  const current = ENTRIES.find(([path]) => (path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`)));
  useEffect(() => {
    document.title = current === undefined ? 'Fedseal' : `${t(current[1])} · Fedseal`;
    window.scrollTo(0, 0);
  }, [location, current, t]);
  return (
    <div className="shell">
      <a className="skip" href="#content">{t('app.skip')}</a>
      <header className="side">
        <Link href="/" className="brand"><img src="/favicon.svg" alt="" /><span><strong>Fedseal</strong><small>{t('app.tagline')}</small></span></Link>
        <nav aria-label={t('nav.label')}>
          <ul>
            {ENTRIES.map(([path, word]) => (
              <li key={path}><Link href={path} aria-current={current?.[0] === path ? 'page' : undefined}>{t(word)}</Link></li>
            ))}
            <li><a href="/docs">{t('nav.api')}</a></li>
          </ul>
        </nav>
        <div className="side-foot">
          <span role="status"><Badge tone={TONES[connection]}>{t(`live.${connection}`)}</Badge></span>
          <ThemeSwitch />
          <Button className="quiet" aria-label={t('app.languageLabel')} onPress={() => setLanguage(language === 'en' ? 'zh' : 'en')}>
            <span lang={language === 'en' ? 'zh-CN' : 'en'}>{t('app.language')}</span>
          </Button>
        </div>
      </header>
      <main className="main" id="content" tabIndex={-1}>
        {connection === 'lost' && <p className="banner" role="status">{t('live.offlineNote')}</p>}
        {connection === 'refused' && <p className="banner" role="alert">{refusal}</p>}
        {children}
      </main>
    </div>
  );
}
