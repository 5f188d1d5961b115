import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problem } from '@fedseal/protocol/problem';

type OpenApiSchema = Exclude<Parameters<typeof ApiBody>[0] extends infer B ? (B extends { schema: infer S } ? S : never) : never, undefined>;

/** The schemas of the wire are the documentation: OpenAPI is generated from them. */
export function openApiSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): OpenApiSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  return json as OpenApiSchema;
}

export function ApiJsonBody(schema: z.ZodType): MethodDecorator {
  return ApiBody({ schema: openApiSchema(schema, 'input') });
}

export function ApiJsonAnswer(status: number, description: string, schema: z.ZodType): MethodDecorator {
  return ApiResponse({ status, description, schema: openApiSchema(schema) });
}

/** Documents the refusals of an endpoint: all have the problem+json shape. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  const content = { 'application/problem+json': { schema: openApiSchema(problem) } };
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, description: 'Refused', content })));
}

export function ApiPage(): MethodDecorator {
  return applyDecorators(
    ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } }),
    ApiQuery({ name: 'after', required: false, schema: { type: 'string' }, description: '`next` of the page before' }),
  );
}

/** Query of every cursor-paginated list; `after` is the `next` of the page before. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().min(1).max(200).optional(),
});
export type PageQuery = z.output<typeof pageQuery>;
