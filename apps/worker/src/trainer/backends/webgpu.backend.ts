import { env } from '@tensorflow/tfjs-core';
import { isNotInstalled, shortCause, unavailable, type Availability, type Backend } from './backend.js';
import { useBackend } from './use-backend.js';
import { hasVulkanLoader } from './vulkan-loader.js';

/** What is used of `webgpu`, Dawn's binding for Node: the constants of the standard, and the entry point. */
interface DawnBinding {
  create(options: string[]): Gpu;
  readonly globals: Record<string, unknown>;
}

interface Gpu {
  requestAdapter(options?: object): Promise<GpuAdapter | null>;
}

interface GpuAdapter {
  readonly info?: { readonly vendor?: string; readonly architecture?: string; readonly description?: string };
  readonly isFallbackAdapter?: boolean;
}

/** Of TensorFlow.js' matrix products, the one whose result does not change from run to run (MatMulProgramType). */
const REPEATABLE_MATMUL = 3;

const LOADER_REMEDY = 'install a Vulkan loader and the driver of the graphics card (Debian: libvulkan1)';
const ADAPTER_REMEDY = 'install the Vulkan driver of the graphics card; in a container NVIDIA_DRIVER_CAPABILITIES must include graphics';
const PACKAGE_REMEDY = 'npm install --no-save webgpu@0.6.2 (it needs glibc 2.34)';

/** Once a process: a second entry point would let the first be collected while its device computes, which ends in a crash. */
let opened: Availability | undefined;

/** Any GPU with a Vulkan, Metal or Direct3D driver, through Dawn: no CUDA toolkit is needed. */
export const webgpuBackend: Backend = {
  name: 'webgpu',
  async open({ explicit }) {
    if (opened) return opened;
    const activate = () => useBackend('webgpu');
    if (!explicit && !hasVulkanLoader()) return unavailable('no Vulkan loader (libvulkan.so.1)', LOADER_REMEDY);
    let restore: (() => void) | undefined;
    try {
      const packageName: string = 'webgpu';
      const dawn = (await import(packageName)) as DawnBinding;
      const gpu = dawn.create([]);
      const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
      if (!adapter) return unavailable('no graphics adapter answered', ADAPTER_REMEDY);
      if (isSoftware(adapter) && !explicit) return unavailable('only a software adapter answered');
      // The backend looks for both while it loads, so they stand there before it does.
      restore = installGlobals(dawn.globals, gpu);
      await import('@tensorflow/tfjs-backend-webgpu');
      env().set('WEBGPU_MATMUL_PROGRAM_TYPE', REPEATABLE_MATMUL);
      await activate();
      opened = { available: true, detail: nameOf(adapter), activate };
      return opened;
    } catch (error) {
      restore?.();
      return isNotInstalled(error, 'webgpu') ? unavailable('the package webgpu is not installed', PACKAGE_REMEDY) : unavailable(shortCause(error));
    }
  },
};

function isSoftware(adapter: GpuAdapter): boolean {
  return adapter.isFallbackAdapter === true || /llvmpipe|lavapipe|swiftshader/i.test(nameOf(adapter));
}

function nameOf({ info }: GpuAdapter): string {
  const parts = [info?.description, info?.vendor, info?.architecture].filter((part) => part !== undefined && part !== '');
  return parts[0] === undefined ? 'a graphics adapter' : parts.join(', ');
}

/** @returns what takes them away again */
function installGlobals(constants: Record<string, unknown>, gpu: Gpu): () => void {
  const host = globalThis as Record<string, unknown>;
  const added = Object.keys(constants).filter((name) => !(name in host));
  for (const name of added) host[name] = constants[name];
  const navigator = host['navigator'] as object | undefined;
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  return () => {
    for (const name of added) delete host[name];
    if (navigator) delete (navigator as { gpu?: unknown }).gpu;
    else delete host['navigator'];
  };
}
