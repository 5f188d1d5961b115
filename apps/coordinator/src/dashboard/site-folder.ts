import { fileURLToPath } from 'node:url';

/** Nest injection token of the folder that holds the built dashboard. */
export const SITE_FOLDER = Symbol('SiteFolder');

/** What `npm run setup` builds; the same way from this file's source and from its build. */
export const BUILT_SITE = fileURLToPath(new URL('../../../dashboard/dist/site/', import.meta.url));
