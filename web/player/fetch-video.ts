/** The video of an inference as a file in the browser, for ffmpeg; the browser may keep it on disk. */
import { SleapError } from '../../client/sleap-error.ts';
import { requests } from '../api/client.ts';

/** How large it is. @returns null where the service does not say. @throws SleapError. */
export async function videoBytes(resultsId: number, signal: AbortSignal): Promise<number | null> {
  const { headers } = await requests.answer({ path: videoPath(resultsId), method: 'HEAD', signal });
  const length = headers.get('content-length');
  return length === null ? null : Number(length);
}

/** @param onBytes told how many have arrived. @throws SleapError; the signal's reason. */
export async function fetchVideo(
  resultsId: number,
  { onBytes, signal }: { onBytes?: (bytes: number) => void; signal: AbortSignal },
): Promise<Blob> {
  const { body } = await requests.answer({ path: videoPath(resultsId), signal });
  let bytes = 0;
  const counted = body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.length;
        onBytes?.(bytes);
        controller.enqueue(piece);
      },
    }),
  );
  return new Response(counted).blob().catch(cause => {
    signal.throwIfAborted();
    throw new SleapError('no_answer', 'The video broke off.', { remedy: 'Ask for it again.', cause });
  });
}

export function videoPath(resultsId: number): string {
  return `/api/inferences/${resultsId}/video`;
}
