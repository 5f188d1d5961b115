import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { LanguageProvider, useSpeech } from './i18n/language.js';
import { LiveProvider } from './live/live-context.js';
import { OverviewPage } from './pages/overview/overview-page.js';
import { makeQueryClient } from './rest/query-client.js';
import { FaultBoundary } from './ui/fault-boundary.js';
import { Shell } from './ui/shell.js';
import { Empty, Loading } from './ui/states.js';

/** The pages behind the first one come when they are opened. */
const RunsPage = lazy(() => import('./pages/runs/runs-page.js').then(({ RunsPage }) => ({ default: RunsPage })));
const RunPage = lazy(() => import('./pages/runs/run-page.js').then(({ RunPage }) => ({ default: RunPage })));
const RoundPage = lazy(() => import('./pages/runs/round-page.js').then(({ RoundPage }) => ({ default: RoundPage })));
const ChainPage = lazy(() => import('./pages/chain/chain-page.js').then(({ ChainPage }) => ({ default: ChainPage })));
const BlockPage = lazy(() => import('./pages/chain/block-page.js').then(({ BlockPage }) => ({ default: BlockPage })));
const LeafPage = lazy(() => import('./pages/chain/leaf-page.js').then(({ LeafPage }) => ({ default: LeafPage })));
const VerifyPage = lazy(() => import('./pages/verify/verify-page.js').then(({ VerifyPage }) => ({ default: VerifyPage })));
const ContributorsPage = lazy(() => import('./pages/contributors/contributors-page.js').then(({ ContributorsPage }) => ({ default: ContributorsPage })));
const ContributorPage = lazy(() => import('./pages/contributors/contributor-page.js').then(({ ContributorPage }) => ({ default: ContributorPage })));
const ModelsPage = lazy(() => import('./pages/models/models-page.js').then(({ ModelsPage }) => ({ default: ModelsPage })));
const ModelPage = lazy(() => import('./pages/models/model-page.js').then(({ ModelPage }) => ({ default: ModelPage })));
const StartWorkerPage = lazy(() => import('./pages/start-worker/start-worker-page.js').then(({ StartWorkerPage }) => ({ default: StartWorkerPage })));

const client = makeQueryClient();

export function App() {
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <LiveProvider>
          <Shell><Suspense fallback={<Loading />}><Bounded /></Suspense></Shell>
        </LiveProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

/** A fault stays on its own page: another address begins anew. */
function Bounded() {
  const [location] = useLocation();
  return <FaultBoundary key={location}><Pages /></FaultBoundary>;
}

function Pages() {
  return (
    <Switch>
      <Route path="/"><OverviewPage /></Route>
      <Route path="/runs"><RunsPage /></Route>
      <Route path="/runs/:run">{({ run }) => <RunPage run={run} />}</Route>
      <Route path="/runs/:run/rounds/:round">{({ run, round }) => <RoundPage key={`${run}/${round}`} run={run} round={Number(round)} />}</Route>
      <Route path="/chain"><ChainPage /></Route>
      <Route path="/chain/blocks/:id">{({ id }) => <BlockPage id={id} />}</Route>
      <Route path="/chain/leaves/:index">{({ index }) => <LeafPage index={index} />}</Route>
      <Route path="/verify"><VerifyPage /></Route>
      <Route path="/contributors"><ContributorsPage /></Route>
      <Route path="/contributors/:id">{({ id }) => <ContributorPage id={id} />}</Route>
      <Route path="/models"><ModelsPage /></Route>
      <Route path="/models/:sha256">{({ sha256 }) => <ModelPage sha256={sha256} />}</Route>
      <Route path="/start-worker"><StartWorkerPage /></Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

function NotFound() {
  const { t } = useSpeech();
  return <Empty title={t('state.notFound')}><Link href="/">{t('state.home')}</Link></Empty>;
}
