import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultHome, environment, parseConfig } from './config.js';

/** `NAME=value` lines; quotes as a shell or a .env reader takes them. */
function readExample(): Map<string, string> {
  const text = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => {
    const [, name = line, value = ''] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    return [name, value.replace(/^"(.*)"$/, '$1')] as const;
  }));
}

describe('.env.example', () => {
  it('lists every variable, and no other', () => {
    expect([...readExample().keys()].sort()).toEqual(Object.keys(environment.shape).sort());
  });

  it('holds the defaults', () => {
    expect(parseConfig(Object.fromEntries(readExample()))).toEqual(parseConfig({}));
  });
});

describe('parseConfig', () => {
  it('names every bad variable and no value', () => {
    const env = { FEDSEAL_PORT: '70000', FEDSEAL_LOG_LEVEL: 'loud-secret', FEDSEAL_PUBLIC_URL: 'not a url', DATABASE_URL: 'postgres://u:hunter2@h/d' };
    const read = () => parseConfig(env);
    expect(read).toThrow(/FEDSEAL_PORT.*FEDSEAL_PUBLIC_URL|FEDSEAL_PUBLIC_URL.*FEDSEAL_PORT/s);
    expect(read).toThrow(/FEDSEAL_LOG_LEVEL/);
    for (const value of ['70000', 'loud-secret', 'not a url', 'hunter2']) {
      expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining(value) as string }));
    }
  });

  it('takes an empty variable for an absent one', () => {
    expect(parseConfig({ FEDSEAL_PORT: '', DATABASE_URL: '' })).toMatchObject({ http: { port: 7700 }, databaseUrl: undefined });
  });

  it('puts the home where the database account can reach it', () => {
    expect(defaultHome(true)).toBe('/var/lib/fedseal');
    expect(defaultHome(false)).toMatch(/\.fedseal$/);
    expect(parseConfig({ FEDSEAL_HOME: '/srv/fedseal' }).home).toBe('/srv/fedseal');
  });
});
