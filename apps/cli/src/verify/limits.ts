/** What a check leaves open, in sentences for a reader. */

export const CHAIN_LIMITS = [
  'whether this is the only history its operator shows: compare chain and head with what an invitation, a receipt, a contributor or an older export says',
  'whether the times are right: they are the operator\'s clock, and only their order is enforced',
  'whether a contribution was honest, or its number of examples true: the chain shows who signed what',
] as const;

export const NOT_REBUILT = 'whether each model is what its updates give: `fedseal audit DIR` computes them again, from an exported folder';

/** Why a page or a server is weaker evidence than a file. */
export const SERVER_LIMIT = 'what this server shows to others: it was asked once, from here';

export const MODEL_LIMIT = 'what was done with the model after it was made, and how good it is beyond the figures that evaluators signed';
