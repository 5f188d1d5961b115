import { readFileSync } from 'node:fs';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { parse as parseYaml } from 'yaml';
import { SocketAdapter } from './contributors/sockets/socket.adapter.js';
import { Clock } from './observability/clock.js';
import { CodedError } from './observability/coded-error.js';
import type { JsonLogger } from './observability/logger.js';
import { ProblemFilter } from './observability/problem.filter.js';
import { Randomness } from './observability/randomness.js';
import { requestContext } from './observability/request-context.js';

/** Of every body that is parsed in memory; updates are streamed and have a limit of their own. */
const BODY_LIMIT = '1mb';
const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];
/** An update of 1 GiB may come over a slow line; Node's default would cut it off after five minutes. */
const REQUEST_TIMEOUT_MS = 3_600_000;
/** What still runs at shutdown gets this long before it is cut off. */
const DRAIN_MS = 5000;

/** Everything between the wire and the controllers: ids, headers, limits, errors, sockets, documentation. */
export class HttpEdge {
  private readonly sockets: SocketAdapter;

  constructor(
    private readonly app: NestExpressApplication,
    logger: JsonLogger,
  ) {
    app.disable('x-powered-by');
    app.use(requestContext(app.get(Clock), app.get(Randomness), logger));
    app.use(securityHeaders());
    app.useBodyParser('json', { limit: BODY_LIMIT, type: (request) => isParsed(request as Request, ['json', '+json']) });
    app.useBodyParser('text', { limit: BODY_LIMIT, type: (request) => isParsed(request as Request, YAML_TYPES) });
    app.use(yamlBody);
    app.useGlobalFilters(new ProblemFilter(logger));
    this.sockets = new SocketAdapter(app);
    app.useWebSocketAdapter(this.sockets);
    documentation(app);
    app.getHttpServer().requestTimeout = REQUEST_TIMEOUT_MS;
  }

  /** Takes nothing new, ends the sockets (their clients come back by themselves) and lets requests under way end. */
  async close(): Promise<void> {
    const server = this.app.getHttpServer();
    const cutOff = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await this.sockets.closeAll();
    clearTimeout(cutOff);
  }
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        // The page at /docs sets styles on its elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'"],
      },
    },
    // Whether this host is reached by TLS alone is for the proxy in front to say.
    strictTransportSecurity: false,
    // Auditors fetch blobs and the chain from pages of their own.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
}

/** An upload is bytes whatever its content type says. */
function isParsed(request: Request, types: string[]): boolean {
  return !request.url.startsWith('/v1/updates/') && Boolean(request.is(types));
}

/** A plan may be written in YAML; from here on it is the same object. */
function yamlBody(request: Request, _: Response, next: NextFunction): void {
  if (typeof request.body !== 'string' || !request.is(YAML_TYPES)) {
    next();
    return;
  }
  try {
    request.body = parseYaml(request.body);
    next();
  } catch (cause) {
    next(new CodedError('request.malformed', 'The body is not valid YAML; correct it and send it again.', { cause }));
  }
}

/** /openapi.json and a page to read it at /docs. */
function documentation(app: NestExpressApplication): void {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const description = new DocumentBuilder()
    .setTitle('Fedseal coordinator')
    .setDescription('Runs, rounds, contributors and the chain that seals them. Errors are problem+json with a stable `code`.')
    .setVersion(version)
    .addBearerAuth({ type: 'http', description: 'The token in <home>/operator.token' }, 'operator')
    .addBearerAuth({ type: 'http', bearerFormat: 'JWT', description: 'The token of POST /v1/session' }, 'session')
    .build();
  const document = () => SwaggerModule.createDocument(app, description);
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Fedseal coordinator' });
}
