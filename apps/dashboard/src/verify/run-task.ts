import { ChainError } from '@fedseal/chain/chain-error';
import type { ChainCallbacks, ChainReport } from '@fedseal/chain/verify/verify-chain';
import { checkChainFile, checkReceiptFile, kindOf, modelFinder, nameOf } from './check-file.js';
import { checkServedChain } from './check-served-chain.js';
import { Unreached } from './served-chain.js';
import type { ChainFacts, Progress, Task, Verdict } from './verdict.js';

/** More often than this nobody reads it. */
const TOLD_EVERY_MS = 100;

/** Checks one thing and says what came of it: refusals are verdicts, whatever else goes wrong is thrown. @param now ms */
export async function runTask(task: Task, tell: (progress: Progress) => void, now: () => number): Promise<Verdict> {
  const begun = now();
  const seconds = () => (now() - begun) / 1000;
  const counter = countingCallbacks(tell, now);
  try {
    return { ...await judge(task, counter), seconds: seconds() };
  } catch (error) {
    if (error instanceof ChainError) return { result: 'refused', rule: ruleOf(error), message: sentenceOf(error), location: error.location, seconds: seconds() };
    if (error instanceof Unreached) return { result: 'unreached', message: error.message, seconds: seconds() };
    throw error;
  }
}

type Outcome = Verdict extends infer V ? (V extends Verdict ? Omit<V, 'seconds'> : never) : never;

async function judge(task: Task, counter: Counter): Promise<Outcome> {
  if (task.what === 'server') return { result: 'chain', source: 'server', facts: factsOf(await checkServedChain(counter.callbacks, counter.onSize)) };
  switch (kindOf(task.bytes)) {
    case 'receipt':
      return { result: 'receipt', facts: await checkReceiptFile(task.bytes) };
    case 'chain':
      return { result: 'chain', source: 'file', facts: factsOf(await checkChainFile(task.bytes, counter.callbacks, counter.onSize)) };
    case 'model': {
      const sha256 = nameOf(task.bytes);
      const { onLeaf, namings } = modelFinder(sha256);
      const report = await checkServedChain({
        ...counter.callbacks,
        onLeaf: (leaf, at) => {
          onLeaf(leaf, at);
          return counter.callbacks.onLeaf?.(leaf, at);
        },
      }, counter.onSize);
      return { result: 'model', sha256, namings, facts: factsOf(report) };
    }
  }
}

/** The outer rule says which part of a receipt is wrong, the inner one why. */
function ruleOf(error: ChainError): string {
  return error.cause instanceof ChainError ? `${error.rule} (${error.cause.rule})` : error.rule;
}

function sentenceOf(error: ChainError): string {
  return error.cause instanceof ChainError && !error.message.includes(error.cause.message) ? `${error.message} ${error.cause.message}` : error.message;
}

interface Counter {
  readonly callbacks: ChainCallbacks;
  readonly onSize: (size: number) => void;
}

function countingCallbacks(tell: (progress: Progress) => void, now: () => number): Counter {
  const begun = now();
  let told = begun;
  let all = 0;
  let blocks = 0;
  return {
    onSize: (size) => void (all = size),
    callbacks: {
      onHeader: () => void blocks++,
      onLeaf: (_, { index }) => {
        const time = now();
        if (time - told < TOLD_EVERY_MS) return;
        told = time;
        tell({ leaves: index + 1, all, blocks, seconds: (time - begun) / 1000 });
      },
    },
  };
}

function factsOf({ chainId, name, head, blocks, leaves, rounds, contributors, work, views }: ChainReport): ChainFacts {
  return { chainId, name, head, blocks, leaves, rounds, contributors, work, operator: views.operator?.keyId ?? '' };
}
