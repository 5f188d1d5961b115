import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { useSpeech } from '../i18n/language.js';
import { remember, remembered } from '../ui/remembered.js';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** Before the first drawing, so that nothing flashes. */
export function applyRememberedTheme(): void {
  apply(remembered('theme', THEMES) ?? 'system');
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  window.dispatchEvent(new Event('fedseal-theme'));
}

export function ThemeSwitch() {
  const { t } = useSpeech();
  const [theme, setTheme] = useState<Theme>(() => remembered('theme', THEMES) ?? 'system');
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
  return (
    <Button
      className="quiet"
      onPress={() => {
        remember('theme', next);
        apply(next);
        setTheme(next);
      }}
    >
      {t('app.theme', { theme: t(`theme.${theme}`) })}
    </Button>
  );
}
