import type { TranslationBundle } from '@jupyterlab/translation';

import type { Translate } from '../viewer/options';

export { ago, bytes, duration, failure, line, nameOf, percent, statusWord } from '../lab/words';

/** Return a translation as JupyterLab's words want it. */
export function bundle(translate: Translate): TranslationBundle {
  return {
    __: translate,
    _n: (one: string, many: string, count: number, ...args: (string | number)[]) =>
      translate(count === 1 ? one : many, count, ...args)
  } as unknown as TranslationBundle;
}
