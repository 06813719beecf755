import {
  Intake,
  intakeOfPage,
  MESSAGE,
  mountPanel,
  PanelModel,
  Relay,
  type Choice,
  type Wire
} from '../panel';
import { settingsOfPage, VideoJobsServer } from '../rest';

/** The kernel's side, as anywidget shows it: the traits of `VideoJobsPanel`. */
interface Model extends Wire {
  get: {
    (name: 'pipeline_id' | 'job_name' | 'job_id'): string;
    (name: 'params'): Choice['params'];
    (name: 'frame_stride' | 'max_frames'): number | null;
    (name: 'submitted'): string[];
    (name: '_direct'): boolean;
  };
  set: (name: string, value: unknown) => void;
  save_changes: () => void;
  on: Wire['on'] & ((event: string, hear: () => void) => void);
  off: Wire['off'] & ((event: string, hear: () => void) => void);
}

const FORM = ['pipeline_id', 'params', 'frame_stride', 'max_frames', 'job_name'];

function choiceOf(model: Model): Choice {
  return {
    pipelineId: model.get('pipeline_id'),
    params: model.get('params'),
    frameStride: model.get('frame_stride'),
    maxFrames: model.get('max_frames'),
    name: model.get('job_name')
  };
}

/** One widget, however many views it has. */
function widget(): {
  initialize: (props: { model: Model }) => () => void;
  render: (props: { el: HTMLElement }) => () => void;
} {
  let panel: PanelModel | null = null;
  return {
    initialize({ model }) {
      const settings = settingsOfPage();
      const relay = settings === null || !model.get('_direct') ? new Relay(model) : null;
      const server = relay?.server ?? new VideoJobsServer(settings ?? { baseUrl: '/', token: '' });
      const intake =
        relay === null
          ? intakeOfPage(server)
          : new Intake(server, { httpStack: relay.httpStack, pieceBytes: MESSAGE, atOnce: 1 });
      const created = new PanelModel({
        server,
        intake,
        direct: relay === null,
        choice: choiceOf(model),
        onChoice: choice => {
          model.set('pipeline_id', choice.pipelineId);
          model.set('params', choice.params);
          model.set('frame_stride', choice.frameStride);
          model.set('max_frames', choice.maxFrames);
          model.set('job_name', choice.name);
          model.save_changes();
        },
        onSubmitted: jobId => {
          model.set('job_id', jobId);
          model.set('submitted', [...model.get('submitted'), jobId]);
          model.save_changes();
        },
        onOpen: jobId => {
          model.set('job_id', jobId);
          model.save_changes();
        }
      });
      panel = created;
      const adopt = (): void => created.adopt(choiceOf(model));
      for (const name of FORM) {
        model.on(`change:${name}`, adopt);
      }
      return () => {
        for (const name of FORM) {
          model.off(`change:${name}`, adopt);
        }
        created.dispose();
        relay?.dispose();
      };
    },
    render({ el }) {
      if (panel === null) {
        throw new Error('The panel is drawn before it is made.');
      }
      return mountPanel(el, panel);
    }
  };
}

export default widget;
