// Bundles what notebooks show into single ES modules, which anywidget sends to the page.
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';

const outdir = '../videojobs_ext/client/static';

await build({
  entryPoints: readdirSync('src/notebook')
    .filter(name => /\.(css|ts)$/.test(name) && !name.includes('.test.'))
    .map(name => `src/notebook/${name}`),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'eof',
  outdir
});

for (const name of readdirSync(outdir)) {
  const bytes = readFileSync(`${outdir}/${name}`);
  console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
}
