import type { Report, WorkerEvent } from './worker-events.js';

export interface ReporterParts {
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
}

/** One JSON object a line. */
export function jsonReporter({ write, nowMs }: ReporterParts): Report {
  return (event) => write(`${JSON.stringify({ ...event, atMs: nowMs() })}\n`);
}

/** Progress within one phase is told to people at most this often. */
const PROGRESS_SPACING_MS = 5000;

/** One line for people, with the time of day (UTC). */
export function textReporter({ write, nowMs }: ReporterParts): Report {
  let lastPlace = '';
  let lastMs = -Infinity;
  return (event) => {
    const atMs = nowMs();
    if (event.event === 'round') {
      const place = `${at(event)} ${event.phase}`;
      if (place === lastPlace && atMs - lastMs < PROGRESS_SPACING_MS && event.done < 1) return;
      lastPlace = place;
      lastMs = atMs;
    }
    write(`${new Date(atMs).toISOString().slice(11, 19)} ${textOf(event)}\n`);
  };
}

const ARTICLES = { contradiction: 'a contradiction', conflict: 'a conflict', omission: 'an omission' } as const;

/** @returns the event as a sentence without its time. */
export function textOf(event: WorkerEvent): string {
  switch (event.event) {
    case 'started':
      return `worker ${event.name} (${event.role}, key ${short(event.keyId)}) version ${event.version}, home ${event.home}`;
    case 'enrolled':
      return `enrolled as ${event.name} (${event.role}); the name and key are now part of the federation's record`;
    case 'backend': {
      const rate = event.imagesPerSecond === undefined ? '' : `, ${Math.round(event.imagesPerSecond)} images/s`;
      return `training on ${event.backend} (${event.reason}) with ${event.examples} examples${rate}`;
    }
    case 'online':
      return `online at ${event.url} (${event.server})`;
    case 'offline':
      return `offline: ${event.message} Trying again in ${(event.retryInMs / 1000).toFixed(1)} s.`;
    case 'round':
      return `${at(event)}: ${event.phase}${roundFigures(event)}`;
    case 'update':
      return `${at(event)}: update ${event.outcome}${event.again ? ' again' : ''} (${event.code})${event.message ? `: ${event.message}` : ''}`;
    case 'verdict':
      return `${at(event)}: verdict ${event.outcome} (${event.reason})`;
    case 'evaluated': {
      const figures = `accuracy ${(event.accuracy * 100).toFixed(2)} %, loss ${event.loss.toFixed(4)} on ${event.examples} examples`;
      return `${at(event)}: evaluated ${short(event.model)}, ${figures} (${event.outcome}${event.outcome === 'refused' ? `: ${event.code}` : ''})`;
    }
    case 'promise':
      return `${at(event)}: promised to be sealed by block ${event.height}`;
    case 'receipt':
      return `${at(event)}: sealed in block ${event.block} as leaf ${event.index}; its receipt is ${event.file}`;
    case 'evidence':
      return `EVIDENCE of ${ARTICLES[event.kind]}: ${event.message}`;
    case 'notice':
      return `note: ${event.message} [${event.code}]`;
    case 'error':
      return `error: ${event.message} [${event.code}]`;
    case 'stopped':
      return event.message;
  }
}

function at(event: { run: string; round: number; attempt?: number }): string {
  return `${event.run} round ${event.round}${(event.attempt ?? 1) > 1 ? ` (attempt ${event.attempt})` : ''}`;
}

function roundFigures(event: Extract<WorkerEvent, { event: 'round' }>): string {
  if (event.phase !== 'training' && event.phase !== 'evaluating') return '';
  const parts = [`${Math.round(event.done * 100)} %`];
  if (event.loss !== undefined) parts.push(`loss ${event.loss.toFixed(4)}`);
  if (event.accuracy !== undefined) parts.push(`accuracy ${(event.accuracy * 100).toFixed(1)} %`);
  if (event.imagesPerSecond !== undefined) parts.push(`${Math.round(event.imagesPerSecond)} images/s`);
  return ` ${parts.join(', ')}`;
}

function short(hex: string): string {
  return hex.slice(0, 12);
}
