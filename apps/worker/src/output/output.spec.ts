import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressThrottle } from './progress-throttle.js';
import { jsonReporter, textReporter } from './reporters.js';
import type { WorkerEvent } from './worker-events.js';

describe('the progress throttle', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('lets the first through at once, spaces the rest, and never loses the last', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 50 }), (gaps) => {
      const sent: { value: number; atMs: number }[] = [];
      const throttle = new ProgressThrottle<number>(250, (value) => sent.push({ value, atMs: performance.now() }), () => performance.now());
      gaps.forEach((gapMs, value) => {
        vi.advanceTimersByTime(gapMs);
        throttle.push(value);
      });
      vi.advanceTimersByTime(1000);
      expect(sent[0]?.value).toBe(0);
      expect(sent.at(-1)?.value).toBe(gaps.length - 1);
      sent.slice(1).forEach(({ atMs, value }, i) => {
        expect(atMs - sent[i]!.atMs).toBeGreaterThanOrEqual(250);
        expect(value).toBeGreaterThan(sent[i]!.value);
      });
    }));
  });

  it('sends nothing after it was stopped', () => {
    const sent: number[] = [];
    const throttle = new ProgressThrottle<number>(250, (value) => sent.push(value), () => performance.now());
    throttle.push(1);
    throttle.push(2);
    throttle.stop();
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual([1]);
  });
});

describe('reports', () => {
  const at = { run: 'demo', round: 3, attempt: 2 };
  const events: WorkerEvent[] = [
    { event: 'started', version: '0.1.0', keyId: 'ab'.repeat(32), name: 'n', role: 'contributor', home: '/h', url: 'http://c', chain: 'cd'.repeat(32) },
    { event: 'enrolled', keyId: 'ab'.repeat(32), name: 'n', role: 'contributor', leafHash: null },
    { event: 'backend', backend: 'wasm', reason: 'best here', examples: 10, imagesPerSecond: 1500.4 },
    { event: 'online', url: 'http://c', server: 's' },
    { event: 'offline', code: 'connection.lost', message: 'The connection ended.', retryInMs: 1500 },
    { event: 'round', ...at, phase: 'training', done: 0.5, loss: 0.25, accuracy: 0.9, imagesPerSecond: 1500 },
    { event: 'update', ...at, outcome: 'delivered', code: 'ok', message: '' },
    { event: 'verdict', ...at, outcome: 'accepted', reason: 'ok' },
    { event: 'evaluated', run: 'demo', round: 3, model: 'ef'.repeat(32), loss: 0.1, accuracy: 0.975, examples: 10, leafHash: 'aa', outcome: 'delivered', code: 'ok' },
    { event: 'promise', ...at, leafHash: 'aa', height: 7, notAfterMs: 9 },
    { event: 'receipt', ...at, index: 12, block: 7, status: 'sealed', file: '/h/receipts/demo.3.2.json' },
    { event: 'evidence', kind: 'omission', file: '/h/evidence/omission-demo.3.2.json', message: 'Left out.' },
    { event: 'notice', code: 'message.version', message: 'Another version.' },
    { event: 'error', code: 'history.contradiction', message: 'No.' },
    { event: 'stopped', message: 'Stopping.' },
  ];

  it('are one JSON object a line', () => {
    let text = '';
    const report = jsonReporter({ write: (line) => { text += line; }, nowMs: () => 1000 });
    for (const event of events) report(event);
    expect(text.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(events.map((event) => ({ ...event, atMs: 1000 })));
  });

  it('are one readable line each', () => {
    const lines: string[] = [];
    const report = textReporter({ write: (line) => lines.push(line), nowMs: () => 0 });
    for (const event of events) report(event);
    expect(lines).toHaveLength(events.length);
    for (const line of lines) expect(line).toMatch(/^00:00:00 [^\n]+\n$/);
    expect(lines[5]).toBe('00:00:00 demo round 3 (attempt 2): training 50 %, loss 0.2500, accuracy 90.0 %, 1500 images/s\n');
    expect(lines[8]).toContain('accuracy 97.50 %');
  });

  it('spare people most of the progress, and never a new phase', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const report = textReporter({ write: (line) => lines.push(line), nowMs: () => nowMs });
    for (let step = 0; step < 40; step++, nowMs += 250) report({ event: 'round', ...at, phase: 'training', done: step / 40 });
    report({ event: 'round', ...at, phase: 'uploading', done: 0 });
    expect(lines.map((line) => line.slice(9).trim())).toEqual([
      'demo round 3 (attempt 2): training 0 %', 'demo round 3 (attempt 2): training 50 %', 'demo round 3 (attempt 2): uploading',
    ]);
  });
});
