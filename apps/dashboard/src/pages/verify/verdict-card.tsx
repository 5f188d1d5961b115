import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import type { Word } from '../../i18n/words.js';
import { Hash } from '../../ui/hash.js';
import { Facts } from '../../ui/parts.js';
import type { ChainFacts, Naming, ReceiptFacts, Verdict } from '../../verify/verdict.js';

/** The verdict in its colour and in words, with what stands behind it and what does not. */
export function VerdictCard({ verdict, file }: { verdict: Verdict; file: string | undefined }) {
  const { t, n } = useSpeech();
  switch (verdict.result) {
    case 'refused': {
      const { block, leaf } = verdict.location;
      const places = [block === undefined ? '' : t('verify.atBlock', { block: n(block) }), leaf === undefined ? '' : t('verify.atLeaf', { leaf: n(leaf) })].filter((place) => place !== '');
      return (
        <Frame tone="bad" title={`${t('verify.bad')}: ${file ?? t('verify.kind.server')}`}>
          <p>{verdict.message}</p>
          <Facts rows={[[t('verify.rule'), <code key="r" data-testid="rule">{verdict.rule}</code>], places.length === 0 ? undefined : [t('verify.where'), places.join(', ')]]} />
        </Frame>
      );
    }
    case 'unreached':
      return <Frame tone="warn" title={t('verify.unreached')}><p>{verdict.message}</p></Frame>;
    case 'receipt':
      return <Frame tone="good" title={`${t('verify.ok')}: ${t('verify.kind.receipt')} ${file ?? ''}`}><Receipt facts={verdict.facts} /></Frame>;
    case 'model':
      return (
        <Frame tone={verdict.namings.length > 0 ? 'good' : 'warn'} title={`${verdict.namings.length > 0 ? t('verify.ok') : t('verify.notChecked')}: ${file ?? ''}`}>
          <Namings namings={verdict.namings} />
          <Facts rows={[['SHA-256', <Hash key="s" value={verdict.sha256} to={verdict.namings.length > 0 ? `/models/${verdict.sha256}` : undefined} whole />]]} />
          <Chain facts={verdict.facts} seconds={verdict.seconds} isServer />
        </Frame>
      );
    case 'chain':
      return (
        <Frame tone="good" title={`${t('verify.ok')}: ${verdict.source === 'server' ? t('verify.kind.server') : `${t('verify.kind.chain')} ${file ?? ''}`}`}>
          <Chain facts={verdict.facts} seconds={verdict.seconds} isServer={verdict.source === 'server'} />
        </Frame>
      );
  }
}

function Frame({ tone, title, children }: { tone: 'good' | 'bad' | 'warn'; title: string; children: ReactNode }) {
  return <section className={`verdict ${tone}`} aria-label={title}><h3>{title}</h3>{children}</section>;
}

function Chain({ facts, seconds, isServer }: { facts: ChainFacts; seconds: number; isServer: boolean }) {
  const { t, n, fixed } = useSpeech();
  const checked: Word[] = ['verify.c.headers', 'verify.c.leaves', ...(isServer ? ['verify.c.checkpoint' as const] : [])];
  const unchecked: Word[] = ['verify.n.aggregates', 'verify.n.blobs', isServer ? 'verify.n.tiles' : 'verify.n.checkpoint', 'verify.n.history', 'verify.n.server'];
  return (
    <>
      <p>{t('verify.took', { blocks: n(facts.blocks), leaves: n(facts.leaves), s: fixed(seconds, 2) })}</p>
      <Facts rows={[
        [t('verify.name'), facts.name],
        [t('chain.id'), <Hash key="c" value={facts.chainId} whole />],
        [t('verify.head'), <span key="h">#{n(facts.head.height)} <Hash value={facts.head.blockHash} whole /></span>],
        [t('chain.root'), <Hash key="r" value={facts.head.treeRoot} whole />],
        [t('chain.operatorKey'), <Hash key="o" value={facts.operator} whole />],
        [t('verify.contributors'), n(facts.contributors)],
        [t('verify.roundsSealed'), n(facts.rounds)],
        [t('verify.workTotal'), n(facts.work)],
      ]} />
      <h4>{t('verify.checked')}</h4>
      <ul>{checked.map((word) => <li key={word}>{t(word)}</li>)}</ul>
      <h4>{t('verify.notChecked')}</h4>
      <ul>{unchecked.map((word) => <li key={word}>{t(word)}</li>)}</ul>
    </>
  );
}

function Receipt({ facts }: { facts: ReceiptFacts }) {
  const { t, n } = useSpeech();
  return (
    <>
      <Facts rows={[
        [t('verify.name'), facts.name],
        [t('chain.id'), <Hash key="c" value={facts.chainId} whole />],
        facts.isOfThisServer === undefined ? undefined : ['', t(facts.isOfThisServer ? 'verify.sameChain' : 'verify.otherChain')],
        [t('chain.leaf', { index: n(facts.leaf.index) }), <span key="l"><code>{facts.leaf.kind}</code> <Hash value={facts.leaf.hash} whole /></span>],
        [t('verify.signedBy'), facts.signers.map(({ keyId, role, name }) => <div key={keyId}>{name ?? role} <Hash value={keyId} /></div>)],
        [t('chain.block', { height: n(facts.block.height) }), <Hash key="b" value={facts.block.hash} whole />],
        [t('verify.status'), facts.status],
      ]} />
      <h4>{t('verify.notChecked')}</h4>
      <ul lang="en">{facts.limits.map((limit) => <li key={limit}>{limit}</li>)}</ul>
    </>
  );
}

function Namings({ namings }: { namings: readonly Naming[] }) {
  const { t, n } = useSpeech();
  if (namings.length === 0) return <p>{t('verify.modelUnknown')}</p>;
  return (
    <ul>
      {namings.map(({ run, round, leaf, block }) => (
        <li key={leaf}>
          <Link href={round === 0 ? `/runs/${run}` : `/runs/${run}/rounds/${round}`}>
            {t('verify.modelFound', { what: round === 0 ? t('verify.initialModel') : t('verify.roundModel', { round: n(round) }), run, leaf: n(leaf), block: n(block) })}
          </Link>
        </li>
      ))}
    </ul>
  );
}
