import type { Contribution, Provenance } from '@fedseal/protocol/rest';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { Hash } from '../../ui/hash.js';
import { LeafLink } from '../../ui/leaf-link.js';
import { Badge, type Tone } from '../../ui/parts.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';

export const OUTCOME_TONES: Record<Contribution['outcome'], Tone> = { pending: 'calm', accepted: 'good', refused: 'bad', silent: 'warn' };

/** Everybody who was invited and what became of it, with every hash. */
export function ContributionTable({ record }: { record: Provenance }) {
  const { t, n } = useSpeech();
  const columns: Column<Contribution>[] = [
    { name: t('worker.name'), share: 1.4, cell: ({ contributor, name }) => <Link href={`/contributors/${contributor}`}>{name}</Link> },
    { name: t('round.outcome'), share: 1.8, cell: (one) => <Outcome of={one} /> },
    { name: t('round.weights'), share: 0.9, align: 'end', cell: ({ weight }) => (weight === null ? '–' : n(weight)) },
    { name: t('round.file'), share: 2, cell: ({ update }) => (update === null ? '–' : <Hash value={update.sha256} />) },
    { name: t('round.commit'), share: 2.4, cell: ({ commit }) => <LeafLink leaf={commit} /> },
    { name: t('round.verdict'), share: 2.4, cell: ({ verdict }) => <LeafLink leaf={verdict} /> },
  ];
  return <VirtualTable label={t('round.contributors')} rows={everybody(record)} columns={columns} keyOf={({ contributor }) => contributor} />;
}

/** A word, and for whatever was not accepted the reason. */
export function Outcome({ of: { outcome, reason } }: { of: Pick<Contribution, 'outcome' | 'reason'> }) {
  const { t } = useSpeech();
  const word = outcome === 'pending' ? t('phase.invited') : outcome === 'refused' ? t('phase.refused', { reason: reason ?? '' }) : t(`phase.${outcome}`);
  return <Badge tone={OUTCOME_TONES[outcome]}>{word}{outcome === 'silent' && reason !== null ? `: ${reason}` : ''}</Badge>;
}

/** Those who were invited and have not answered yet are in the cohort alone. */
export function everybody({ cohort, contributions, run, round, attempt }: Provenance): Contribution[] {
  const answered = new Set(contributions.map(({ contributor }) => contributor));
  const waiting = cohort.filter(({ contributor }) => !answered.has(contributor)).map(({ contributor, name }): Contribution => ({
    run, round, attempt, contributor, name, outcome: 'pending', reason: null, examples: 0, weight: null, update: null, metrics: {}, commit: null, verdict: null,
  }));
  return [...contributions, ...waiting];
}
