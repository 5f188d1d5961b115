import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPlanRequest } from '@fedseal/protocol/plan';
import type { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { childEnvironment } from '../config/cli-config.js';
import { Child } from '../processes/child.js';
import { SIMULATION_HOST } from '../processes/entry-points.js';
import type { SimulateOptions } from './options.js';

/** As the worker's `HostMessage`. */
type HostMessage =
  | { readonly type: 'enrolled'; readonly members: number }
  | { readonly type: 'ready'; readonly members: number; readonly backend: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** Requests at once. */
const AT_ONCE = 16;

/** The processes that host a simulation's clients. */
export class SimulationHosts {
  private readonly children: Child[] = [];
  private fail: (error: CliError) => void = () => undefined;
  private readonly failed = new Promise<never>((_, reject) => (this.fail = reject));

  private constructor() {
    // Whoever waits for something else hears of it through `orFail`.
    this.failed.catch(() => undefined);
  }

  /** @returns once every client is enrolled and online @throws CliError */
  static async start(api: ApiClient, home: string, plan: RunPlanRequest, options: SimulateOptions): Promise<SimulationHosts> {
    const hosts = new SimulationHosts();
    const { chain, operator } = await api.get<{ chain: string; operator: { keyId: string } }>('/v1/federation');
    const invitations = await inviteMissing(api, options.clients, plan.evaluation.central);
    const folder = join(home, 'hosts');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { clients, seed, threads, backend, partition, processes } = options;
    const sizes = options.data === 'synthetic' ? { examples: options.examples, testExamples: options.testExamples } : {};
    const ready = Array.from({ length: processes }, (_, index) => {
      const file = join(folder, `host-${index}.json`);
      const spec = {
        url: api.url, chain, operator: operator.keyId, index, of: processes, clients, seed, threads, backend, folder,
        data: { source: options.data, partition, ...sizes },
        examplesCap: plan.policy.examplesCap,
        evaluator: index === 0 && plan.evaluation.central,
        invitations: Object.fromEntries(Object.entries(invitations).filter(([name]) => hostOf(name, processes) === index)),
      };
      writeFileSync(file, JSON.stringify(spec), { mode: 0o600 });
      return hosts.startOne(index, file, join(home, 'logs', `host-${index}.log`));
    });
    try {
      await hosts.orFail(Promise.all(ready));
      return hosts;
    } catch (error) {
      await hosts.stop();
      throw error;
    }
  }

  get pids(): readonly (number | undefined)[] {
    return this.children.map(({ pid }) => pid);
  }

  /** Rejects as soon as a host ends by itself. */
  orFail<T>(wanted: Promise<T>): Promise<T> {
    return Promise.race([this.failed, wanted, ...this.children.map((child) => child.orFail(wanted, 'simulation host'))]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
  }

  private startOne(index: number, specFile: string, logFile: string): Promise<void> {
    return new Promise((resolve) => {
      this.children.push(new Child({
        entry: SIMULATION_HOST,
        args: [specFile],
        env: childEnvironment({}),
        logFile,
        onMessage: (message) => {
          const told = message as HostMessage;
          if (told.type === 'ready') resolve();
          if (told.type === 'failed') this.fail(new CliError(told.code, `Host ${index} ended: ${told.message}`, statusOf(told.code)));
        },
      }));
    });
  }
}

function statusOf(code: string): number {
  return /^(usage|data|examples)\./.test(code) ? EXIT.usage : EXIT.environment;
}

/** The evaluator is with the first host. */
function hostOf(name: string, processes: number): number {
  const client = /^client-(\d+)$/.exec(name);
  return client ? (Number(client[1]) - 1) % processes : 0;
}

/** @returns one-time codes by name, for the clients that are not enrolled yet */
async function inviteMissing(api: ApiClient, clients: number, evaluator: boolean): Promise<Record<string, string>> {
  const enrolled = await enrolledNames(api);
  const names = [...(evaluator ? ['evaluator'] : []), ...Array.from({ length: clients }, (_, client) => `client-${client + 1}`)];
  const missing = names.filter((name) => !enrolled.has(name));
  const codes: Record<string, string> = {};
  const invite = async () => {
    for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
      const role = name === 'evaluator' ? 'evaluator' : 'contributor';
      codes[name] = (await api.post<{ code: string }>('/v1/invitations', { role, url: api.url })).code;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, invite));
  return codes;
}

async function enrolledNames(api: ApiClient): Promise<Set<string>> {
  const names = new Set<string>();
  let after: string | null = null;
  do {
    const page: { contributors: { name: string }[]; next: string | null } = await api.get(`/v1/contributors?limit=100${after === null ? '' : `&after=${after}`}`);
    for (const { name } of page.contributors) names.add(name);
    after = page.next;
  } while (after !== null);
  return names;
}
