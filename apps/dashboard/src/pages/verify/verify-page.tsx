import { Button } from 'react-aria-components/Button';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { useSpeech } from '../../i18n/language.js';
import { Bar, Card, PageTitle } from '../../ui/parts.js';
import { Copy } from '../../ui/hash.js';
import { useVerification, type Verification } from '../../verify/use-verification.js';
import { VerdictCard } from './verdict-card.js';

/** Checks in this page, and says how far that can be believed. */
export function VerifyPage() {
  const { t } = useSpeech();
  const { verification, start, cancel } = useVerification();
  const isRunning = verification.state === 'running';
  const take = (file: File) => file.arrayBuffer().then(
    (bytes) => start({ what: 'file', name: file.name, bytes: new Uint8Array(bytes) }),
    () => undefined,
  );
  return (
    <>
      <PageTitle>{t('verify.title')}</PageTitle>
      <p>{t('verify.lead')}</p>
      <div className="row">
        <Button isDisabled={isRunning} onPress={() => start({ what: 'server' })}>{t(verification.state === 'done' ? 'verify.again' : 'verify.start')}</Button>
        {isRunning && <Button className="quiet" onPress={cancel}>{t('verify.cancel')}</Button>}
      </div>
      {isRunning && <Running verification={verification} />}
      <div aria-live="polite">
        {verification.verdict && <VerdictCard verdict={verification.verdict} file={verification.file} />}
      </div>
      <DropZone
        className="drop"
        aria-label={t('verify.drop')}
        onDrop={({ items }) => {
          const item = items.find((one) => one.kind === 'file');
          if (item?.kind === 'file') void item.getFile().then(take);
        }}
      >
        <p className="state-title">{t('verify.drop')}</p>
        <p className="note">{t('verify.dropHint')}</p>
        <FileTrigger onSelect={(files) => {
          const file = files?.[0];
          if (file !== undefined) void take(file);
        }}>
          <Button className="quiet">{t('verify.choose')}</Button>
        </FileTrigger>
      </DropZone>
      <Trust />
    </>
  );
}

function Running({ verification: { file, progress } }: { verification: Verification }) {
  const { t, n, fixed } = useSpeech();
  return (
    <Card title={file ?? t('verify.kind.server')}>
      <Bar value={progress.all === 0 ? 0 : progress.leaves / progress.all} label={t('verify.progress')} />
      <p className="note">{t('verify.running', { leaves: n(progress.leaves), all: n(progress.all), blocks: n(progress.blocks), s: fixed(progress.seconds, 1) })}</p>
    </Card>
  );
}

/** What no page of a server can prove about that server. */
function Trust() {
  const { t } = useSpeech();
  const commands = [`npx fedseal verify ${location.origin}`, 'npx fedseal export --out ./audit && npx fedseal audit ./audit', 'python3 tools/verify.py ./audit'].join('\n');
  return (
    <Card title={t('verify.trustTitle')} aside={<Copy text={commands} what={t('verify.tools')} />}>
      <p>{t('verify.trust')}</p>
      <pre>{commands}</pre>
      <p className="note">{t('verify.tools')}</p>
    </Card>
  );
}
