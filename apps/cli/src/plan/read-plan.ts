import { readFile } from 'node:fs/promises';
import { runPlanRequest, type RunPlanRequest } from '@fedseal/protocol/plan';
import { parse } from 'yaml';
import { CliError, EXIT } from '../cli-error.js';

/** Reads a plan, YAML or JSON. @throws CliError `plan.*`, naming the first field that does not fit */
export async function readPlan(file: string): Promise<RunPlanRequest> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError('plan.missing', `The plan ${file} cannot be read. Name a YAML or JSON file.`, EXIT.usage, { cause });
  });
  let plan: unknown;
  try {
    plan = parse(text); // JSON is YAML too
  } catch (cause) {
    throw new CliError('plan.syntax', `The plan ${file} is neither YAML nor JSON: ${(cause as Error).message.split('\n')[0]}`, EXIT.usage, { cause });
  }
  const parsed = runPlanRequest.safeParse(plan);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError('plan.invalid', `The plan ${file} does not fit at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`, EXIT.usage);
}
