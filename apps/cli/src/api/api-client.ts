import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@fedseal/protocol/problem';
import { CliError, EXIT } from '../cli-error.js';
import type { CliConfig } from '../config/cli-config.js';

/** The coordinator's REST interface, as an operator uses it. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly token: string | undefined,
  ) {}

  /** The coordinator named by flag or environment, else the one that runs on the data folder. @throws CliError */
  static async connect(config: CliConfig): Promise<ApiClient> {
    const url = config.url ?? (await runningCoordinator(config.home));
    return new ApiClient(url.replace(/\/+$/, ''), config.token ?? (await readOptional(join(config.home, 'operator.token'))));
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  /** The answer's own bytes, for documents whose bytes matter. */
  async bytes(path: string): Promise<Uint8Array> {
    return this.send('GET', path);
  }

  private async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.send(method, path, body))) as T;
  }

  /** @throws CliError with the coordinator's own code and sentence */
  private async send(method: string, path: string, body?: unknown): Promise<Uint8Array> {
    let response: Response;
    try {
      response = await fetch(this.url + path, {
        method,
        headers: {
          accept: 'application/json',
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new CliError('coordinator.unreachable', `No coordinator answers at ${this.url}. Start it, or name another with --url.`, EXIT.environment, { cause });
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return bytes;
    const problem = parseProblem(new TextDecoder().decode(bytes));
    throw new CliError(problem?.code ?? 'coordinator.error', problem?.detail ?? `${method} ${path} was answered with status ${response.status}.`);
  }
}

async function runningCoordinator(home: string): Promise<string> {
  const text = await readOptional(join(home, 'coordinator.json'));
  if (text === undefined) {
    throw new CliError('coordinator.none', `No coordinator runs on ${home}. Start one with \`npm start\` or \`npx fedseal coordinator\`, or name one with --url.`, EXIT.environment);
  }
  return (JSON.parse(text) as { url: string }).url;
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError('home.unreadable', `${file} cannot be read: ${(error as Error).message}.`, EXIT.environment, { cause: error });
  }
}

function parseProblem(text: string): Problem | undefined {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return undefined;
  }
}
