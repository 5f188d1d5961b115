/**
 * Fields of one line. A field in double quotes may hold the delimiter, and a quote as two (RFC 4180); line ends inside quotes
 * are not supported, since tables of numbers have none.
 */
export function splitCsvLine(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let text = '';
      let from = at + 1;
      for (;;) {
        const end = line.indexOf('"', from);
        if (end === -1) { text += line.slice(from); at = line.length; break; }
        text += line.slice(from, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
        from = at + 1;
      }
      const end = line.indexOf(delimiter, at);
      // What stands behind a closing quote belongs to the field, as spreadsheets read it.
      fields.push(text + line.slice(at, end === -1 ? line.length : end));
      if (end === -1) return fields;
      at = end + 1;
      continue;
    }
    const end = line.indexOf(delimiter, at);
    fields.push(line.slice(at, end === -1 ? line.length : end));
    if (end === -1) return fields;
    at = end + 1;
  }
}
