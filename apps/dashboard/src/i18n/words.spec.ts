import { describe, expect, it } from 'vitest';
import { speechFor } from './language.js';
import { words } from './words.js';

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe('words', () => {
  it('leave the same holes in both languages, so that no figure is lost', () => {
    for (const [word, [english, chinese]] of Object.entries(words)) expect([word, holes(chinese)]).toEqual([word, holes(english)]);
  });

  it('fill their holes, and write figures as the language does', () => {
    const { t, n, percent } = speechFor('zh');
    expect(t('overview.round', { round: n(2), rounds: n(1200) })).toBe('第 2 轮，共 1,200 轮');
    expect(percent(0.98765)).toBe('98.77 %');
    expect(speechFor('en').percent(undefined)).toBe('–');
  });
});
