// Send a file with tus-js-client, as the front end does: node send_with_tus_js.mjs CLIENT FILE ENDPOINT TOKEN STORE [STOP]
// Resumes what the store of URLs knows of. With STOP it ends, without a word, after so many bytes.
import { createRequire } from "node:module";
import { createReadStream, statSync } from "node:fs";

const [client, file, endpoint, token, store, stop] = process.argv.slice(2);
const tus = createRequire(import.meta.url)(client);
let begun = 0;
const upload = new tus.Upload(createReadStream(file), {
  endpoint,
  uploadSize: statSync(file).size,
  chunkSize: 5_000_000,
  retryDelays: [0, 500, 1000, 2000, 4000],
  headers: { Authorization: `token ${token}` },
  metadata: { filename: "von tus-js.mp4" },
  urlStorage: new tus.FileUrlStorage(store),
  storeFingerprintForResuming: true,
  removeFingerprintOnSuccess: true,
  onProgress: (sent) => {
    begun ||= sent;
  },
  onChunkComplete: (_size, accepted) => {
    if (stop && accepted >= Number(stop)) process.exit(3);
  },
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, begun })),
  onError: (error) => {
    const status = error.originalResponse?.getStatus();
    console.log(JSON.stringify({ status, body: error.originalResponse?.getBody() }));
    process.exit(1);
  },
});
const before = await upload.findPreviousUploads();
if (before.length) upload.resumeFromPreviousUpload(before[0]);
upload.start();
