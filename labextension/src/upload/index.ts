export type { UploadOptions } from './options';
export { UploadQueue } from './queue';
export { Upload, type UploadState } from './upload';
