import { RETARGET_TABLES } from './retarget-tables.js';

/** `<!-- table: NAME -->`, the table, `<!-- end -->` */
const PLACES = /(<!-- table: ([a-z]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * Fills the places of docs/RETARGET.md with what the simulation gives.
 * @param document the text, with one place for each table
 * @throws RangeError when a table has no place or several, or a place no table
 */
export function retargetDocument(document: string): string {
  const places = [...document.matchAll(PLACES)].map(([, , name]) => name as string).toSorted();
  const names = Object.keys(RETARGET_TABLES).toSorted();
  if (places.join() !== names.join()) {
    throw new RangeError(`The document needs one place for each of ${names.join(', ')}; it has: ${places.join(', ') || 'none'}.`);
  }
  return document.replace(PLACES, (_, start: string, name: string, end: string) => `${start}${RETARGET_TABLES[name]?.() ?? ''}\n${end}`);
}
