import { expect, test } from 'vitest';

import type { Pipeline } from '../rest';
import { bareMessage, placeOf, sameChoice, withParam, type Choice } from './choice';

const choice: Choice = {
  pipelineId: 'motion',
  params: { motion: { threshold: 20, exact: true } },
  frameStride: null,
  maxFrames: 3,
  name: ''
};

test('a parameter that is as the pipeline has it is not sent', () => {
  const once = withParam({}, 'motion', 'threshold', 20);
  expect(once).toEqual({ motion: { threshold: 20 } });
  expect(withParam(once, 'motion', 'threshold', undefined)).toEqual({});
});

test('choices are the same in whatever order they were made', () => {
  const params = { motion: { exact: true, threshold: 20 } };
  expect(sameChoice(choice, { ...choice, params })).toBe(true);
  expect(sameChoice(choice, { ...choice, maxFrames: null })).toBe(false);
});

test('what the server refuses is found in the form by the step’s name', () => {
  const pipeline = { steps: [{ id: 'detect' }, { id: 'read' }] } as unknown as Pipeline;
  const field = 'steps.1.with.max_side';
  expect(placeOf(field, pipeline)).toBe('read.max_side');
  expect(placeOf('frame_stride', pipeline)).toBe('frame_stride');
  expect(bareMessage(`parameters: ${field}: input should be less`, field)).toBe(
    'Input should be less'
  );
});
