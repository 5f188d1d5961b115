#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('fedseal: this checkout is not built yet; run `npm run setup` first\n');
  process.exit(3);
}
await import(main.href);
