import { createHash } from 'node:crypto';
import { utf8 } from '@fedseal/chain/bytes';
import { testHash } from '@fedseal/chain/testing/test-chain.testing';
import type { Storage } from '../storage/open-storage.js';
import { openTestLedger } from './ledger.testing.js';
import { Scene } from './scene.testing.js';

/** The content of a file that a scene names. */
export const bytesOf = (name: string): Uint8Array => utf8(`the bytes of ${name}`);
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Four blocks: the charter; two enrolments and a run without rounds; a round of two contributors; its run's end. One more
 * enrolment waits in the pool. Every file is stored.
 * @returns the names of the files
 */
export async function buildStoredChain(storage: Storage): Promise<ReadonlySet<string>> {
  const ledger = await openTestLedger(storage);
  ledger.start();
  const names = new Set<string>();
  const scene = new Scene(ledger.service, (name) => {
    names.add(name);
    return { sha256: digestOf(bytesOf(name)), tensorRoot: testHash(`tensors ${name}`), bytes: bytesOf(name).length };
  });
  const cohort = [await scene.enrol('alice'), await scene.enrol('bob')];
  await scene.createRun('warm-up');
  await ledger.service.sealed(await scene.endRun('warm-up'));
  await scene.createRun('digits');
  await ledger.service.sealed(await scene.playRound('digits', cohort));
  await ledger.service.sealed(await scene.endRun('digits'));
  await ledger.service.write((write) => write.accept(scene.enrolment('carol')));
  await ledger.close();
  for (const name of names) await storage.blobs.put(bytesOf(name));
  return names;
}
