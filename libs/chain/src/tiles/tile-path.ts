import { ChainError } from '../chain-error.js';

/** Hashes in a full tile, leaves in a full bundle. */
export const TILE_WIDTH = 256;
/** Levels of hashes that one tile spans: 2^8 = 256. */
export const TILE_HEIGHT = 8;
const MAX_LEVEL = 63;

/** A tile of hashes (`level` 0 holds leaf hashes) or, where the level is `entries`, a bundle of leaves. */
export interface Tile {
  readonly level: number | 'entries';
  /** From the left, within the level. */
  readonly index: number;
  /** 256, or 1 to 255 at the right edge of a tree. */
  readonly width: number;
}

/**
 * The path of a tile below a log's prefix (C2SP tlog-tiles): `tile/<level>/<index>[.p/<width>]`, the index in groups of
 * three digits, all but the last with an `x`: 1234067 is `x001/x234/067`.
 * @throws ChainError `tile.path`
 */
export function tilePath(level: number | 'entries', index: number, width: number = TILE_WIDTH): string {
  checkTile({ level, index, width });
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) as string[];
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads what `tilePath` writes, and nothing else: each tile has one path. @throws ChainError `tile.path` */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!match) throw refuse(`${JSON.stringify(path.slice(0, 80))} has another form`);
  const [, level = '', index = '', width] = match;
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(index.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  // Also what the pattern leaves open: leading zeros, and a full tile written as a partial one.
  if (tilePath(tile.level, tile.index, tile.width) !== path) throw refuse(`${path} has another spelling`);
  return tile;
}

/** @throws ChainError `tile.path` unless level, index and width are a tile's */
export function checkTile({ level, index, width }: Tile): void {
  if (level !== 'entries' && !(Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL)) throw refuse(`there is no level ${level}`);
  if (!Number.isSafeInteger(index) || index < 0) throw refuse(`there is no index ${index}`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw refuse(`there is no width ${width}`);
}

function refuse(why: string): ChainError {
  return new ChainError('tile.path', `This names no tile: ${why}.`);
}
