import { existsSync, readFileSync } from 'node:fs';

/** The dynamic linker's index of libraries: names in plain text between binary fields. */
const LINKER_CACHE = '/etc/ld.so.cache';
const LIBRARY = 'libvulkan.so.1';
/** Where it lies on systems without that index. */
const FOLDERS = ['/usr/lib', '/usr/lib64', '/lib', '/usr/local/lib', '/run/opengl-driver/lib'];

/**
 * Whether Dawn will find a Vulkan loader. Without one it prints warnings of its own on standard error, which nothing here can
 * stop, so it is asked only where there is one. Other systems carry their graphics interface with them.
 */
export function hasVulkanLoader(platform: NodeJS.Platform = process.platform, cache = LINKER_CACHE, folders = FOLDERS): boolean {
  if (platform !== 'linux') return true;
  if (existsSync(cache) && readFileSync(cache).includes(LIBRARY)) return true;
  return folders.some((folder) => existsSync(`${folder}/${LIBRARY}`));
}
