import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDataset, type DatasetSpec } from './load-dataset.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'images-')); });
afterEach(() => rm(folder, { recursive: true }));

const spec = (changes: Partial<DatasetSpec> = {}): DatasetSpec => ({ source: folder, split: 'train', partition: { kind: 'iid' }, seed: 1, ...changes });
const load = (changes: Partial<DatasetSpec> = {}) => loadDataset(spec(changes));

interface Drawn { width?: number; height?: number; channels?: 1 | 3 | 4; format?: 'png' | 'jpeg' }

/** An image whose value at (x, y, channel) `pixel` gives. */
async function draw(path: string, pixel: (x: number, y: number, channel: number) => number, { width = 3, height = 2, channels = 1, format = 'png' }: Drawn = {}) {
  const data = Uint8Array.from({ length: width * height * channels }, (_, at) => {
    const channel = at % channels;
    const place = (at - channel) / channels;
    return pixel(place % width, Math.floor(place / width), channel);
  });
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  const image = sharp(data, { raw: { width, height, channels } });
  await (format === 'png' ? image.toColourspace(channels === 1 ? 'b-w' : 'srgb').png() : image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' })).toFile(file);
  return [...data];
}
const ramp = (from: number) => (x: number, y: number, channel: number) => from + 10 * x + 40 * y + channel;

describe('a folder of images for each class', () => {
  it('is read to the pixel, row by row, classes by the names of the folders', async () => {
    const cat = await draw('cat/1.png', ramp(0));
    const dog = [await draw('dog/a.png', ramp(100)), await draw('dog/b.PNG', ramp(7))];
    const { images, labels, ...rest } = await load();
    expect([...images]).toEqual([...cat, ...dog.flat()]);
    expect([...labels]).toEqual([0, 1, 1]);
    expect(rest).toEqual({ shape: [2, 3, 1], count: 3, classes: 2, classNames: ['cat', 'dog'] });
  });

  it('is read in colour, channel by channel, and from JPEG', async () => {
    const red = await draw('0/red.png', (_x, _y, channel) => [200, 30, 4][channel]!, { channels: 3 });
    await draw('1/grey.jpg', () => 77, { channels: 3, format: 'jpeg' });
    const { images, shape, classes, classNames } = await load();
    expect([shape, classes, classNames]).toEqual([[2, 3, 3], 2, undefined]);
    expect([...images.subarray(0, 18)]).toEqual(red);
    for (const value of images.subarray(18)) expect(Math.abs(value - 77)).toBeLessThanOrEqual(1);
  });

  it('takes the folder of the split where there is one', async () => {
    await draw('train/a/1.png', ramp(0));
    await draw('train/b/1.png', ramp(1));
    const test = await draw('test/b/1.png', ramp(50));
    await mkdir(join(folder, 'test', 'a'));
    const { images, labels, classes } = await load({ split: 'test' });
    expect([[...images], [...labels], classes]).toEqual([test, [1], 2]);
    expect((await load()).count).toBe(2);
  });

  it('lets whole numbers stand for themselves, and a list give the order', async () => {
    await draw('3/1.png', ramp(0));
    await draw('10/1.png', ramp(1));
    expect(await load()).toMatchObject({ labels: Uint8Array.of(10, 3), classes: 11 });
    expect(await load({ classes: ['3', 'none', '10'] })).toMatchObject({ labels: Uint8Array.of(2, 0), classes: 3 });
    await expect(load({ classes: ['3'] })).rejects.toMatchObject({ code: 'data.label', message: expect.stringMatching(/10\/1\.png is no class; add it to --classes 3/) });
  });

  it('stretches to the size that is asked for, grey or coloured', async () => {
    await draw('a/wide.png', () => 90, { width: 8, height: 2, channels: 3 });
    await draw('b/tall.png', () => 200, { width: 3, height: 9, channels: 1 });
    const grey = await load({ imageSize: [4, 5, 1] });
    expect(grey.shape).toEqual([4, 5, 1]);
    expect([...grey.images]).toEqual([...Array(20).fill(90), ...Array(20).fill(200)]);
    const coloured = await load({ imageSize: [2, 2, 3] });
    expect([...coloured.images]).toEqual([...Array(12).fill(90), ...Array(12).fill(200)]);
  });

  it('greys by luminance: green is brighter than red, red than blue', async () => {
    for (const [name, channel] of [['b', 2], ['g', 1], ['r', 0]] as const) await draw(`${name}/1.png`, (_x, _y, each) => (each === channel ? 255 : 0), { channels: 3 });
    const { images } = await load({ imageSize: [1, 1, 1] });
    const [blue, green, red] = images as unknown as [number, number, number];
    expect(green).toBeGreaterThan(red);
    expect(red).toBeGreaterThan(blue);
  });

  it('turns as EXIF says, and lays what is transparent on black', async () => {
    await draw('a/clear.png', (_x, _y, channel) => (channel === 3 ? 0 : 255), { channels: 4 });
    await mkdir(join(folder, 'b'));
    const turned = sharp(Uint8Array.from([0, 0, 0, 255, 255, 255]), { raw: { width: 1, height: 2, channels: 3 } });
    await turned.withMetadata({ orientation: 6 }).png().toFile(join(folder, 'b', 'turned.png'));
    const { images } = await load({ imageSize: [1, 2, 1] });
    expect([...images]).toEqual([0, 0, 255, 0]);
  });

  it('decodes a part alone, and the first N over all classes', async () => {
    for (const name of ['a', 'b']) for (let i = 0; i < 4; i++) await draw(`${name}/${i}.png`, ramp(i + (name === 'b' ? 100 : 0)));
    expect([...(await load({ examples: 4 })).labels]).toEqual([0, 0, 1, 1]);
    const parts = await Promise.all([0, 1].map((index) => load({ shard: { index, of: 2 } })));
    expect(parts.flatMap(({ images }) => [0, 1, 2, 3].map((at) => images[at * 6]!)).sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 100, 101, 102, 103]);
    // One that is broken is another worker's trouble.
    await writeFile(join(folder, 'a', '0.png'), 'broken');
    const outcomes = await Promise.allSettled([0, 1].map((index) => load({ shard: { index, of: 2 } })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses with a sentence that names the file', async () => {
    await draw('a/1.png', ramp(0));
    await draw('b/1.png', ramp(1), { width: 4 });
    await expect(load()).rejects.toMatchObject({ code: 'data.image-size', message: expect.stringMatching(/b\/1\.png is 2x4x1 .*a\/1\.png is 2x3x1; .* --image-size 2x3x1/) });
    await writeFile(join(folder, 'b', '1.png'), Buffer.from('not an image'));
    await expect(load({ imageSize: [2, 2, 1] })).rejects.toMatchObject({ code: 'data.unreadable', message: expect.stringMatching(/b\/1\.png cannot be decoded/) });
    await draw('b/1.png', (x, y) => (x * 71 + y * 37) % 256, { width: 64, height: 64 });
    const whole = await sharp(join(folder, 'b', '1.png')).toBuffer();
    await writeFile(join(folder, 'b', '1.png'), whole.subarray(0, whole.length / 2));
    await expect(load({ imageSize: [2, 2, 1] })).rejects.toMatchObject({ code: 'data.unreadable' });
    await writeFile(join(folder, 'b', 'notes.txt'), 'x');
    await expect(load()).rejects.toMatchObject({ code: 'data.image-type', message: expect.stringContaining('notes.txt is no PNG or JPEG') });
  });

  it('refuses folders without images, and no folder at all', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'data.missing' });
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', '.hidden'), '');
    await expect(load()).rejects.toMatchObject({ code: 'data.empty' });
    await expect(load({ source: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'data.missing', message: expect.stringContaining('There is no') });
  });
});
