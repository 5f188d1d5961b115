/**
 * What somebody with the machine and the database's password can do while the coordinator is away. A program of its own, so that
 * tests of other apps can start it: `node run-sql.testing.mjs HOME`, statements as JSON `[{sql, values}…]` on standard input, the rows
 * of each as JSON on standard output. Bytes go as hex: `encode(x, 'hex')`, `decode($1, 'hex')`.
 */
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { EmbeddedPostgres } from '../../../dist/storage/embedded/embedded-postgres.js';

const statements = JSON.parse(await text(process.stdin));
const server = await EmbeddedPostgres.open(process.argv[2], { log: () => undefined });
try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const answers = [];
    // All or nothing, and behind the triggers' back.
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    for (const { sql, values } of statements) answers.push((await client.query(sql, values)).rows);
    await client.query('COMMIT');
    process.stdout.write(JSON.stringify(answers));
  } finally {
    await client.end();
  }
} finally {
  await server.close();
}
