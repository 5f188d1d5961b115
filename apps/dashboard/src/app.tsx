import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Link, Route, Switch } from 'wouter';
import { LanguageProvider, useSpeech } from './i18n/language.js';
import { LiveProvider } from './live/live-context.js';
import { OverviewPage } from './pages/overview/overview-page.js';
import { ProblemError } from './rest/problem-error.js';
import { Shell } from './ui/shell.js';
import { Empty, Loading } from './ui/states.js';

/** The pages behind the first one come when they are opened. */

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Events of the socket say when something is stale.
        staleTime: 30_000,
        retry: (failures, error) => error instanceof ProblemError && (error.isOffline || error.status >= 500) && failures < 2,
        // The coordinator may run on this machine, with no network at all.
        networkMode: 'always',
      },
    },
  });
}

const client = makeQueryClient();

export function App() {
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <LiveProvider>
          <Shell><Suspense fallback={<Loading />}><Pages /></Suspense></Shell>
        </LiveProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/"><OverviewPage /></Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

function NotFound() {
  const { t } = useSpeech();
  return <Empty title={t('state.notFound')}><Link href="/">{t('state.home')}</Link></Empty>;
}
