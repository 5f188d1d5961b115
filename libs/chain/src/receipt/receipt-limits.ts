/** What a receipt leaves open, said to whoever reads it. */
export function receiptLimits(status: 'sealed' | 'sealed, unlinked'): string[] {
  const always = [
    'It cannot show that no key which signed here had been revoked or rotated away before: only the whole chain shows what is absent.',
    'It shows that the hash meets the difficulty that the header itself names, not that the headers below asked for that difficulty.',
    'It shows that the leaf was sealed, not that it kept every rule of its kind: the whole chain shows that.',
    'It shows one history that the operator signed. Compare the chain id, and the checkpoint, with what others hold.',
  ];
  return status === 'sealed' ? always : [
    ...always,
    "Its block was the newest: the operator's signature covers the tree, but not yet this header. A later receipt of the same leaf has the link.",
  ];
}
