import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, toBase64url, toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import { decodeConflict, encodeConflict } from '../conflict/conflict.js';
import type { Conflict } from '../conflict/conflict.js';
import { decodeContradiction, encodeContradiction } from '../contradiction/contradiction.js';
import type { Contradiction } from '../contradiction/contradiction.js';
import { verifyContradiction } from '../contradiction/verify-contradiction.js';
import { decodeChainFile, encodeChainFile } from '../file/chain-file.js';
import { decodeHeader, encodeHeader } from '../header/header.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { scanStrictJson } from '../json/strict-scanner.js';
import { decodeLeaf } from '../leaf/decode-leaf.js';
import { encodeLeaf } from '../leaf/encode-leaf.js';
import { LEAF_KINDS } from '../leaf/kinds.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { decodeNote, encodeNote } from '../note/note.js';
import { decodeOmission, encodeOmission, packLeafHashes } from '../omission/omission.js';
import type { Omission } from '../omission/omission.js';
import { verifyOmission } from '../omission/verify-omission.js';
import { decodePromise, encodePromise, signPromise, verifyPromise } from '../promise/promise.js';
import { buildReceipt } from '../receipt/build-receipt.js';
import { decodeReceipt, encodeReceipt } from '../receipt/receipt.js';
import type { Receipt } from '../receipt/receipt.js';
import { verifyReceipt } from '../receipt/verify-receipt.js';
import { decodeEntryBundle, entryBundle } from '../tiles/entry-bundle.js';
import { decodeHashTile } from '../tiles/hash-tile.js';
import { parseTilePath, tilePath } from '../tiles/tile-path.js';
import { decodeTlogProof, encodeTlogProof } from '../tiles/tlog-proof.js';
import { verifyChain } from '../verify/verify-chain.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { fuzz, fuzzedInputs, fuzzParameters, FUZZ_TIMEOUT_MS, outcome } from './fuzz.testing.js';
import type { FuzzTarget } from './fuzz.testing.js';
import { memoCrypto } from './memo-crypto.testing.js';
import { mutations } from './mutations.testing.js';
import { leafIndex, receiptSource } from './receipt-source.testing.js';
import { testHash } from './test-chain.testing.js';
import { buildSmallChain } from './test-federation.testing.js';

/**
 * What a stranger hands in may be anything. Every decoder refuses with a ChainError or accepts exactly one spelling: no crash, no
 * hang. Each runs for a moment here; with FUZZ_SECONDS=600 they take ten minutes together.
 */
const chain = buildSmallChain({ rounds: 2 });
const source = receiptSource(chain);
const origin = 'fedseal.test/federation';
const crypto = memoCrypto();

const oneOfEachKind = Object.keys(LEAF_KINDS).flatMap((kind) => chain.leaves[leafIndex(chain, kind)] ?? []);
const checkpoint = signCheckpoint({ origin, size: chain.tree.size, root: chain.tree.root() }, chain.operator, nodeCrypto);
const promise = signPromise({ chain: chain.chainId, leafHash: testHash('leaf'), height: 3, notAfterMs: 9, issuedAtMs: 8 }, chain.operator);
const receipts = await Promise.all([0, 1, 2, leafIndex(chain, 'update.commit'), chain.leaves.length - 1].map((index) => buildReceipt(source, index)));
const contradiction: Contradiction = {
  fedseal: 'contradiction/v1', chain: chain.chainId, charter: toBase64url(chain.leaves[0] as Uint8Array), rotations: [], earlier: checkpoint,
  later: signCheckpoint({ origin, size: chain.tree.size, root: chain.tree.rootAt(3) }, chain.operator, nodeCrypto), evidence: { kind: 'size' },
};

const conflict: Conflict = {
  fedseal: 'conflict/v1', chain: chain.chainId, charter: contradiction.charter, rotations: [], checkpoints: [checkpoint],
  kept: chain.head(), header: toHex(chain.headers[1] as Uint8Array), observed: 'Another history.',
};
const omission: Omission = {
  fedseal: 'omission/v1', chain: chain.chainId, charter: contradiction.charter, rotations: [], promise: signPromise({ ...promise.promise, leafHash: testHash('dropped') }, chain.operator), checkpoint,
  link: toBase64url(chain.leaves[chain.decodedHeaders[3]?.treeSize as number] as Uint8Array), leafHashes: packLeafHashes(chain.leaves.map((leaf) => leafHash(nodeCrypto, leaf))),
};

const asText = (read: (text: string) => string) => (input: Uint8Array) => {
  const text = Buffer.from(input).toString('utf8');
  // Bytes that are no UTF-8 are for whoever decodes them; here they would only look like another spelling.
  if (!equalBytes(utf8(text), input)) throw new ChainError('note.text', 'not UTF-8');
  return utf8(read(text));
};

const binary: Record<string, FuzzTarget> = {
  'leaf framing': { seeds: oneOfEachKind, roundTrip: (input) => encodeLeaf(decodeLeaf(input)) },
  'leaf content': {
    seeds: oneOfEachKind,
    roundTrip: (input) => {
      const leaf = readLeaf(input);
      const payload = leaf.kind === 'block.link' ? leaf.payload : encodeCanonicalJson(leaf.payload);
      return encodeLeaf({ kind: LEAF_KINDS[leaf.kind], payload, signatures: leaf.signatures });
    },
  },
  'header': { seeds: chain.headers, roundTrip: (input) => encodeHeader(decodeHeader(input)) },
  'chain file': { seeds: [encodeChainFile(chain), encodeChainFile({ headers: chain.headers.slice(0, 2), leaves: chain.leaves.slice(0, 3) })], roundTrip: (input) => encodeChainFile(decodeChainFile(input)) },
  'entry bundle': { seeds: [entryBundle(chain.leaves.slice(0, 5)), entryBundle([1, 0, 300, 2, 3].map((length) => new Uint8Array(length)))], roundTrip: (input) => entryBundle(decodeEntryBundle(input, 5)) },
  'hash tile': { seeds: [concatBytes(...[0, 1, 2].map((index) => chain.tree.leafHash(index)))], roundTrip: (input) => concatBytes(...decodeHashTile(input, 3)) },
};

const textual: Record<string, FuzzTarget> = {
  'canonical JSON': { seeds: [...receipts.slice(0, 2).map(encodeReceipt), utf8('{"a":[1,-2,null,true,"é\\n"],"b":{}}')], roundTrip: (input) => encodeCanonicalJson(decodeCanonicalJson(input)) },
  'receipt': { seeds: receipts.map(encodeReceipt), roundTrip: (input) => encodeReceipt(decodeReceipt(input)) },
  'promise': { seeds: [encodePromise(promise)], roundTrip: (input) => encodePromise(decodePromise(input)) },
  'contradiction': { seeds: [encodeContradiction(contradiction)], roundTrip: (input) => encodeContradiction(decodeContradiction(input)) },
  'conflict': { seeds: [encodeConflict(conflict)], roundTrip: (input) => encodeConflict(decodeConflict(input)) },
  'omission': { seeds: [encodeOmission(omission)], roundTrip: (input) => encodeOmission(decodeOmission(input)) },
  'note': { seeds: [utf8(checkpoint), utf8(`${checkpoint}${checkpoint.split('\n\n')[1]}`)], roundTrip: asText((text) => encodeNote(decodeNote(text))) },
  'checkpoint': { seeds: [utf8(decodeNote(checkpoint).text)], roundTrip: asText((text) => encodeCheckpoint(decodeCheckpoint(text))) },
  'tlog proof': { seeds: [undefined, utf8('x')].map((extra) => utf8(encodeTlogProof({ index: 3, inclusion: chain.tree.inclusionProof(3, chain.tree.size), checkpoint, ...(extra && { extra }) }))), roundTrip: asText((text) => encodeTlogProof(decodeTlogProof(text))) },
  'tile path': {
    seeds: ['tile/0/000', 'tile/1/x001/x234/067.p/8', 'tile/entries/x001/000.p/255'].map(utf8),
    roundTrip: asText((text) => {
      const { level, index, width } = parseTilePath(text);
      return tilePath(level, index, width);
    }),
  },
};

describe('decoders refuse or accept one spelling', () => {
  const tell = (name: string, { runs, accepted }: { runs: number; accepted: number }) => {
    console.log(`${name}: ${runs} inputs, ${accepted} accepted`);
    expect(accepted).toBeGreaterThan(0);
    expect(runs).toBeGreaterThan(accepted);
  };
  it.each(Object.entries(binary))('%s', (name, target) => tell(name, fuzz(target)), FUZZ_TIMEOUT_MS);
  it.each(Object.entries(textual))('%s', (name, target) => tell(name, fuzz(target, true)), FUZZ_TIMEOUT_MS);
});

describe('long inputs come to an end', () => {
  // Work in the square of a megabyte would take more than the time a test has.
  const MEGABYTE = 1 << 20;
  const texts: Record<string, string> = {
    'open brackets': '['.repeat(MEGABYTE), 'open objects': '{"a":'.repeat(MEGABYTE / 4), 'one string': `"${'a'.repeat(MEGABYTE)}"`, 'escapes': `"${'\\u0041'.repeat(MEGABYTE / 6)}"`,
    'numbers': `[${'1,'.repeat(MEGABYTE / 2)}1]`, 'one number': '1'.repeat(MEGABYTE), 'keys': `{${Array.from({ length: 60_000 }, (_, i) => `"${i}":0`).join()}}`, 'spaces': ' '.repeat(MEGABYTE),
    'surrogates': `"${'\\ud83d\\ude00'.repeat(MEGABYTE / 12)}"`, 'padding': '='.repeat(MEGABYTE), 'newlines': '\n'.repeat(MEGABYTE), 'signature lines': `a\n\n${'\u2014 a AAAAAAA=\n'.repeat(MEGABYTE / 16)}`,
    'one name': `a\n\n\u2014 ${'a'.repeat(MEGABYTE)} AAAAAAA=\n`, 'a path': `tile/0/${'x001/'.repeat(MEGABYTE / 5)}001`,
  };
  it.each(Object.entries(texts))('%s', (_, text) => {
    const bytes = utf8(text);
    const ofBytes = [scanStrictJson, decodeCanonicalJson, decodeReceipt, decodePromise, decodeContradiction, readLeaf];
    const ofText = [decodeNote, decodeCheckpoint, decodeTlogProof, parseTilePath];
    const accepted = [...ofBytes.map((read) => outcome(() => read(bytes))), ...ofText.map((read) => outcome(() => read(text)))]
      .filter((value) => value !== undefined);
    // JSON that is merely long is JSON to both of its readers, in one spelling or not; nothing else takes it.
    expect(accepted.length).toBeLessThanOrEqual(2);
  });
});

it('strict JSON agrees with JSON.parse wherever it accepts', () => {
  fc.assert(fc.property(fuzzedInputs(textual['canonical JSON']!.seeds, true), (input) => {
    const value = outcome(() => scanStrictJson(input));
    if (value !== undefined) expect(value).toEqual(JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)));
  }), fuzzParameters);
}, FUZZ_TIMEOUT_MS);

describe('verifiers refuse whatever was changed', () => {
  /** Values near true evidence: a few fields changed, each by a step or by anything JSON has. */
  const changed = (truth: object): fc.Arbitrary<unknown> => {
    const steps = mutations(truth);
    return fc.oneof(
      fc.constantFrom(...steps).map(({ value }) => value),
      fc.tuple(fc.constantFrom(...Object.keys(truth)), fc.jsonValue()).map(([key, value]) => ({ ...truth, [key]: value })),
      fc.jsonValue(),
    );
  };

  it('receipts', () => {
    fc.assert(fc.property(fc.constantFrom(...receipts).chain((receipt) => fc.tuple(fc.constant(receipt), changed(receipt))), ([truth, value]) => {
      if (outcome(() => verifyReceipt(value, crypto)) !== undefined) expect(encodeReceipt(value as Receipt)).toEqual(encodeReceipt(truth));
    }), fuzzParameters);
  }, FUZZ_TIMEOUT_MS);

  it('receipt files', () => {
    // What a byte of a cosigner's line says is for whoever asks for that cosigner; everything else is asked for here.
    const essence = ({ checkpoint: _, ...receipt }: Receipt) => receipt;
    const truths = receipts.map((receipt) => JSON.stringify(essence(receipt)));
    fc.assert(fc.property(fuzzedInputs(receipts.map(encodeReceipt), true), (input) => {
      const receipt = outcome(() => decodeReceipt(input));
      if (receipt === undefined || outcome(() => verifyReceipt(receipt, crypto)) === undefined) return;
      expect(truths).toContain(JSON.stringify(essence(receipt)));
    }), fuzzParameters);
  }, FUZZ_TIMEOUT_MS);

  it('promises, contradictions and omissions', () => {
    fc.assert(fc.property(changed(promise), changed(contradiction), changed(omission), (first, second, third) => {
      if (outcome(() => verifyOmission(third, crypto)) !== undefined) expect(third).toEqual(omission);
      if (outcome(() => verifyPromise(first, chain.operator, crypto)) !== undefined) expect(first).toEqual(promise);
      if (outcome(() => verifyContradiction(second, crypto)) !== undefined) expect(second).toEqual(contradiction);
    }), fuzzParameters);
  }, FUZZ_TIMEOUT_MS);

  it('chain files', async () => {
    const file = encodeChainFile(chain);
    await fc.assert(fc.asyncProperty(fuzzedInputs([file], false), async (input) => {
      const report = await Promise.resolve().then(() => verifyChain(decodeChainFile(input), crypto)).catch((error: unknown) => error);
      if (report instanceof ChainError) return;
      if (report instanceof Error) throw report;
      expect(toHex(input)).toBe(toHex(file));
    }), fuzzParameters);
  }, FUZZ_TIMEOUT_MS);
});
