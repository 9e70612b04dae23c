/** Where a request keeps its dataset, alike for a training and for a check. */
import type { FileWanted } from './upload-body.ts';

export const DATASET: FileWanted = {
  kind: 'dataset',
  member: 'training_dataset',
  // In a form, "1234" as a password is no number.
  texts: ['dataset_format', 'dataset_labels', 'dataset_password', 'check_id'],
};
