/** The formats in which results can be had, as the server names them, and what they are called. */
export const EXPORTS: readonly { readonly format: string; readonly title: string }[] = [
  { format: 'json', title: 'JSON' },
  { format: 'jsonl', title: 'JSON lines' },
  { format: 'csv', title: 'CSV' },
  { format: 'parquet', title: 'Parquet' },
  { format: 'coco', title: 'COCO (video)' },
  { format: 'mot', title: 'MOT Challenge' },
  { format: 'yolo', title: 'YOLO' },
  { format: 'cvat', title: 'CVAT for video' },
  { format: 'labelstudio', title: 'Label Studio' },
  { format: 'vtt', title: 'WebVTT metadata' },
  { format: 'srt', title: 'SubRip subtitles' }
];
