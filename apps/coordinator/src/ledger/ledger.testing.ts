import { randomBytes } from 'node:crypto';
import { toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { testSigner } from '@fedseal/chain/testing/test-chain.testing';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { SystemClock } from '../observability/clock.js';
import { CrashPoints } from '../observability/crash-points.js';
import { FederationEvents } from '../observability/federation-events.js';
import { SystemRandomness } from '../observability/randomness.js';
import type { Storage } from '../storage/open-storage.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import type { LedgerOptions } from './ledger-options.js';
import { openLedger } from './open-ledger.js';
import type { LedgerTools, OpenLedger } from './open-ledger.js';
import { ManualTimer } from './timer.testing.js';

/** Blocks that take a few milliseconds, and enough tries that a changed header is not valid by luck. */
export const EASY: LedgerOptions = {
  name: 'Test federation',
  origin: undefined,
  minerThreads: 1,
  followMs: undefined,
  proofOfWork: { sigmaPpm: 8_000, window: 32, floor: 4096n, startMs: 0 },
};

export interface TestLedger extends OpenLedger {
  readonly operator: Signer;
  readonly timer: ManualTimer;
  readonly events: AnyDashboardEvent[];
}

/** A ledger on real storage whose delays end when the test says so. */
export async function openTestLedger(
  storage: Storage,
  changes: Partial<LedgerTools> & { store?: LedgerStore; options?: Partial<LedgerOptions>; operator?: Signer } = {},
): Promise<TestLedger> {
  const { options, operator = testSigner('operator'), ...tools } = changes;
  const bus = new FederationEvents();
  const events: AnyDashboardEvent[] = [];
  bus.listen((event) => events.push(event));
  const timer = new ManualTimer();
  const ledger = await openLedger({ ...EASY, ...options }, operator, {
    database: storage.database,
    store: storage.ledger,
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
    crash: new CrashPoints(),
    timer,
    events: bus,
    ...tools,
  });
  return { ...ledger, operator, timer, events };
}

export const randomHex = (): string => toHex(randomBytes(32));
