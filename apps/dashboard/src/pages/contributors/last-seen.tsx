import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { hex32 } from '@fedseal/protocol/fields';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { contributionPage } from '../../rest/ledger-views.js';
import { useLeaf } from '../../rest/queries.js';
import { request } from '../../rest/request.js';
import { Hash } from '../../ui/hash.js';

const commit = z.object({ seen: z.object({ height: z.int(), blockHash: hex32 }) });

/** The chain head that a contributor signed in its newest sealed update: what it verified before it trained. */
export function LastSeen({ contributor, brief = false }: { contributor: string; brief?: boolean }) {
  const { t } = useSpeech();
  const newest = useQuery({
    queryKey: ['contributions', contributor, 'newest'],
    queryFn: ({ signal }) => request(`/v1/contributors/${contributor}/contributions?limit=5`, contributionPage, { signal }),
  });
  if (newest.data === undefined) return <span className="note">…</span>;
  const sealed = newest.data.contributions.find((one) => one.commit?.sealed)?.commit?.sealed;
  return sealed ? <Seen index={sealed.index} brief={brief} /> : <span className="note">{t('contributors.seenNone')}</span>;
}

function Seen({ index, brief }: { index: number; brief: boolean }) {
  const { n } = useSpeech();
  const parsed = commit.safeParse(useLeaf(String(index)).data?.payload);
  if (!parsed.success) return <span className="note">…</span>;
  const { height, blockHash } = parsed.data.seen;
  if (brief) return <Link href={`/chain/blocks/${blockHash}`} title={blockHash}>#{n(height)}</Link>;
  return <span>#{n(height)} <Hash value={blockHash} to={`/chain/blocks/${blockHash}`} /></span>;
}
