import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { useSpeech } from '../i18n/language.js';
import { ProblemError } from '../rest/problem-error.js';

export function Loading() {
  const { t } = useSpeech();
  return <p className="state" role="status"><span className="spinner" aria-hidden="true" /> {t('state.loading')}</p>;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state empty">
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useSpeech();
  const isOffline = error instanceof ProblemError && error.isOffline;
  return (
    <div className="state failure" role="alert">
      <p className="state-title">{isOffline ? t('state.offline') : t('state.error')}</p>
      <p>{isOffline ? t('state.offlineHint') : error instanceof Error ? error.message : String(error)}</p>
      {error instanceof ProblemError && !isOffline && <p><code>{error.code}</code></p>}
      {onRetry && <Button onPress={onRetry}>{t('state.retry')}</Button>}
    </div>
  );
}

type Reading<T> = Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;

/** What was read, or why there is nothing: what is old is shown rather than nothing. */
export function Read<T>({ of, children }: { of: Reading<T>; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error !== null) return <Failure error={of.error} onRetry={() => void of.refetch().catch(() => undefined)} />;
  return <Loading />;
}
