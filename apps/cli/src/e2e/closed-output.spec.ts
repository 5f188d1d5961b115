import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COMMAND } from './fedseal.testing.js';

const CHAIN = fileURLToPath(new URL('../../../../docs/vectors/small-chain.fsl', import.meta.url));

it('ends without a stack trace and without a verdict when nobody reads its output', async () => {
  const child = spawn(process.execPath, [COMMAND, 'verify', CHAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [status] = (await once(child, 'close')) as [number | null];
  expect([status, errors]).toEqual([130, '']);
});
