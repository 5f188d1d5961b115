import { useState, type FormEvent } from 'react';
import { Button } from 'react-aria-components/Button';
import { Link, useLocation } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { block, contributorPage, contributorView, federation } from '../../rest/ledger-views.js';
import { ProblemError } from '../../rest/problem-error.js';
import { request } from '../../rest/request.js';
import { modelView } from '@fedseal/protocol/rest';
import type { FoundLeaf } from './find-leaves.js';
import { Failure, Loading } from '../../ui/states.js';

type Finding = { readonly state: 'idle' | 'busy' | 'nothing' } | { readonly state: 'failed'; readonly error: unknown } | { readonly state: 'leaves'; readonly leaves: readonly FoundLeaf[] };

/** One field for a height, any hash, or a contributor's name. */
export function Search() {
  const { t, n } = useSpeech();
  const [, go] = useLocation();
  const [query, setQuery] = useState('');
  const [finding, setFinding] = useState<Finding>({ state: 'idle' });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = query.trim();
    if (wanted === '') return;
    setFinding({ state: 'busy' });
    find(wanted).then(
      (result) => {
        if (typeof result === 'string') go(result);
        else setFinding(result.length === 0 ? { state: 'nothing' } : { state: 'leaves', leaves: result });
      },
      (error: unknown) => setFinding({ state: 'failed', error }),
    );
  };
  return (
    <>
      <form className="search" role="search" onSubmit={submit}>
        <input type="search" aria-label={t('chain.search')} placeholder={t('chain.search')} value={query} onChange={(event) => setQuery(event.target.value)} />
        <Button type="submit">{t('chain.searchButton')}</Button>
      </form>
      <div role="status">
        {finding.state === 'busy' && <Loading />}
        {finding.state === 'nothing' && <p className="state">{t('chain.nothing', { q: query })}</p>}
        {finding.state === 'failed' && <Failure error={finding.error} />}
        {finding.state === 'leaves' && (
          <ul>{finding.leaves.map(({ index, kind }) => <li key={index}><Link href={`/chain/leaves/${index}`}>{t('chain.leaf', { index: n(index) })}</Link> {kind}</li>)}</ul>
        )}
      </div>
    </>
  );
}

/** @returns the page of the one thing that has this name, or the leaves that speak of it */
async function find(wanted: string): Promise<string | readonly FoundLeaf[]> {
  if (/^#?\d{1,15}$/.test(wanted)) return here(`/v1/blocks/${wanted.replace('#', '')}`, block, (found) => `/chain/blocks/${found.height}`);
  const hash = wanted.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) return findByName(wanted);
  const [asBlock, asContributor, asModel] = await Promise.all([
    here(`/v1/blocks/${hash}`, block, ({ height }) => `/chain/blocks/${height}`),
    here(`/v1/contributors/${hash}`, contributorView, ({ keyId }) => `/contributors/${keyId}`),
    here(`/v1/models/${hash}`, modelView, ({ model }) => `/models/${model.sha256}`),
  ]);
  const page = [asBlock, asContributor, asModel].find((one) => typeof one === 'string');
  if (page !== undefined) return page;
  const { head } = await request('/v1/federation', federation);
  const { findLeaves } = await import('./find-leaves.js');
  const leaves = await findLeaves(hash, head.treeSize);
  const own = leaves.find(({ how }) => how === 'is');
  return own === undefined ? leaves : `/chain/leaves/${own.index}`;
}

async function here<T>(path: string, schema: Parameters<typeof request<T>>[1], pageOf: (found: T) => string): Promise<string | readonly FoundLeaf[]> {
  try {
    return pageOf(await request(path, schema));
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return [];
    throw error;
  }
}

async function findByName(name: string): Promise<string | readonly FoundLeaf[]> {
  const wanted = name.toLowerCase();
  for (let after: string | null = ''; after !== null;) {
    const page: { contributors: { keyId: string; name: string }[]; next: string | null } = await request(`/v1/contributors?limit=1000${after === '' ? '' : `&after=${after}`}`, contributorPage);
    const found = page.contributors.find((one) => one.name.toLowerCase() === wanted) ?? page.contributors.find((one) => one.name.toLowerCase().includes(wanted));
    if (found !== undefined) return `/contributors/${found.keyId}`;
    after = page.next;
  }
  return [];
}
