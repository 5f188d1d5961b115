/** Version of everything on the wire. Peers one minor apart may talk; anything else is refused by name. */
export const PROTOCOL_VERSION = '1.0';

/** @returns whether a peer that speaks `other` may talk to this version. */
export function isCompatibleVersion(other: string): boolean {
  const [major, minor] = parse(PROTOCOL_VERSION);
  const [otherMajor, otherMinor] = parse(other);
  return major === otherMajor && Math.abs(minor - otherMinor) <= 1;
}

function parse(version: string): [number, number] {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(version);
  return match ? [Number(match[1]), Number(match[2])] : [Number.NaN, Number.NaN];
}
