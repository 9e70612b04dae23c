/**
 * A file on its way to the service, which goes on where it was: after a pause, and after the page was closed, when the same file is chosen
 * again (remembered-uploads.ts). What has arrived as a whole is not sent again while the service keeps it. For datasets and videos alike.
 */
import type { ResumableOptions, SlicedFile } from '../../client/resumable-upload.ts';
import type { UploadResource } from '../../src/contract/upload.ts';
import { asFailure, client } from './client.ts';
import { recallUpload, rememberUpload } from './remembered-uploads.ts';

export interface ResumedOptions extends Omit<ResumableOptions, 'uploadId' | 'onStart'> {
  /** The same for the same content. */
  fingerprint: string;
  signal: AbortSignal;
}

/** @throws SleapError; the signal's reason. */
export async function sendOrGoOn(
  file: SlicedFile,
  { fingerprint, ...options }: ResumedOptions,
): Promise<UploadResource> {
  const begun = recallUpload(fingerprint);
  const send = (uploadId: string | undefined) =>
    client.uploadResumably(file, {
      ...options,
      ...(uploadId !== undefined && { uploadId }),
      onStart: id => rememberUpload(fingerprint, id),
    });
  return send(begun).catch(thrown => {
    // Let go of meanwhile, or of a service that knows nothing of it: from the beginning.
    if (begun === undefined || options.signal.aborted || ![404, 410].includes(asFailure(thrown).status)) throw thrown;
    rememberUpload(fingerprint, null);
    return send(undefined);
  });
}
