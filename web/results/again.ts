/**
 * Running a model again on a video that the service has: `#/results?again=12` fills the form with the video, the model and the settings of
 * inference 12. The service takes a video as a file only, so its bytes go through the browser once, when their turn comes.
 */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client } from '../api/client.ts';
import { replaceQuery, route } from '../frame/routes.ts';
import { fetchVideo } from '../player/fetch-video.ts';
import type { VideoBytes } from './sending.ts';

interface Again {
  inference: InferenceResource;
  video: { name: string; bytes: VideoBytes };
}

/** Calls `onAgain` when the address asks for it, and takes the wish out of the address. @returns why it cannot be done; null: it can. */
export function useAgain(onAgain: (again: Again) => void): ReadonlySignal<SleapError | null> {
  const failure = useSignal<SleapError | null>(null);
  const id = Number(route.value.query.get('again') ?? Number.NaN);
  useEffect(() => {
    if (!Number.isInteger(id)) return;
    failure.value = null;
    const reading = new AbortController();
    const { signal } = reading;
    client.inference(id, { signal }).then(
      inference => {
        onAgain({ inference, video: videoOf(inference) });
        replaceQuery({ again: null });
      },
      thrown => {
        if (!signal.aborted) failure.value = asFailure(thrown);
      },
    );
    return () => reading.abort();
  }, [id]);
  return failure;
}

function videoOf({ results_id: id, file_name: name }: InferenceResource): Again['video'] {
  return {
    name,
    bytes: async signal => new File([await fetchVideo(id, { signal })], name),
  };
}
