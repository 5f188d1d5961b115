import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, type ReactNode } from 'react';

export interface Column<T> {
  readonly name: string;
  /** Share of the width, as in CSS grid's `fr`. */
  readonly share: number;
  readonly cell: (row: T) => ReactNode;
  readonly align?: 'end';
}

interface Props<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string | number;
  /** Of one row, in pixels. */
  readonly rowHeight?: number;
  /** Rows that are shown without scrolling. */
  readonly most?: number;
}

/** A table of which only the visible rows are drawn: ten thousand are as quick as ten. */
export function VirtualTable<T>({ label, rows, columns, keyOf, rowHeight = 40, most = 12 }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 6, initialRect: { width: 800, height: rowHeight * most } });
  const template = columns.map(({ share }) => `minmax(0, ${share}fr)`).join(' ');
  return (
    <div className="table-frame">
      <div className="table" role="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <div role="rowgroup">
          <div role="row" className="table-head" style={{ gridTemplateColumns: template }} aria-rowindex={1}>
            {columns.map(({ name, align }) => <div key={name} role="columnheader" className={align}>{name}</div>)}
          </div>
        </div>
        {/* Reachable by keyboard, because it scrolls by itself. */}
        <div role="rowgroup" ref={scroller} className="table-body" tabIndex={0} style={{ height: Math.min(rows.length, most) * rowHeight }}>
          <div role="presentation" className="table-space" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index] as T;
              return (
                <div key={keyOf(row)} role="row" aria-rowindex={index + 2} className="table-row" style={{ transform: `translateY(${start}px)`, height: rowHeight, gridTemplateColumns: template }}>
                  {columns.map(({ name, cell, align }) => <div key={name} role="cell" className={align}>{cell(row)}</div>)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
