import type { PrismaClient } from '../generated/client.js';
import { UploadStore, type StoredUpload } from '../ports/upload.store.js';

export class PrismaUploadStore extends UploadStore {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  override async begin(sha256: string, contributor: string, atMs: number): Promise<void> {
    await this.prisma.upload.createMany({ data: { sha256, contributor, startedAtMs: BigInt(atMs) }, skipDuplicates: true });
  }

  override async complete(sha256: string, contributor: string): Promise<void> {
    await this.prisma.upload.updateMany({ where: { sha256, contributor }, data: { complete: true } });
  }

  override of(sha256: string): Promise<StoredUpload[]> {
    return this.prisma.upload.findMany({ where: { sha256 }, select: { contributor: true, complete: true } });
  }
}
