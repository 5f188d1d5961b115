/// <reference types="node" />
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { retargetDocument } from '../pow/simulation/retarget-document.js';
import { retargetPlot } from '../pow/simulation/retarget-plot.js';

/** `node libs/chain/dist/native/retarget-report.js`: writes the tables of docs/RETARGET.md and docs/retarget.svg anew. */

const docs = new URL('../../../../docs/', import.meta.url);
const document = new URL('RETARGET.md', docs);
const plot = new URL('retarget.svg', docs);

writeFileSync(document, retargetDocument(readFileSync(document, 'utf8')));
writeFileSync(plot, retargetPlot());
console.log(`Wrote ${fileURLToPath(document)} and ${fileURLToPath(plot)}.`);
