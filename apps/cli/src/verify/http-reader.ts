import { ChainError } from '@fedseal/chain/chain-error';
import { CliError, EXIT } from '../cli-error.js';

/** A server that says nothing for this long is not reached. */
const TIMEOUT_MS = 60_000;

/** Reads a coordinator's public addresses, never more of an answer than was asked for. */
export class HttpReader {
  /** Without a slash at the end. */
  readonly url: string;

  /** @throws CliError `url.invalid` */
  constructor(url: string) {
    if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) {
      throw new CliError('url.invalid', `${url} is no address. Give one like http://coordinator.example:7700.`, EXIT.usage);
    }
    const { origin, pathname } = new URL(url);
    this.url = `${origin}${pathname}`.replace(/\/+$/, '');
  }

  /**
   * @param most bytes @returns undefined where the server says that there is no such thing, or that it is not for everybody
   * @throws CliError `url.unreachable`, ChainError `url.too-long`
   */
  async read(path: string, most: number): Promise<Uint8Array | undefined> {
    const address = `${this.url}${path}`;
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if ([401, 403, 404].includes(response.status)) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) throw new Error(`it answers with status ${response.status}`);
      return await readUpTo(response, most, path);
    } catch (cause) {
      if (cause instanceof ChainError) throw cause;
      throw new CliError('url.unreachable', `${address} cannot be read: ${reasonOf(cause)}. See that the coordinator runs there, then ask again.`, EXIT.environment, { cause });
    }
  }
}

async function readUpTo(response: Response, most: number, path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the rest.
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > most) throw new ChainError('url.too-long', `The answer to ${path} is longer than the ${most} bytes that it can have.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function reasonOf(error: unknown): string {
  const { message, cause, name } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
