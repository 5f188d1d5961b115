import type { Lineage, ModelView } from '@fedseal/protocol/rest';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { useLineage, useModel } from '../../rest/queries.js';
import { Copy, Hash } from '../../ui/hash.js';
import { LeafLink } from '../../ui/leaf-link.js';
import { Card, Facts, PageTitle } from '../../ui/parts.js';
import { Read } from '../../ui/states.js';
import { VirtualTable, type Column } from '../../ui/virtual-table.js';

export function ModelPage({ sha256 }: { sha256: string }) {
  const { t, n } = useSpeech();
  return (
    <Read of={useModel(sha256)}>
      {(found) => (
        <>
          <PageTitle>{t('round.model')} {sha256.slice(0, 12)}…</PageTitle>
          <div className="grid">
            <Card title={t('round.file')} className="half">
              <Facts rows={[
                [t('round.file'), <Hash key="f" value={sha256} whole />],
                [t('round.tensorRoot'), <Hash key="t" value={found.model.tensorRoot} whole />],
                [t('models.size'), t('models.bytes', { n: n(found.model.bytes) })],
                ...found.producedBy.map(({ run, round, closed }) => [t('models.producedBy'), <span key={`${run}/${round}`}><Link href={`/runs/${run}/rounds/${round}`}>{run} · {n(round)}</Link> <LeafLink leaf={closed} /></span>] as const),
                ...found.initialOf.map((run) => [t('models.initial'), <Link key={run} href={`/runs/${run}`}>{run}</Link>] as const),
              ]} />
            </Card>
            <Downloads found={found} />
          </div>
          <LineageCard sha256={sha256} />
        </>
      )}
    </Read>
  );
}

function Downloads({ found: { model, producedBy, initialOf } }: { found: ModelView }) {
  const { t } = useSpeech();
  const origin = producedBy[0];
  const run = origin?.run ?? initialOf[0] ?? '';
  const file = `${run}-round-${origin?.round ?? 0}.safetensors`;
  const snippet = `from safetensors.numpy import load_file\ntensors = load_file("${file}")`;
  const exports = ['keras', 'torch', 'tfjs'].map((kind) => `npx fedseal model export --url ${location.origin} --run ${run} --round ${origin?.round ?? 0} --to ${kind} --out ./${run}-${kind}`).join('\n');
  return (
    <Card title={t('models.download')} className="half">
      <p className="row">
        <a className="button" href={`/v1/blobs/${model.sha256}`} download={file}>{t('models.safetensors')}</a>
        <a className="button quiet" href={`/v1/models/${model.sha256}/receipt`} download={`${file}.receipt.json`}>{t('models.receipt')}</a>
      </p>
      <h3>{t('models.load')} <Copy text={snippet} what={t('models.load')} /></h3>
      <pre>{snippet}</pre>
      <h3>{t('models.formats')} <Copy text={exports} what={t('models.formats')} /></h3>
      <p className="note">{t('models.formatsHint')}</p>
      <pre>{exports}</pre>
    </Card>
  );
}

type Step = Lineage['steps'][number];

function Steps({ lineage: { run, steps, initial } }: { lineage: Lineage }) {
  const { t, n } = useSpeech();
  const columns: Column<Step>[] = [
    { name: t('round.round'), share: 1, cell: ({ round }) => <Link href={`/runs/${run}/rounds/${round}`}>{n(round)}</Link> },
    { name: t('round.model'), share: 2, cell: ({ model }) => <Hash value={model.sha256} to={`/models/${model.sha256}`} /> },
    { name: t('round.base'), share: 2, cell: ({ base }) => <Hash value={base} to={`/models/${base}`} /> },
    { name: t('round.contributors'), share: 1.5, cell: ({ contributors }) => t('models.from', { n: n(contributors) }) },
    { name: t('round.sealed'), share: 2.2, cell: ({ closed }) => <LeafLink leaf={closed} /> },
  ];
  return (
    <>
      {steps.length > 0 && <VirtualTable label={t('models.lineage')} rows={steps} columns={columns} keyOf={({ round }) => round} />}
      <Facts rows={[
        [t('models.initial'), <Hash key="i" value={initial.model.sha256} to={`/models/${initial.model.sha256}`} />],
        [t('run.plan'), <Hash key="p" value={initial.plan} />],
        ['run.create', <LeafLink key="c" leaf={initial.created} />],
      ]} />
    </>
  );
}

function LineageCard({ sha256 }: { sha256: string }) {
  const { t } = useSpeech();
  return <Card title={t('models.lineage')}><Read of={useLineage(sha256)}>{(lineage) => <Steps lineage={lineage} />}</Read></Card>;
}
