import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CrashPoints } from './crash-points.js';

const built = fileURLToPath(new URL('crash-points.js', import.meta.url).href.replace('/src/', '/dist/'));

describe('CrashPoints', () => {
  it('does nothing unless told to', () => {
    new CrashPoints().reach('commit.before-accept');
    new CrashPoints('').reach('');
    new CrashPoints('commit.before-accept').reach('commit.after-accept');
  });

  it.runIf(existsSync(built))('dies by SIGKILL at the named boundary, the n-th time (needs the built files)', () => {
    const program = (at: string) => `
      import { CrashPoints } from ${JSON.stringify(built)};
      const points = new CrashPoints(${JSON.stringify(at)});
      process.on('exit', () => console.log('a handler ran'));
      for (let i = 1; i <= 3; i++) { points.reach('other'); console.log(i); points.reach('seal.before'); }`;
    const run = (at: string) => spawnSync(process.execPath, ['--input-type=module', '-e', program(at)], { encoding: 'utf8' });
    expect(run('seal.before')).toMatchObject({ signal: 'SIGKILL', stdout: '1\n' });
    expect(run('seal.before#3')).toMatchObject({ signal: 'SIGKILL', stdout: '1\n2\n3\n' });
    expect(run('seal.before#4')).toMatchObject({ status: 0 });
  });
});
