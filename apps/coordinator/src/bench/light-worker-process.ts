import { randomBytes } from 'node:crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { LightWorker, takePart } from './light-worker.js';
import type { HostReport, HostWorkers } from './worker-host.js';

/** The entry of a process of light workers; `WorkerHost` starts it. */
async function host({ invitations, examples }: HostWorkers): Promise<void> {
  const random = (length: number) => new Uint8Array(randomBytes(length));
  for (const [n, invitation] of invitations.entries()) {
    const worker = await LightWorker.enrol({
      invitation, examples, name: `light worker ${n + 1}`, signer: createSigner(random(32)), randomBytes: random,
      onInvite: async (invite, invited) => {
        report({ type: 'invited', round: invite.round, atNs: String(process.hrtime.bigint()) });
        await takePart(invite, invited);
      },
    });
    await worker.connect();
  }
  report({ type: 'online' });
}

function report(message: HostReport): void {
  process.send?.(message);
}

process.once('message', (workers: HostWorkers) => void host(workers));
process.once('disconnect', () => process.exit(0));
