import { WorkerError } from '../worker-error.js';
import type { Dataset } from './dataset.js';

type Size = readonly [height: number, width: number, channels: number];
type Sharp = typeof import('sharp').default;

/** Files decoded at once: libvips has threads of its own. */
const AT_ONCE = 16;

/**
 * Decodes PNG and JPEG files to bytes. Turned as their EXIF orientation says; transparent parts lie on black; 16 bits become 8.
 * With `size`, each is stretched to height × width (Lanczos 3; the aspect ratio is not kept, as in Keras'
 * `image_dataset_from_directory`) and made grey (luminance) or coloured (sRGB) as the channels say. Without, all must have one
 * size, and be all grey or all coloured.
 * @throws WorkerError `data.unreadable` with the file's name, `data.image-size`, `data.decoder`
 */
export async function decodeImages(files: readonly string[], size: Size | undefined): Promise<Pick<Dataset, 'images' | 'shape'>> {
  const sharp = await loadSharp();
  const shape = size ?? (await sizeOf(sharp, files[0]!));
  const length = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(files.length * length);
  for (let start = 0; start < files.length; start += AT_ONCE) {
    await Promise.all(files.slice(start, start + AT_ONCE).map(async (file, offset) => {
      if (size === undefined) await demandSize(sharp, file, shape, files[0]!);
      images.set(await decode(sharp, file, shape), (start + offset) * length);
    }));
  }
  return { images, shape };
}

async function loadSharp(): Promise<Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    // Each file is read once.
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new WorkerError('data.decoder', 'The image decoder "sharp" does not load on this machine; install it for this platform, or give --data IDX or CSV files.', { cause });
  }
}

async function sizeOf(sharp: Sharp, file: string): Promise<Size> {
  try {
    const { autoOrient, space } = await sharp(file).metadata();
    return [autoOrient.height, autoOrient.width, space === 'b-w' || space === 'grey16' ? 1 : 3];
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function demandSize(sharp: Sharp, file: string, shape: Size, first: string): Promise<void> {
  const own = await sizeOf(sharp, file);
  if (own.join() === shape.join()) return;
  throw new WorkerError('data.image-size', `${file} is ${own.join('x')} (height x width x channels) and ${first} is ${shape.join('x')}; give the size that the model takes, such as --image-size ${shape.join('x')}.`);
}

async function decode(sharp: Sharp, file: string, [height, width, channels]: Size): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(file, { failOn: 'warning' })
      .autoOrient()
      .flatten({ background: 'black' })
      .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`${info.channels} channels`);
    return data;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): WorkerError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new WorkerError('data.unreadable', `${file} cannot be decoded (${reason}); it is damaged or no image, so replace or remove it.`, { cause });
}
