/**
 * A numbered video in HEVC, kept as a file of 6 KB, since the ffmpeg build of the tests cannot encode it (x265 waits for threads).
 *
 * 120 frames of 64 x 48; key frames at 0, 30, 60 and 90 with open groups of pictures, x265's default: 12 frames are shown before the
 * key frame that they refer to and must be dropped by whoever begins there (RASL). It was made from the raw frames of numberedFrames(120)
 * by an ffmpeg with libx265, and must be made anew when their pattern changes:
 *
 *     ffmpeg -f rawvideo -pix_fmt gray -s 64x48 -r 25 -i FRAMES -c:v libx265 -pix_fmt yuv420p -crf 24 -tag:v hvc1 -fflags +bitexact
 *       -x265-params keyint=30:min-keyint=10:scenecut=0:bframes=4:b-adapt=0:open-gop=1:info=0 hevc-numbered.mp4
 */
import { fileURLToPath } from 'node:url';

export const HEVC_PATH = fileURLToPath(new URL('./hevc-numbered.mp4', import.meta.url));
