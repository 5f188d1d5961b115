import { expect, it } from 'vitest';
import { TorchProcess } from './torch-process.js';

it.each(['/no/such/python', process.execPath])('says what it needs when %s cannot be it', async (python) => {
  const torch = new TorchProcess(python);
  await expect(torch.open({ model: 'mission-cnn', batch: 1 })).rejects.toThrow(`${python} ended without an answer; it must be a Python that can import torch.`);
  torch.close();
});
