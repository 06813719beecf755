/** Extensions by which videos are known before anybody has looked into them. */
const VIDEO =
  /\.(3gp|asf|avi|flv|h264|m2ts|m4v|mkv|mov|mp4|mpeg|mpg|mts|mxf|ogv|ts|vob|webm|wmv)$/i;

/** Tell whether a path looks like one of a video; the server goes by content. */
export function isVideo(path: string): boolean {
  return VIDEO.test(path);
}
