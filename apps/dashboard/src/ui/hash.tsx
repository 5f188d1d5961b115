import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link } from 'wouter';
import { useSpeech } from '../i18n/language.js';
import { copyText } from './copy-text.js';

const COPIED_MS = 1500;

/** Puts a text on the clipboard and says that it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const { t } = useSpeech();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <Button className="copy" aria-label={done ? t('copy.done') : t('copy.copy', { what })} onPress={() => void copyText(text).then(() => setDone(true), () => undefined)}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {done ? <path d="m3 8.5 3.2 3.2L13 5" /> : <><rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 3.5v-1h-8v8h1" /></>}
      </svg>
    </Button>
  );
}

/** A hash, shortened for the eye and whole for the clipboard and the tooltip. `to` links it to what it names. */
export function Hash({ value, to, whole = false }: { value: string; to?: string | undefined; whole?: boolean }) {
  const text = whole || value.length <= 20 ? value : `${value.slice(0, 10)}…${value.slice(-6)}`;
  const shown = <code className={whole ? 'hash whole' : 'hash'} title={value}>{text}</code>;
  return (
    <span className="hash-box">
      {to === undefined ? shown : <Link href={to}>{shown}</Link>}
      <Copy text={value} what={value.slice(0, 8)} />
    </span>
  );
}
