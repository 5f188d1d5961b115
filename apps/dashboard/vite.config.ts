import { defineConfig } from 'vite';

/** Workspace packages are bundled from their sources, which need no build before this one. */
const conditions = ['@fedseal/source', 'module', 'browser', 'import', 'default'];

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    // No data: address for any file: the coordinator's policy lets scripts and styles come from files alone.
    assetsInlineLimit: 0,
    // The helper for preloading would write a script of its own into the page.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      onwarn(warning, warn) {
        // Libraries mark what runs on a client alone; everything here does.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  worker: { format: 'es' },
});
