// @vitest-environment jsdom
import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LanguageProvider, useSpeech } from '../i18n/language.js';
import { provenanceOf } from '../live/events.testing.js';
import { FixedLive } from '../live/live-context.js';
import { START } from '../live/live-state.js';
import { ProblemError } from '../rest/problem-error.js';
import { makeQueryClient } from '../rest/query-client.js';
import { FaultBoundary } from '../ui/fault-boundary.js';
import { Shell } from '../ui/shell.js';
import { Failure } from '../ui/states.js';
import { VirtualTable } from '../ui/virtual-table.js';
import { ProvenancePicture } from './runs/provenance-picture.js';
import { workerCommand } from './start-worker/worker-command.js';
import { VerdictCard } from './verify/verdict-card.js';

beforeAll(() => {
  // jsdom has no layout to scroll and no canvas to draw on.
  window.scrollTo = () => undefined;
  HTMLCanvasElement.prototype.getContext = () => null;
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});

function show(children: ReactNode, state = START) {
  return render(<QueryClientProvider client={makeQueryClient()}><LanguageProvider><FixedLive state={state}>{children}</FixedLive></LanguageProvider></QueryClientProvider>);
}

async function axeFindings(container: Element): Promise<string[]> {
  // Colours need a browser that draws; the end-to-end test looks at them.
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}

describe('the frame', () => {
  it('switches to Chinese and remembers it', () => {
    show(<Shell><p>x</p></Shell>);
    fireEvent.click(screen.getByRole('button', { name: '中文: switch the language to Chinese' }));
    expect(screen.getByRole('link', { name: '概览' }).getAttribute('aria-current')).toBe('page');
    expect(document.documentElement.lang).toBe('zh-CN');
    cleanup();
    show(<Shell><p>x</p></Shell>);
    expect(screen.getByRole('link', { name: '概览' })).toBeTruthy();
  });

  it('says when the connection is lost, and when the server refuses it and why', async () => {
    const { container } = show(<Shell><p>x</p></Shell>, { ...START, connection: 'lost' });
    expect(screen.getByText(/the page catches up by itself/)).toBeTruthy();
    expect(await axeFindings(container)).toEqual([]);
    cleanup();
    show(<Shell><p>x</p></Shell>, { ...START, connection: 'refused', refusal: 'Speak protocol 2.' });
    expect(screen.getByRole('alert').textContent).toBe('Speak protocol 2.');
  });
});

describe('a failure', () => {
  it('shows the sentence and the code of the server, and tells an offline one apart', () => {
    show(<Failure error={new ProblemError('run.not-found', 'There is no such run.', 404)} />);
    expect(screen.getByRole('alert').textContent).toContain('There is no such run.run.not-found');
    cleanup();
    show(<Failure error={new ProblemError('offline', 'x', 0)} />);
    expect(screen.getByRole('alert').textContent).toContain('The coordinator does not answer.');
  });
});

describe('a fault in a page', () => {
  it('is said in its place, beside a frame that goes on', () => {
    const Broken = (): ReactNode => {
      throw new Error('This part of the page is gone.');
    };
    // React reports what a boundary caught.
    const report = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    show(<Shell><FaultBoundary><Broken /></FaultBoundary></Shell>);
    expect(report).toHaveBeenCalled();
    report.mockRestore();
    expect(screen.getByRole('alert').textContent).toContain('This part of the page is gone.');
    expect(screen.getByRole('link', { name: 'Overview' })).toBeTruthy();
  });
});

describe('the provenance picture', () => {
  it('shows why an update was refused and who stayed silent', async () => {
    const { container } = show(<ProvenancePicture record={provenanceOf('refused', 'update.not-finite')} />);
    expect(screen.getByText('refused: update.not-finite')).toBeTruthy();
    expect(await axeFindings(container)).toEqual([]);
    cleanup();
    show(<ProvenancePicture record={provenanceOf('silent', 'deadline')} />);
    expect(screen.getByText('silent: deadline')).toBeTruthy();
  });
});

describe('a verdict', () => {
  it('names the exact rule and the place', () => {
    show(<VerdictCard file={undefined} verdict={{ result: 'refused', rule: 'header.work', message: 'The hash does not meet its own target.', location: { block: 3 }, seconds: 1 }} />);
    expect(screen.getByTestId('rule').textContent).toBe('header.work');
    expect(screen.getByText('block 3')).toBeTruthy();
  });
});

describe('a long list', () => {
  it('draws what is visible alone, and says how long it is', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => i);
    show(<VirtualTable label="rows" rows={rows} columns={[{ name: 'n', share: 1, cell: String }]} keyOf={String} />);
    expect(screen.getByRole('table', { name: 'rows' }).getAttribute('aria-rowcount')).toBe('10001');
    expect(screen.getAllByRole('row').length).toBeLessThan(60);
  });
});

describe('the worker command', () => {
  it('keeps whatever was typed one word of the shell', () => {
    expect(workerCommand({ name: "St. John's $(rm)", data: './mnist', code: 'fsinv1.x' })).toBe(
      String.raw`npx fedseal worker start --home ./worker --name 'St. John'\''s $(rm)' --data ./mnist --invite fsinv1.x`,
    );
  });
});

describe('speech', () => {
  it('has a default outside of any provider', () => {
    const Word = () => <b>{useSpeech().t('nav.verify')}</b>;
    render(<Word />);
    expect(screen.getByText('Verify')).toBeTruthy();
  });
});
