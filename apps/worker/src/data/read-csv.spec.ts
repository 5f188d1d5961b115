import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv, type CsvChoice } from './read-csv.js';
import { splitCsvLine } from './split-csv-line.js';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-'));
  file = join(folder, 'table.csv');
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string | Uint8Array, choice: CsvChoice = {}) {
  await writeFile(file, text);
  const { images, labels, ...rest } = await readCsv(file, choice);
  return { values: [...images], kind: images.constructor.name, labels: [...labels], ...rest };
}

describe('readCsv', () => {
  it('reads numbers and the label of the last column, without a header', async () => {
    expect(await read('1,2.5,0\n-3,4e-1,2\n')).toEqual({
      values: [1, 2.5, -3, Math.fround(0.4)], kind: 'Float32Array', labels: [0, 2], classes: 3, shape: [1, 1, 2], count: 2,
    });
  });

  it('keeps bytes as bytes, so that pixels train as those of images do', async () => {
    expect(await read('label,p0,p1\n7,0,255\n1,128,3\n')).toMatchObject({ values: [0, 255, 128, 3], kind: 'Uint8Array', labels: [7, 1], classes: 8 });
    expect(await read('label,p0,p1\n7,0,256\n1,128,3\n')).toMatchObject({ kind: 'Float32Array' });
    expect(await read('label,p0,p1\n7,0,-1\n1,128,3\n')).toMatchObject({ kind: 'Float32Array' });
  });

  it.each([
    ['a column named label, wherever it stands', 'a,Label,b\n1,2,3\n4,5,6\n', {}, [2, 5]],
    ['the last one, where none is', 'a,b,c\n1,2,3\n4,5,6\n', {}, [3, 6]],
    ['the one that is named', 'a,b,c\n1,2,3\n4,5,6\n', { label: 'a' }, [1, 4]],
    ['the one that is counted', 'a,b,c\n1,2,3\n4,5,6\n', { label: '2' }, [2, 5]],
    ['one whose name is a number, before the one that is counted', 'x,3,b\n1,2,3\n4,5,6\n', { label: '3' }, [2, 5]],
  ] as [string, string, CsvChoice, number[]][])('takes as label %s', async (_, text, choice, labels) => {
    expect((await read(text, choice)).labels).toEqual(labels);
  });

  it('tells a header by a field that is a number only below it', async () => {
    expect((await read('1,2,cat\n3,4,dog\n')).count).toBe(2);
    expect((await read('x,y,kind\n3,4,dog\n5,6,cat\n')).count).toBe(2);
    expect((await read('1,2,cat\n')).count).toBe(1);
  });

  it('sorts names of classes, or takes them in the order that is given', async () => {
    const text = '1,2,dog\n3,4,cat\n5,6,dog\n';
    expect(await read(text)).toMatchObject({ labels: [1, 0, 1], classes: 2, classNames: ['cat', 'dog'] });
    expect(await read(text, { classes: ['dog', 'emu', 'cat'] })).toMatchObject({ labels: [0, 2, 0], classes: 3, classNames: ['dog', 'emu', 'cat'] });
    expect(await read('1,3.0\n1,1.0\n')).toMatchObject({ labels: [3, 1], classes: 4 });
  });

  it('reads gzip, semicolons, tabs, quotes, CRLF, empty lines and a byte order mark', async () => {
    const same = { values: [1, 2, 3, 4], labels: [0, 1] };
    expect(await read(gzipSync('a;b;label\r\n1;2;0\r\n\r\n3;4;1\r\n'))).toMatchObject(same);
    expect(await read('\ufeff"a"\t"b"\t"label"\n1\t2\t0\n3\t4\t1')).toMatchObject(same);
    expect(await read('"a, the first","b","label"\n"1","2","0"\n"3","4","1"\n')).toMatchObject(same);
  });

  it('makes images of rows', async () => {
    expect(await read('1,2,3,4,5,6,0\n1,2,3,4,5,6,1\n', { imageSize: [1, 2, 3] })).toMatchObject({ shape: [1, 2, 3], count: 2 });
    await expect(read('1,2,3,0\n', { imageSize: [2, 2, 1] })).rejects.toMatchObject({ code: 'data.shape', message: expect.stringContaining('3 columns beside the label') });
  });

  it.each([
    ['', {}, 'data.empty', /is empty/],
    ['a,b,label\n', {}, 'data.empty', /has a header and no examples/],
    ['1,2,0\n1,2\n', {}, 'data.csv-columns', /2 fields in line 2 and 3 in its first/],
    ['a,b,label\n1,2,0\n1,,0\n', {}, 'data.csv-number', /"" in line 3, b,/],
    ['1,2,0\n1,two,0\n', {}, 'data.csv-number', /"two" in line 2, column 2,/],
    ['1,NaN,0\n1,2,0\n', {}, 'data.csv-number', /"NaN" in line 1/],
    ['1,2,0\n1,1e999,0\n', {}, 'data.csv-number', /"1e999"/],
    ['1,2,cat\n1,2,\n', {}, 'data.label', /table.csv, line 2 is no class; give it one/],
    ['1,2,cat\n', { classes: ['dog'] }, 'data.label', /add it to --classes dog/],
    ['1,2,300\n', {}, 'data.label', /is over 255/],
    ['a,b,label\n1,2,0\n', { label: 'c' }, 'data.csv-label', /its columns are a, b, label/],
    ['1,2,0\n', { label: '4' }, 'data.csv-label', /no header and 3 columns/],
    ['1\n2\n', {}, 'data.shape', /0 columns beside the label/],
  ] as [string, CsvChoice, string, RegExp][])('refuses %j with one sentence', async (text, choice, code, message) => {
    await expect(read(text, choice)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses a file that is not there, and damaged gzip', async () => {
    await expect(readCsv(join(folder, 'nowhere.csv'))).rejects.toMatchObject({ code: 'data.unreadable', message: expect.stringContaining('nowhere.csv cannot be read (ENOENT)') });
    await expect(read(gzipSync('1,2,0\n').subarray(0, 12))).rejects.toMatchObject({ code: 'data.gzip' });
  });

  it('refuses more classes than a byte tells apart', async () => {
    await expect(read(Array.from({ length: 257 }, (_, index) => `1,2,k${index}`).join('\n'))).rejects.toMatchObject({ code: 'data.classes' });
  });
});

describe('splitCsvLine', () => {
  it('gives back what was quoted and joined', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', ' ', ';') });
    fc.assert(fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
      expect(splitCsvLine(fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(','), ',')).toEqual(fields);
    }));
    expect(splitCsvLine('a,"b,c",,d', ',')).toEqual(['a', 'b,c', '', 'd']);
  });
});
