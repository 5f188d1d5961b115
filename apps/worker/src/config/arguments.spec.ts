import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';
import { readConfig } from './config.js';
import { HELP_TEXT } from './help-text.js';

const least = ['--home', 'h', '--data', 'synthetic'];
const codeOf = (argv: readonly string[]) => {
  try {
    parseArguments(argv);
    return 'taken';
  } catch (error) {
    expect((error as { exitStatus: number }).exitStatus).toBe(2);
    return (error as { code: string }).code;
  }
};

describe('the command line', () => {
  it('has defaults for all but the home folder and the data', () => {
    expect(parseArguments(least)).toEqual({
      home: 'h', backend: 'auto', format: 'text', data: { source: 'synthetic', partition: { kind: 'iid' }, seed: 1 },
    });
  });

  it('reads every flag', () => {
    const argv = [
      ...least, '--invite', 'fsinv1.abc ', '--name', 'Clinic 7', '--url', 'http://host:1', '--split', 'test', '--examples', '500',
      '--partition', 'dirichlet:0.5', '--shard', '2/4', '--data-seed', '9', '--hold-out', '.25', '--image-size', '28x30x1',
      '--label', 'kind', '--classes', 'cat, dog', '--backend', 'cpu', '--parallel', '2', '--format', 'json',
    ];
    expect(parseArguments(argv)).toEqual({
      home: 'h', invite: 'fsinv1.abc', name: 'Clinic 7', url: 'http://host:1', backend: 'cpu', parallel: 2, format: 'json',
      data: {
        source: 'synthetic', split: 'test', examples: 500, partition: { kind: 'dirichlet', alpha: 0.5 },
        shard: { index: 1, of: 4 }, seed: 9, holdOut: 0.25, imageSize: [28, 30, 1], label: 'kind', classes: ['cat', 'dog'],
      },
    });
    expect(parseArguments([...least, '--partition', 'shards:2'])).toMatchObject({ data: { partition: { kind: 'shards', perWorker: 2 } } });
  });

  it.each([
    [[], 'usage.home'],
    [['--home', 'h'], 'usage.data'],
    [[...least, '--colour', 'red'], 'usage.flag'],
    [[...least, 'extra'], 'usage.flag'],
    [[...least, '--home'], 'usage.flag'],
    [[...least, '--name', ''], 'usage.name'],
    [[...least, '--name', 'a\u001b[31m'], 'usage.name'],
    [[...least, '--name', 'x'.repeat(81)], 'usage.name'],
    [[...least, '--url', 'host:1'], 'usage.url'],
    [[...least, '--split', 'half'], 'usage.split'],
    [[...least, '--examples', '0'], 'usage.examples'],
    [[...least, '--examples', '1e3'], 'usage.examples'],
    [[...least, '--partition', 'dirichlet:0'], 'usage.partition'],
    [[...least, '--partition', 'shards:1.5'], 'usage.partition'],
    [[...least, '--partition', 'even'], 'usage.partition'],
    [[...least, '--shard', '0/4'], 'usage.shard'],
    [[...least, '--shard', '5/4'], 'usage.shard'],
    [[...least, '--hold-out', '0'], 'usage.hold-out'],
    [[...least, '--hold-out', '0.0'], 'usage.hold-out'],
    [[...least, '--hold-out', '1'], 'usage.hold-out'],
    [[...least, '--hold-out', '10%'], 'usage.hold-out'],
    [[...least, '--image-size', '28x28'], 'usage.image-size'],
    [[...least, '--image-size', '28x28x0'], 'usage.image-size'],
    [[...least, '--classes', 'cat,,dog'], 'usage.classes'],
    [[...least, '--classes', 'cat,cat'], 'usage.classes'],
    [[...least, '--data-seed', '-1'], 'usage.flag'],
    [[...least, '--backend', 'cuda'], 'usage.backend'],
    [[...least, '--parallel', '0'], 'usage.parallel'],
    [[...least, '--format', 'xml'], 'usage.format'],
  ])('refuses %j with %s', (argv, code) => expect(codeOf(argv)).toBe(code));

  it('has a help text that names every flag', () => {
    expect(parseArguments(['--help'])).toBe('help');
    const flags = ['home', 'invite', 'name', 'url', 'data', 'split', 'examples', 'partition', 'shard', 'data-seed', 'hold-out', 'image-size', 'label', 'classes', 'backend', 'parallel', 'format', 'help'];
    for (const flag of flags) expect(HELP_TEXT).toContain(`--${flag}`);
  });
});

describe('the environment', () => {
  it('may name a crash point', () => {
    expect(readConfig({})).toEqual({});
    expect(readConfig({ FEDSEAL_WORKER_CRASH_AT: '' })).toEqual({});
    expect(readConfig({ FEDSEAL_WORKER_CRASH_AT: 'after-upload' })).toEqual({ crashAt: 'after-upload' });
  });

  it('is refused by name and never by value', () => {
    expect(() => readConfig({ FEDSEAL_WORKER_CRASH_AT: 'hunter2' })).toThrow(/FEDSEAL_WORKER_CRASH_AT/);
    expect(() => readConfig({ FEDSEAL_WORKER_CRASH_AT: 'hunter2' })).not.toThrow(/hunter2/);
  });
});
