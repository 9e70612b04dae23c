/**
 * Where frames come from: a picture, a clip or the camera, each opened by the browser itself, so that nothing leaves the machine. What the
 * browser cannot show cannot be used here; the service reads more kinds of video.
 */

type SourceKind = 'picture' | 'clip' | 'camera';
export type SourceFault = 'unreadable' | 'no-camera' | 'camera-refused' | 'camera-busy' | 'camera-lost' | 'not-secure';

export interface FrameSource {
  kind: SourceKind;
  /** Of the file; of a camera as the system names it. */
  name: string;
  /** Of a clip or a camera; it is never on the page. */
  video: HTMLVideoElement | null;
  /** The frame of this moment; the caller's to close. */
  grab(): Promise<ImageBitmap>;
  /** Lets go of the file, or switches the camera off. */
  close(): void;
}

/** Why a source could not be opened. */
export class SourceError extends Error {
  readonly fault: SourceFault;

  constructor(fault: SourceFault, cause: unknown) {
    super(fault, { cause });
    this.fault = fault;
  }
}

/** @throws SourceError unreadable. */
export async function openFile(file: File): Promise<FrameSource> {
  if (file.type.startsWith('video/')) return openClip(file);
  try {
    return await openPicture(file);
  } catch (cause) {
    if (file.type.startsWith('image/')) throw new SourceError('unreadable', cause);
    return openClip(file); // kinds of video that the system has no name for
  }
}

/** Asks the reader for leave to use the camera. @param onLost told when it is unplugged, or taken away. @throws SourceError */
export async function openCamera(onLost: () => void): Promise<FrameSource> {
  if (!navigator.mediaDevices) throw new SourceError('not-secure', null);
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } }).catch(cause => {
    throw new SourceError(CAMERA_FAULTS[(cause as DOMException).name] ?? 'camera-busy', cause);
  });
  const [track] = stream.getVideoTracks();
  // Not told of a track that was stopped here.
  track!.addEventListener('ended', onLost);
  const video = quietVideo();
  video.srcObject = stream;
  await video.play().catch(cause => {
    track!.stop(); // a camera that shows nothing must not stay on
    throw new SourceError('camera-busy', cause);
  });
  return {
    kind: 'camera',
    name: track!.label,
    video,
    grab: () => createImageBitmap(video),
    close() {
      track!.stop();
      video.srcObject = null;
    },
  };
}

const CAMERA_FAULTS: Record<string, SourceFault> = {
  NotAllowedError: 'camera-refused',
  NotFoundError: 'no-camera',
  NotReadableError: 'camera-busy',
};

async function openPicture(file: File): Promise<FrameSource> {
  // As the worker reads images: turned upright by EXIF, colour profiles ignored.
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' });
  const grab = () => createImageBitmap(bitmap);
  return { kind: 'picture', name: file.name, video: null, grab, close: () => bitmap.close() };
}

async function openClip(file: File): Promise<FrameSource> {
  const video = quietVideo();
  const address = URL.createObjectURL(file);
  const close = () => {
    video.pause();
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(address);
  };
  try {
    await new Promise((resolve, reject) => {
      video.addEventListener('loadeddata', resolve, { once: true });
      video.addEventListener('error', () => reject(video.error), { once: true });
      video.src = address;
    });
    // A file of sound alone loads, too.
    if (video.videoWidth === 0) throw new TypeError('There is no picture in it.');
  } catch (cause) {
    close();
    throw new SourceError('unreadable', cause);
  }
  return { kind: 'clip', name: file.name, video, grab: () => createImageBitmap(video), close };
}

function quietVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  Object.assign(video, { muted: true, playsInline: true, loop: true, preload: 'auto' });
  return video;
}
