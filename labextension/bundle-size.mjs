// Prints what pages load, gzipped: the Lab part at start, and the viewer when the first one opens.
import { gzipSync } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';

const folder = '../videojobs_ext/labextension/static';
/** Bytes, gzipped: what the parts may weigh. */
const LIMITS = { lab: 250_000, viewer: 100_000 };

const sizes = { lab: 0, viewer: 0 };
for (const name of readdirSync(folder).filter(name => name.endsWith('.js'))) {
  const size = gzipSync(readFileSync(`${folder}/${name}`)).length;
  sizes[name.startsWith('viewer.') ? 'viewer' : 'lab'] += size;
  console.log(`${name}: ${size} bytes gzipped`);
}
for (const [part, size] of Object.entries(sizes)) {
  console.log(`${part}: ${size} of ${LIMITS[part]} bytes gzipped`);
  if (size > LIMITS[part]) {
    process.exitCode = 1;
  }
}
