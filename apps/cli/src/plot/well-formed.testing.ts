import { expect } from 'vitest';

/** Walks an XML document's tags: every one is closed in order, every attribute quoted, every ampersand an entity. */
export function expectWellFormed(xml: string): void {
  const open: string[] = [];
  const text = /[^<&]|&(?:amp|lt|gt|quot);/u;
  const tag = /<(\/?)([a-z]+)((?: [a-zA-Z-]+="(?:[^"<&]|&(?:amp|lt|gt|quot);)*")*) ?(\/?)>/uy;
  let roots = 0;
  for (let at = 0; at < xml.length;) {
    if (xml[at] === '<') {
      tag.lastIndex = at;
      const match = tag.exec(xml);
      expect(match, `a tag at ${xml.slice(at, at + 80)}`).not.toBeNull();
      const [whole, closing, name, attributes, selfClosing] = match!;
      const names = [...attributes!.matchAll(/ ([a-zA-Z-]+)=/g)].map(([, each]) => each);
      expect(new Set(names).size, `attributes of ${whole}`).toBe(names.length);
      if (closing) expect(open.pop()).toBe(name);
      else if (!selfClosing) open.push(name!);
      if (open.length === 0) roots += 1;
      at += whole.length;
    } else {
      const match = text.exec(xml.slice(at, at + 8));
      expect(match?.index, `text at ${xml.slice(at, at + 40)}`).toBe(0);
      at += match![0].length;
    }
  }
  expect(open).toEqual([]);
  expect(roots).toBe(1);
  // XML 1.0, section 2.2.
  expect(xml).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
}
