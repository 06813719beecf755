import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { SubmitModel } from './model';
import { mountSubmit } from './view';

/** What the user wants: the jobs, another file, or none of it. */
export type Answer = 'submit' | 'browse' | 'cancel';

/** The form as a dialog's body. */
class SubmitBody extends Widget {
  private readonly unmount: () => void;

  constructor(model: SubmitModel, trans: TranslationBundle) {
    super();
    this.addClass('jp-videojobs-nb');
    this.addClass('jp-videojobs-submit');
    this.unmount = mountSubmit(this.node, model, trans);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.unmount();
    }
    super.dispose();
  }
}

/** Show the dialog once; what was entered stays in the model. */
export async function ask(
  model: SubmitModel,
  trans: TranslationBundle,
  { browse }: { browse: boolean }
): Promise<Answer> {
  const buttons = [
    Dialog.cancelButton({ label: trans.__('Cancel') }),
    Dialog.okButton({ label: trans.__('Analyze') })
  ];
  if (browse && 'paths' in model.source) {
    buttons.unshift(
      Dialog.createButton({ label: trans.__('Choose File …'), accept: false, actions: ['browse'] })
    );
  }
  const dialog = new Dialog({
    title: trans.__('Analyze Video'),
    body: new SubmitBody(model, trans),
    buttons,
    defaultButton: buttons.length - 1,
    focusNodeSelector: 'input[type="text"]:not([value]), select'
  });
  const { button } = await dialog.launch();
  return button.actions.includes('browse') ? 'browse' : button.accept ? 'submit' : 'cancel';
}
