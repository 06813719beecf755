import { LabIcon } from '@jupyterlab/ui-components';

/** A film frame in whose corner something was found. */
export const videoJobsIcon = new LabIcon({
  name: 'videojobs:jobs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g class="jp-icon3" fill="#616161">
    <path d="M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm0 2v2h2V6zm0 4v4h2v-4zm0 6v2h2v-2zM18 6v2h2V6zm0 4v4h2v-4zm0 6v2h2v-2zM8 6v12h8V6z" fill-rule="evenodd"/>
    <path d="M10.2 8.6l4.6 3.4-4.6 3.4z"/>
  </g>
</svg>`
});
