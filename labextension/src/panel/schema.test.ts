import { describe, expect, test } from 'vitest';

import { groupsOf, parse, print, type Parameter } from './schema';

const parameters = {
  $defs: { Mode: { enum: ['fast', 'exact'], type: 'string' } },
  properties: {
    motion: {
      title: 'Motion',
      properties: {
        threshold: { type: 'integer', default: 15, minimum: 1, maximum: 255, description: 'Luma.' },
        min_iou: { type: 'number', default: 0.2, exclusiveMinimum: 0, maximum: 1 },
        exact: { type: 'boolean', default: false },
        classes: { type: 'array', items: { type: 'string' }, default: ['person'] },
        model: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
        mode: { $ref: '#/$defs/Mode', default: 'fast' },
        lines: { type: 'object', additionalProperties: {}, default: {} }
      }
    },
    count: { title: 'Count', properties: {} }
  }
};

function parameter(name: string): Parameter {
  const found = groupsOf(parameters)[0]?.parameters.find(each => each.name === name);
  if (found === undefined) {
    throw new Error(`no ${name}`);
  }
  return found;
}

describe('a form', () => {
  test('has a group for each step that has parameters, and a kind for each of them', () => {
    const groups = groupsOf(parameters);
    expect(groups.map(group => group.title)).toEqual(['Motion']);
    expect(groups[0]?.parameters.map(each => each.kind)).toEqual([
      'integer',
      'number',
      'boolean',
      'names',
      'text',
      'enum',
      'json'
    ]);
  });

  test('knows bounds, defaults, choices and what may be left out', () => {
    expect(parameter('threshold')).toMatchObject({ minimum: 1, maximum: 255, help: 'Luma.' });
    expect(parameter('min_iou')).toMatchObject({ minimum: 0, aboveMinimum: true });
    expect(parameter('model')).toMatchObject({ optional: true, defaultValue: null });
    expect(parameter('mode').options).toEqual(['fast', 'exact']);
    expect(parameter('min_iou').title).toBe('Min iou');
  });
});

describe('what is typed', () => {
  test.each([
    ['threshold', '20', { value: 20 }],
    ['threshold', ' ', { value: undefined }],
    ['threshold', '1.5', { problem: 'whole' }],
    ['threshold', '256', { problem: 'range' }],
    ['threshold', 'many', { problem: 'number' }],
    ['min_iou', '0', { problem: 'range' }],
    ['classes', 'car, dog\nbus,', { value: ['car', 'dog', 'bus'] }],
    ['lines', '{"middle": [[0, 1]]}', { value: { middle: [[0, 1]] } }],
    ['lines', '{', { problem: 'json' }],
    ['model', 'a b.onnx', { value: 'a b.onnx' }]
  ])('in %s as %j is %j', (name, text, parsed) => {
    expect(parse(parameter(name), text)).toEqual(parsed);
  });

  test('is shown as it would be typed', () => {
    expect(print(parameter('classes'), ['car', 'dog'])).toBe('car, dog');
    expect(print(parameter('lines'), { a: 1 })).toBe('{"a":1}');
    expect(print(parameter('model'), null)).toBe('');
  });
});
