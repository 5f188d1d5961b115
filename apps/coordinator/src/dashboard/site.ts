import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Inject, Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { SITE_FOLDER } from './site-folder.js';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface SiteFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  /** A strong entity tag: the content's hash. */
  readonly tag: string;
}

/** The built dashboard, read once: about a megabyte, compressed when the coordinator starts instead of on each request. */
@Injectable()
export class Site implements OnModuleInit {
  private readonly logger = new Logger('Dashboard');
  private readonly files = new Map<string, SiteFile>();

  constructor(@Inject(SITE_FOLDER) private readonly folder: string) {}

  async onModuleInit(): Promise<void> {
    const names = await readdir(this.folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const known = names.filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined);
    await Promise.all(known.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      this.files.set(path.slice(this.folder.length).replaceAll('\\', '/').replace(/^\/+/, ''), await read(path));
    }));
    if (this.page === undefined) this.logger.warn('The dashboard is not built; `npm run setup` builds it. Everything else works.');
  }

  /** The one page; undefined where the dashboard was not built. */
  get page(): SiteFile | undefined {
    return this.files.get('index.html');
  }

  /** @param path inside the site, without a slash before it */
  file(path: string): SiteFile | undefined {
    return this.files.get(path);
  }
}

async function read(path: string): Promise<SiteFile> {
  const bytes = await readFile(path);
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(path)] as string, bytes, gzipped: await compress(bytes, { level: 9 }), tag };
}
