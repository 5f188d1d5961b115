import { Link } from 'wouter';
import { Hash } from '../../ui/hash.js';

/** What a leaf says, whatever its kind: names and values as they were signed, with links where a page exists for what they name. */
export function Payload({ value, name = '', run }: { value: unknown; name?: string; run?: string | undefined }) {
  if (typeof value === 'string') return <Text value={value} name={name} />;
  if (value === null || typeof value !== 'object') {
    if (name === 'round' && run !== undefined && typeof value === 'number' && value > 0) return <Link href={`/runs/${run}/rounds/${value}`}>{value}</Link>;
    if (name === 'height' && typeof value === 'number') return <Link href={`/chain/blocks/${value}`}>{value}</Link>;
    return <code>{String(value)}</code>;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return <code>[]</code>;
    return <ol className="plain">{value.map((one, i) => <li key={i}><Payload value={one} name={name} run={run} /></li>)}</ol>;
  }
  const entries = Object.entries(value);
  const own = 'run' in value && typeof value.run === 'string' ? value.run : run;
  return (
    <dl className="facts">
      {entries.map(([key, one]) => <div key={key}><dt>{key}</dt><dd><Payload value={one} name={key} run={own} /></dd></div>)}
    </dl>
  );
}

/** Fields that hold the hash of a model's file; `sha256` alone may also be a plan or an update. */
const MODELS = new Set(['base']);

function Text({ value, name }: { value: string; name: string }) {
  if (/^[0-9a-f]{64}$/.test(value)) {
    const to = name === 'contributor' || name === 'evaluator' || name === 'author' ? `/contributors/${value}` : name === 'blockHash' ? `/chain/blocks/${value}` : MODELS.has(name) ? `/models/${value}` : undefined;
    return <Hash value={value} to={to} whole />;
  }
  if (name === 'run') return <Link href={`/runs/${value}`}>{value}</Link>;
  return <span className="plain-text">{value}</span>;
}
