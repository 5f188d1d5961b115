import { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';

/** Parses a body, a query or a message by its schema; the filter turns the ZodError into `request.invalid`. */
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    return this.schema.parse(value ?? {});
  }
}
