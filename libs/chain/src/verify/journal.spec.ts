import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal, JournaledCell, JournaledMap } from './journal.js';

describe('Journal', () => {
  it('takes back any changes since a mark, marks nested', () => {
    const change = fc.oneof(
      fc.record({ type: fc.constant('map' as const), key: fc.constantFrom('a', 'b', 'c'), value: fc.nat({ max: 5 }) }),
      fc.record({ type: fc.constant('cell' as const), value: fc.nat({ max: 5 }) }),
      fc.constant({ type: 'mark' as const }),
      fc.constant({ type: 'rollback' as const }),
    );
    fc.assert(fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const journal = new Journal();
      const map = new JournaledMap<number>(journal);
      const cell = new JournaledCell(journal, 0);
      const state = () => JSON.stringify([[...map.entries].sort(), cell.value]);
      const marks: { mark: number; state: string }[] = [];
      for (const step of changes) {
        if (step.type === 'map') map.set(step.key, step.value);
        else if (step.type === 'cell') cell.set(step.value);
        else if (step.type === 'mark') marks.push({ mark: journal.mark(), state: state() });
        else {
          const last = marks.length > 16 ? undefined : marks.pop();
          if (!last) continue;
          journal.rollback(last.mark);
          expect(state()).toBe(last.state);
        }
      }
    }), { numRuns: 300 });
  });

  it('keeps the last sixteen marks and no more', () => {
    const journal = new Journal();
    const cell = new JournaledCell(journal, -1);
    const marks = Array.from({ length: 20 }, (_, i) => {
      const mark = journal.mark();
      cell.set(i);
      return mark;
    });
    expect(() => journal.rollback(marks[3] as number)).toThrow(RangeError);
    journal.rollback(marks[4] as number);
    expect(cell.value).toBe(3);
    expect(() => journal.rollback(marks[19] as number)).toThrow(RangeError);
  });

  it('forgets everything without a mark', () => {
    const journal = new Journal();
    const cell = new JournaledCell(journal, 0);
    const before = journal.position;
    cell.set(1);
    journal.forget();
    expect(() => journal.rollback(before)).toThrow(RangeError);
    expect(cell.value).toBe(1);
  });
});
