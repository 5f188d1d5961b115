import type { RoundView, RunDetail } from '@fedseal/protocol/rest';
import type { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { demandName, type FoundModel } from './found-model.js';

/** A run's model from the coordinator that runs it; its newest one unless a round is named. @throws CliError */
export async function findByCoordinator(api: ApiClient, run: string, round: number | undefined): Promise<FoundModel> {
  const path = `/v1/runs/${encodeURIComponent(run)}`;
  const detail = await api.get<RunDetail>(path);
  const wanted = round ?? detail.closed;
  const made = wanted === 0 ? undefined : await api.get<RoundView>(`${path}/rounds/${wanted}`);
  if (made && made.model === null) throw new CliError('model.none', `Round ${wanted} of ${run} has no model yet; choose an earlier round.`, EXIT.usage);
  // Before any round has closed, the run's model is the initial one.
  const model = made?.model ?? (detail.closed === 0 ? detail.model : (await api.get<RoundView>(`${path}/rounds/1`)).base);
  const { chain } = await api.get<{ chain: string }>('/v1/federation');
  const file = await api.bytes(`/v1/blobs/${model.sha256}`);
  demandName(file, model.sha256, api.url);
  const leaf = made?.closed ?? detail.created;
  return {
    spec: detail.planDocument.model,
    file,
    provenance: {
      'fedseal.chain': chain,
      'fedseal.run': run,
      'fedseal.round': String(wanted),
      'fedseal.plan': detail.plan.sha256,
      'fedseal.model': model.sha256,
      'fedseal.tensorRoot': model.tensorRoot,
      'fedseal.leaf': leaf.hash,
      ...(leaf.sealed ? { 'fedseal.leafIndex': String(leaf.sealed.index), 'fedseal.block': String(leaf.sealed.height) } : {}),
    },
  };
}
