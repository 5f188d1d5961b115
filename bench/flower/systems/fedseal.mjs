/** One federation of ours: the coordinator in the servers' namespace, every worker a process in the clients'. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryWatch } from '../measure/memory.mjs';
import { Processes, until } from '../measure/processes.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const conv = (filters) => ({ type: 'conv2d', filters, kernelSize: 5, padding: 'same', activation: 'relu' });

/** McMahan's MNIST CNN: 1,663,370 parameters. */
const model = {
  name: 'mcmahan-cnn', inputShape: [28, 28, 1],
  layers: [
    conv(32), { type: 'maxPooling2d', poolSize: 2 }, conv(64), { type: 'maxPooling2d', poolSize: 2 }, { type: 'flatten' },
    { type: 'dense', units: 512, activation: 'relu' }, { type: 'dense', units: 10, activation: 'softmax' },
  ],
};

/** @returns rounds with the second each ended at, and the peaks of memory */
export async function runFedseal({ clients, trainer, rounds, epochs, batch, learningRate, data, folder, address, inClients, bytes }) {
  const processes = new Processes();
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const log = (name) => join(folder, `${name}.log`);
  try {
    const coordinator = processes.start([process.execPath, join(root, 'apps/coordinator/dist/main.js'), 'serve'], {
      env: { FEDSEAL_HOME: home, FEDSEAL_HOST: address, FEDSEAL_PORT: '7700' }, log: log('coordinator'), ipc: true,
    });
    const memory = new MemoryWatch(coordinator.pid, (command) => (command.startsWith('postgres') || command.includes('/postgres') ? 'postgres' : 'coordinator'));
    const { url } = await new Promise((resolve, reject) => {
      coordinator.on('message', (message) => message.type === 'ready' && resolve(message));
      coordinator.once('exit', () => reject(new Error(`The coordinator ended; see ${log('coordinator')}.`)));
    });
    const token = readFileSync(join(home, 'operator.token'), 'utf8').trim();
    const call = async (path, body) => {
      const response = await fetch(url + path, {
        headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    const invite = async (role) => (await call('/v1/invitations', { role, url })).code;
    const worker = async (name, role, entry, flags) => {
      const args = ['--home', join(folder, name), '--name', name, '--invite', await invite(role), ...flags];
      processes.start([...inClients, process.execPath, join(root, entry), ...args], { log: log(name) });
    };
    const trains = trainer === 'train';
    for (let client = 0; client < clients; client++) {
      if (trains) await worker(`client-${client}`, 'contributor', 'apps/worker/dist/main.js', ['--data', join(data, `client-${client}`), '--split', 'train', '--backend', 'wasm']);
      else await worker(`client-${client}`, 'contributor', 'bench/flower/fedseal-light-worker.mjs', ['--client', String(client)]);
    }
    if (trains) await worker('evaluator', 'evaluator', 'apps/worker/dist/main.js', ['--data', data, '--split', 'test', '--backend', 'wasm']);
    await until(async () => {
      const { ready } = await readiness(call, clients);
      return ready || undefined;
    }, 'the workers to be enrolled and sealed', 300_000);
    const before = bytes();
    await call('/v1/runs', {
      version: 1, name: 'bench', model, rounds, seed: 1,
      training: { epochs, batchSize: batch, optimizer: { type: 'sgd', learningRate } },
      cohort: { size: 'all', minimum: clients },
      policy: { quorum: clients, deadlineSeconds: 3600 },
      evaluation: { central: trains },
    });
    const run = await until(async () => {
      const view = await call('/v1/runs/bench');
      return view.status === 'completed' || view.status === 'failed' ? view : undefined;
    }, 'the run to end', 3_600_000, 250);
    if (run.status !== 'completed') throw new Error(`The run ended as ${run.status}: ${run.reason}.`);
    const after = bytes();
    const list = [];
    for (let round = 1; round <= rounds; round++) list.push(await call(`/v1/runs/bench/rounds/${round}`));
    return {
      system: 'fedseal',
      startedAt: list[0].openedAtMs / 1000,
      rounds: list.map((view) => ({
        round: view.round,
        endedAt: view.closedAtMs / 1000,
        longestTraining: trains ? Math.max(...view.contributions.map(({ metrics, examples }) => (examples * epochs) / Number(metrics.imagesPerSecond))) : 0,
        accuracy: view.evaluations[0] ? Number(view.evaluations[0].metrics.accuracy) : null,
      })),
      bytes: { up: after.up - before.up, down: after.down - before.down },
      memory: memory.stop(),
    };
  } finally {
    await processes.stop();
  }
}

async function readiness(call, clients) {
  const list = await call('/v1/contributors');
  const members = (list.contributors ?? list.items ?? list).filter((member) => member.role === 'contributor');
  return { ready: members.length >= clients && members.every((member) => member.online !== false) };
}
