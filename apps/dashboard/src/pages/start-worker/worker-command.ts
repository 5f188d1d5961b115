/** The command for a POSIX shell; whatever was typed into the form stays one word there. */
export function workerCommand({ name, data, code }: { readonly name: string; readonly data: string; readonly code: string }): string {
  return `npx fedseal worker start --home ./worker --name ${quoted(name.trim())} --data ${quoted(data.trim())} --invite ${code}`;
}

/** Inside single quotes a shell reads nothing but the closing one. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
