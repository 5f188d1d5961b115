import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CodedError } from '../observability/coded-error.js';
import { IMMUTABLE } from '../ledger/http/caching.js';
import { Site, type SiteFile } from './site.js';

/**
 * Nothing but this origin's own files, and no style or script inside the page. The sentence that stands in for a dashboard that
 * was not built keeps to it too.
 */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
  "worker-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Fedseal</title><h1>The dashboard is not built</h1>'
  + '<p>Run <code>npm run setup</code> in the checkout and start the coordinator again. The rest works: <a href="/docs">the API</a>.</p></html>';

/** The dashboard. Its pages have addresses of their own, and all of them are the one page, which reads the address itself. */
@ApiExcludeController()
@Controller()
export class DashboardController {
  constructor(private readonly site: Site) {}

  @Get(['', 'runs', 'runs/*path', 'chain', 'chain/*path', 'verify', 'contributors', 'contributors/*path', 'models', 'models/*path', 'start-worker'])
  @Header('Content-Security-Policy', POLICY)
  @Header('Cache-Control', 'no-cache')
  page(@Req() request: Request, @Res() response: Response): void {
    const { page } = this.site;
    if (page === undefined) response.status(503).type('html').send(NOT_BUILT);
    else send(request, response, page);
  }

  /** Their names hold the hash of their content. */
  @Get('assets/:name')
  @Header('Cache-Control', IMMUTABLE)
  asset(@Req() request: Request, @Res() response: Response): void {
    this.sendFile(`assets/${String(request.params.name)}`, request, response);
  }

  @Get('favicon.svg')
  @Header('Cache-Control', 'no-cache')
  icon(@Req() request: Request, @Res() response: Response): void {
    this.sendFile('favicon.svg', request, response);
  }

  private sendFile(path: string, request: Request, response: Response): void {
    const file = this.site.file(path);
    if (file === undefined) {
      response.removeHeader('Cache-Control');
      throw new CodedError('route.not-found', 'This build of the dashboard has no such file; load the page again.');
    }
    // The scripts of web workers bring their own policy.
    response.set('Content-Security-Policy', POLICY);
    send(request, response, file);
  }
}

function send(request: Request, response: Response, { type, bytes, gzipped, tag }: SiteFile): void {
  response.set({ 'Content-Type': type, 'ETag': tag, 'Vary': 'Accept-Encoding' });
  if (request.headers['if-none-match'] === tag) {
    response.status(304).end();
    return;
  }
  if (request.acceptsEncodings('gzip') === 'gzip') response.set('Content-Encoding', 'gzip').end(gzipped);
  else response.end(bytes);
}
