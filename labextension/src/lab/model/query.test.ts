import { describe, expect, it } from 'vitest';

import { EVERYTHING, queryOf, sameQuery, toRest } from './query';

describe('a query', () => {
  it('asks for nothing but an order where nothing is left out', () => {
    expect(toRest(EVERYTHING)).toEqual({ sort: '-created_at' });
  });

  it('is the same whatever blanks stand around its text', () => {
    expect(sameQuery({ ...EVERYTHING, text: ' bikes ' }, { ...EVERYTHING, text: 'bikes' })).toBe(
      true
    );
    expect(sameQuery(EVERYTHING, { ...EVERYTHING, text: 'bikes' })).toBe(false);
  });

  it('comes back from what was kept', () => {
    const kept = { status: ['failed'], pipelineId: 'ocr', text: 'a', sort: '-name' } as const;
    expect(queryOf(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  });

  it.each([null, 3, 'x', [], { status: 'failed', sort: 'size', text: 4 }, { status: ['gone'] }])(
    'asks for everything where what was kept makes no sense: %j',
    kept => {
      expect(queryOf(kept)).toEqual(EVERYTHING);
    }
  );
});
