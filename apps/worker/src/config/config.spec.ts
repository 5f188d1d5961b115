import { expect, it } from 'vitest';
import { readConfig } from './config.js';

it('takes an invitation from the environment, and an empty one for none', () => {
  expect(readConfig({ FEDSEAL_INVITE: ' fsinv1.abc ' })).toEqual({ invite: 'fsinv1.abc' });
  expect(readConfig({ FEDSEAL_INVITE: '' })).toEqual({});
  expect(readConfig({})).toEqual({});
});

it('takes the folder of an optional backend from the environment', () => {
  expect(readConfig({ FEDSEAL_TFJS_NODE: '/opt/tfjs' })).toEqual({ tfjsNodeFolder: '/opt/tfjs' });
  expect(readConfig({ FEDSEAL_TFJS_NODE: '' })).toEqual({});
});

it('names a bad variable and never its value', () => {
  expect(() => readConfig({ FEDSEAL_WORKER_CRASH_AT: 'somewhere' })).toThrow(/FEDSEAL_WORKER_CRASH_AT/);
  expect(() => readConfig({ FEDSEAL_WORKER_CRASH_AT: 'somewhere' })).not.toThrow(/somewhere/);
});
