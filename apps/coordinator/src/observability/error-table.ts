/** The one table from a code to the HTTP status of its answer; codes are stable, statuses follow from them. */

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'internal': 500,
  'request.invalid': 400,
  'request.malformed': 400,
  'request.too-large': 413,
  'request.unsupported-type': 415,
  'auth.required': 401,
  'auth.invalid': 401,
  'auth.expired': 401,
  'auth.forbidden': 403,
  'protocol.incompatible': 400,
  'invitation.unknown': 403,
  'invitation.expired': 403,
  'invitation.revoked': 403,
  'invitation.used': 409,
  'contributor.enrolled': 409,
  'contributor.revoked': 403,
  'handshake.nonce': 401,
  'handshake.signature': 401,
  'blob.private': 403,
  'blob.digest-mismatch': 422,
  'blob.incomplete': 400,
  'blob.range': 416,
  'event.unknown': 400,
  'rate.limited': 429,
  'leaf.kind': 422,
  'leaf.contributor': 403,
  'home.in-use': 409,
};

/** Endings that mean the same in every room, so that a new code needs an entry only when it is special. */
const STATUS_BY_ENDING: readonly (readonly [ending: string, status: number])[] = [
  ['.not-found', 404],
  ['.duplicate', 409],
  ['.taken', 409],
  ['.conflict', 409],
  ['.too-large', 413],
  ['.corrupt', 500],
  ['.unavailable', 503],
];

/** What a well-formed request becomes that a rule refuses. */
const REFUSED = 422;

export function httpStatusOf(code: string): number {
  // Codes of other rooms' errors come through here; none may reach Object.prototype.
  const own = Object.hasOwn(STATUS_BY_CODE, code) ? STATUS_BY_CODE[code] : undefined;
  return own ?? STATUS_BY_ENDING.find(([ending]) => code.endsWith(ending))?.[1] ?? REFUSED;
}

/** Exit status of a command that ends with this code: 2 usage, 3 surroundings, 1 everything that did not hold. */
export function exitStatusOf(code: string): number {
  if (code.startsWith('usage.') || code.startsWith('config.') || code === 'export.not-empty') return 2;
  return ['home.', 'port.', 'database.', 'queue.'].some((room) => code.startsWith(room)) ? 3 : 1;
}

/** `blob.not-found` → `Blob not found`. */
export function titleOf(code: string): string {
  const words = code.replaceAll(/[.-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
