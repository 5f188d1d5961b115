import { readdir, readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { hasVulkanLoader } from '../trainer/backends/vulkan-loader.js';

/** What decides which backends can work. */
export interface MachineFacts {
  readonly node: string;
  readonly platform: string;
  /** Of the C library; null where it is another one (musl, macOS). WebGPU's binding needs 2.34. */
  readonly glibc: string | null;
  readonly cpu: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly vulkanLoader: boolean;
  /** Names of the manifests of Vulkan drivers. */
  readonly vulkanDrivers: readonly string[];
  /** Of NVIDIA's kernel module; null without one. */
  readonly nvidiaDriver: string | null;
}

/** Where Vulkan's loader looks for drivers on Linux. */
const DRIVER_FOLDERS = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
const NVIDIA_VERSION = '/proc/driver/nvidia/version';

export async function machineFacts(driverFolders = DRIVER_FOLDERS, nvidiaVersion = NVIDIA_VERSION): Promise<MachineFacts> {
  return {
    node: process.version,
    platform: `${platform()} ${arch()}`,
    glibc: glibcVersion(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    vulkanLoader: hasVulkanLoader(),
    vulkanDrivers: (await Promise.all(driverFolders.map(namesIn))).flat().filter((name) => name.endsWith('.json')).sort(),
    nvidiaDriver: await nvidiaDriver(nvidiaVersion),
  };
}

function glibcVersion(): string | null {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? null;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function nvidiaDriver(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /(\d+\.\d+(\.\d+)?)/.exec(text)?.[1] ?? null;
}
