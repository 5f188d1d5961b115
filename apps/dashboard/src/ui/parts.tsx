import { useId, type ReactNode } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';

/** A part of a page under a heading of its own. */
export function Card({ title, aside, children, className = '' }: { title: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header><h2 id={id}>{title}</h2>{aside}</header>
      {children}
    </section>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'calm' | 'busy';

/** A state in a word; its colour only repeats what the word says. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** @param value 0 to 1 */
export function Bar({ value, label, tone = 'busy' }: { value: number; label: string; tone?: Tone }) {
  const percent = Math.round(Math.max(0, Math.min(1, value)) * 100);
  return (
    <ProgressBar value={percent} aria-label={label} className={`bar ${tone}`}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width={percent} height="6" /></svg>
    </ProgressBar>
  );
}

/** Names and what they are. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode] | undefined)[] }) {
  return (
    <dl className="facts">
      {rows.filter((row) => row !== undefined).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

export function PageTitle({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return <div className="page-title"><h1>{children}</h1>{aside}</div>;
}
