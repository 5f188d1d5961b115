import { Prisma } from '../generated/client.js';

/** SQL has two nothings; a JSON column here always holds the JSON one. */
export function toJson(value: unknown): Prisma.InputJsonValue | typeof Prisma.JsonNull {
  return value === null || value === undefined ? Prisma.JsonNull : (value as Prisma.InputJsonValue);
}

export function fromJson(value: Prisma.JsonValue): unknown {
  return value;
}
