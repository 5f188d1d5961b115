import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Undefined when python3 3.9 or newer answers, else the reason that a skipped test names. */
export const whyNoPython = ((): string | undefined => {
  const { error, status } = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']);
  if (error) return 'there is no python3 on PATH';
  return status === 0 ? undefined : 'python3 is older than 3.9';
})();

export interface PythonAnswer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of this folder. @param input its standard input */
export async function python(name: 'verify.py' | 'verify_checks.py', args: readonly string[], input = ''): Promise<PythonAnswer> {
  const child = spawn('python3', ['-B', script(name), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, stdout, stderr };
}
