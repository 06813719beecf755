/** Every command of the extension, by what it does. */
export const commandIDs = {
  /** Show the side panel, and move the focus into it. */
  showPanel: 'videojobs:show-panel',
  /** Ask the server anew. */
  refresh: 'videojobs:refresh',
  /**
   * Open the submit dialog: `{ path }` a file on the server, `{ uploadId, name }` a finished upload,
   * `{ jobId }` a job whose settings are the dialog's first ones; nothing of these asks for a file.
   * Resolves to the id of the new job, or to null where none was submitted.
   */
  submit: 'videojobs:submit',

  // Of the jobs in `{ jobIds }`, or `{ jobId }`, or else of those selected in the panel.
  /** Open the main-area viewer: `{ jobId, time? }`, seconds. */
  open: 'videojobs:open',
  openLog: 'videojobs:open-log',
  cancel: 'videojobs:cancel',
  retry: 'videojobs:retry',
  /** Asks first. */
  delete: 'videojobs:delete',
  rerun: 'videojobs:rerun',
  copyId: 'videojobs:copy-id',
  /** `{ jobId, format }`. */
  download: 'videojobs:download',

  /** Open the submit dialog for the file selected in the file browser. */
  analyzeFile: 'videojobs:analyze-file'
} as const;
