/** What a page would bundle: everything that reads and checks evidence, on the portable primitives. */
export { nobleCrypto } from '../crypto/noble-crypto.js';
export { decodeChainFile } from '../file/chain-file.js';
export { decodeReceipt } from '../receipt/receipt.js';
export { verifyReceipt } from '../receipt/verify-receipt.js';
export { verifyOmission } from '../omission/verify-omission.js';
export { verifyContradiction } from '../contradiction/verify-contradiction.js';
export { verifyPromise } from '../promise/promise.js';
export { verifyTlogProof } from '../tiles/tlog-proof.js';
export { verifyChain } from '../verify/verify-chain.js';
export { createSearcher } from '../pow/searcher.js';
