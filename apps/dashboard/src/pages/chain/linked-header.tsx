import { fromHex, toHex } from '@fedseal/chain/bytes';
import { decodeHeader, type Header } from '@fedseal/chain/header/header';
import { Link } from 'wouter';
import { useSpeech } from '../../i18n/language.js';
import { Hash } from '../../ui/hash.js';
import { Facts } from '../../ui/parts.js';

/** What a block.link holds: the header below, decoded here. @param hex 352 digits */
export function LinkedHeader({ hex }: { hex: string }) {
  const { t, n, date } = useSpeech();
  const header = decoded(hex);
  return (
    <>
      <p className="note">{t('chain.linkOf')}</p>
      {header && (
        <Facts rows={[
          [t('chain.height'), <Link key="h" href={`/chain/blocks/${header.height}`}>#{n(header.height)}</Link>],
          [t('chain.previous'), <Hash key="p" value={toHex(header.previousHash)} whole />],
          [t('chain.root'), <Hash key="r" value={toHex(header.treeRoot)} whole />],
          [t('chain.leaves'), n(header.treeSize)],
          [t('chain.rule'), <code key="w">2^{header.k} · hash &lt; {header.m} · 2^224</code>],
          [t('chain.found'), date(header.timestampMs)],
        ]} />
      )}
      <details><summary>{t('chain.raw')}</summary><Hash value={hex} whole /></details>
    </>
  );
}

/** A header that this page cannot read is shown as its digits alone; verifying says what is wrong with it. */
function decoded(hex: string): Header | undefined {
  try {
    return decodeHeader(fromHex(hex));
  } catch {
    return undefined;
  }
}
