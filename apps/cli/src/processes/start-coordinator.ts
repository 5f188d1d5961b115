import { join } from 'node:path';
import { ApiClient } from '../api/api-client.js';
import { childEnvironment, readConfig } from '../config/cli-config.js';
import { Child } from './child.js';
import { COORDINATOR } from './entry-points.js';

interface Ready {
  readonly type: 'ready';
  readonly url: string;
}

export interface RunningCoordinator {
  readonly child: Child;
  readonly url: string;
  readonly api: ApiClient;
}

/** Starts the coordinator on a data folder. @throws CliError with the coordinator's own words when it does not come up */
export async function startCoordinator({ home, port }: { readonly home: string; readonly port: number }): Promise<RunningCoordinator> {
  let announce: (ready: Ready) => void = () => undefined;
  const announced = new Promise<Ready>((resolve) => (announce = resolve));
  const child = new Child({
    entry: COORDINATOR,
    args: ['serve'],
    env: childEnvironment({ FEDSEAL_HOME: home, FEDSEAL_PORT: String(port), FEDSEAL_LOG_LEVEL: 'info' }),
    logFile: join(home, 'logs', 'coordinator.log'),
    onMessage: (message) => {
      if ((message as Ready).type === 'ready') announce(message as Ready);
    },
  });
  try {
    const { url } = await child.orFail(announced, 'coordinator');
    return { child, url, api: await ApiClient.connect({ ...readConfig(), home, url }) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
