import type { TranslationBundle } from '@jupyterlab/translation';
import { downloadIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { commandIDs } from './commands';
import { EXPORTS } from './exports';

/** Return a menu that downloads the results of the selected job, with an item for each format. */
export function formatsMenu(commands: CommandRegistry, trans: TranslationBundle): Menu {
  const menu = new Menu({ commands });
  menu.title.label = trans.__('Download Results');
  menu.title.icon = downloadIcon;
  for (const { format } of EXPORTS) {
    menu.addItem({ command: commandIDs.download, args: { format } });
  }
  return menu;
}
