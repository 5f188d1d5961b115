import { Link } from 'wouter';
import { useSpeech } from '../i18n/language.js';
import { Hash } from './hash.js';

export interface LeafRef {
  readonly hash: string;
  readonly sealed: { readonly height: number; readonly hash: string; readonly index: number } | null;
}

/** A leaf by its hash, with where it is sealed. */
export function LeafLink({ leaf }: { leaf: LeafRef | null }) {
  const { t, n } = useSpeech();
  if (leaf === null) return <>–</>;
  const { hash, sealed } = leaf;
  return (
    <span>
      <Hash value={hash} to={sealed === null ? undefined : `/chain/leaves/${sealed.index}`} />{' '}
      {sealed === null ? <span className="note">{t('round.notSealed')}</span> : <Link href={`/chain/blocks/${sealed.height}`}>#{n(sealed.height)}</Link>}
    </span>
  );
}
