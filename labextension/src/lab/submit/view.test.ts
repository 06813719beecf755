import { nullTranslator } from '@jupyterlab/translation';
import { expect, test } from 'vitest';

import { VideoJobsServer, type Pipeline } from '../../rest';
import { SubmitModel } from './model';
import { mountSubmit } from './view';

function pipeline(id: string, parameter: string): Pipeline {
  const step = { type: 'object', properties: { [parameter]: { type: 'number', default: 1 } } };
  return {
    id,
    title: id,
    description: '',
    built_in: true,
    parameters: { type: 'object', properties: { [id]: step } },
    steps: [{ id, uses: id, needs: [], title: id, kind: 'frame' }],
    outputs: {},
    sampling: {},
    source: '',
    problem: null
  };
}

test('each label leads to its own field, also after another pipeline was chosen', async () => {
  const model = new SubmitModel(
    new VideoJobsServer({ baseUrl: '/', token: '' }),
    [pipeline('motion', 'threshold'), pipeline('quality', 'limit')],
    text => text,
    { paths: ['a.mp4'] },
    { pipelineId: 'motion', params: {}, frameStride: null, maxFrames: null, name: '' }
  );
  const host = document.createElement('div');
  document.body.append(host);
  const unmount = mountSubmit(host, model, nullTranslator.load('videojobs'));
  // An estimate that comes draws the form again before the user goes on.
  for (let times = 0; times < 2; times++) {
    model.changed();
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  model.choose({ pipelineId: 'quality' });
  await expect.poll(() => host.textContent).toContain('Limit');
  const ids = [...host.querySelectorAll('[id]')].map(node => node.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(3);
  model.dispose();
  unmount();
});
