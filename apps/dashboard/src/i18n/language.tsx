import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { words, type Word } from './words.js';
import { remembered, remember } from '../ui/remembered.js';

export type Language = 'en' | 'zh';

export interface Speech {
  readonly language: Language;
  readonly t: (word: Word, fill?: Readonly<Record<string, string | number>>) => string;
  /** A whole number with the language's separators. */
  readonly n: (value: number | bigint | string) => string;
  readonly fixed: (value: number | null | undefined, digits: number) => string;
  readonly percent: (value: number | null | undefined) => string;
  readonly date: (ms: number) => string;
  /** Shorter, for tables. */
  readonly shortDate: (ms: number) => string;
  readonly setLanguage: (language: Language) => void;
}

const NOTHING = '–';

export function speechFor(language: Language, setLanguage: (language: Language) => void = () => undefined): Speech {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const short = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' });
  const fixed = (value: number | null | undefined, digits: number) =>
    value === null || value === undefined || !Number.isFinite(value) ? NOTHING : new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  return {
    language,
    t: (word, fill = {}) => words[word][language === 'zh' ? 1 : 0].replace(/\{(\w+)\}/g, (whole, name: string) => (name in fill ? String(fill[name]) : whole)),
    n: (value) => whole.format(typeof value === 'string' ? BigInt(value) : value),
    fixed,
    percent: (value) => (value === null || value === undefined ? NOTHING : `${fixed(value * 100, 2)} %`),
    date: (ms) => moment.format(ms),
    shortDate: (ms) => short.format(ms),
    setLanguage,
  };
}

const Spoken = createContext<Speech>(speechFor('en'));

export const useSpeech = (): Speech => useContext(Spoken);

/** English, or Chinese where the browser or an earlier choice asks for it. */
export function LanguageProvider({ children, initial }: { children: ReactNode; initial?: Language }) {
  const [language, setLanguage] = useState<Language>(() => initial ?? remembered('language', ['en', 'zh']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'));
  const speech = useMemo(() => speechFor(language, (chosen) => {
    remember('language', chosen);
    setLanguage(chosen);
  }), [language]);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  return <Spoken value={speech}>{children}</Spoken>;
}
