/** Frames of SLEAP labels that are taken out of a package or of a video: the very pixels, under the right numbers, and no others. */
import { mkdir, readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../gpu-worker/media/image.ts';
import { encodeNumbered, numberIn } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { failure, frameAt, slpDataset } from '../support/slp-dataset.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();
const { put, read } = slpDataset(scratch.path);

const [WIDTH_PX, HEIGHT_PX] = [6, 4];
/** Red at the top, blue at the bottom. */
const COLOURED = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX * 3 }, (_, i) =>
  i < (WIDTH_PX * HEIGHT_PX * 3) / 2 ? [200, 10, 30][i % 3]! : [20, 40, 250][i % 3]!,
);
const exchanged = (pixels: Uint8Array) => Uint8Array.from(pixels, (_, i) => pixels[i - (i % 3) + 2 - (i % 3)]!);
const encoded = (pixels: Uint8Array, format: 'png' | 'jpeg' = 'png', channels: 1 | 3 = 3) => {
  const image = sharp(pixels, { raw: { width: WIDTH_PX, height: HEIGHT_PX, channels } });
  return (channels === 1 ? image.toColourspace('b-w') : image).toFormat(format).toBuffer();
};
/** A file of 2 rows (frames 7 and 9) written by h5py 3 as SLEAP 1.3 does, with lists of any length, which h5wasm cannot write. */
const VLEN_PACKAGE = [
  'eNrtWE1sG0UUfmvHm43rULt1qVOB4ixFlL9g+iMlgEjaJmkikqYNbYkCkdl4J/YSe9fsbtJEkWlBFVIFRw4gQEKVekWqEAgJJECcUMWBA0KREO',
  'LCgQtCrYS4lXk7M8nYsZNCTxX7XWZ23u+8Nz9v9vLo0EhnfF88qmkgcIuj1MO+c3z8zeHYD5OjQ1MRWI7skhkF4hFQANTdQButQnzDNHzjEy6t',
  '3ovDO5Yskzhe/hXPsVMRRkkmAa6qrH8QNsZWYqyfXfcMfnnNuBS4oEwpW/mwZxe0baYlDgFEIQ5pJM47bsXw85YJqewAsNkPwuEdcPhWFABdOx',
  'Tg5kDiNxSLUR4qho7DbmriOjCuVX2JuJ7l2PpTWf1gb643pz+W1b0FUia+Y3t09MVV3bRcUvCJSb98d5FQhqJrVEv0c1W3jQpBWQ/l7MVKnphF',
  '4uUt2yMuE8nVKKVs2QuBtln6UVks+5ZQwTXajkm4OYtJzdZm68eFKdvxCFo7T6xiyacjT/Yi95HvsyMsuqAoaTo9hYJHXrRRDRSc/gztx2iso3',
  'GN5iGqQJLRZ0SqvoS7Gq/fuOdKYyz4egXRRi+Bco4u0v20P+/S2OJqCgIhllOw2kHDoTa+lgXjMiRkTppu37ALSMnTnutDuhWZ2CbcJxPlPMzw',
  'PIyKiQzeeSzW+h+9yWIx1DoWCUU5Fwfop33JWRoOrcks/JUqYWFh60rbiF+HPDOxjSAlh9B3jcIC7EHNG1F1KvmqS0wLtxl0yVa9guMS6Ellu9',
  'fZ92qw9wLtVR3L9jdC/qBse52G8X5cpgT2LbuYZ5qPNNMs5+QKz4nLY/XhHxeenjw++pyaxvl3iKh4DzMl8FX3S5Ft195bdO1RfjwEl6HpGbYC',
  'WrPhJcuz5soEktMRFn6MlUjDyNHx54fhzNTZYTpWcCpVGn4CqW1Z5emmU8zF/WL99N/B2vv09PhHGCu8EGba6y8JNYXeqEGivPf4bQHXXrh+6n',
  'auqSQKx4Id+jZXrGZwrJOtRXoUz9GT/QtxMR64fac/q74/ESSYORjo8+6P1nkdGM79xO+9Gz+eLrOUP9A65WlQuoAdMHIigthHWOz7UvV3ZouL',
  'sA9vtHb5IoQuhZ3h8qZEy+j1NNeK/cQj2HZAAmULJcO2Sdmr2+VCCpE4wCwF3KXgutnE2yZ4H0JelfGet0y/tImVRwtyPy+8s+0OSYAiy8tLdJ',
  'qXNkmRsc/v3puK/F5TIESIECFChPg3WNXnaC1LK9zgKTpvlYl4I/biAxEf8B7BF6LO6pUnggZJll1d9POseEC6KAXyZcPz9VpNttLeYLXxUYno',
  'aBiLbOW2XMw0U1zXV7YQbG3tzwHxgBJvYI0/pf4eUJQJqSpCsvyNuk4cnxxXpApD2Jng7eVTJ0/gfxfa7RyjhQyvbdo0FNbn12hNA+mxoaNnlj',
  '8omMVfzcHYeCJzsa8H1H2Q6f5W/wuVjA2fHPr42MtvSP7/F/3PfPP1dxfj72Zy8OoxePYqrKnJs06DflHPibZqF+uildkZ7qUQIUKECBEiRIgQ',
  'IUKECPH/Q3vDX41/AIo5xD8=',
].join('');

const imageOf = (frame: { imagePath: string }) => readImage(frame.imagePath, { maxSidePx: 100_000 });

async function numbered(name: string, frames: number): Promise<void> {
  await mkdir(scratch.path('dataset'), { recursive: true });
  await encodeNumbered(scratch.path('dataset', name), 'h264', frames);
}

describe('a package of SLEAP', () => {
  const gray = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX }, (_, i) => i * 10);

  it('gives its encoded images byte for byte, under the numbers of the frames they were', async () => {
    const images = [await encoded(COLOURED), await encoded(gray, 'png', 1), await encoded(COLOURED, 'jpeg')];
    for (const layout of ['padded', 'joined'] as const) {
      const seen: number[][] = [];
      const { format, frames, warnings } = await read(
        {
          videos: [{ images, frameNumbers: [40, 7, 12], layout, channelOrder: 'RGB', takenFrom: '/data/mouse.avi' }],
          frames: [
            frameAt(7, [1, 1], [9, 9]),
            frameAt(12, [2, 2], null),
            frameAt(13, [3, 3], null),
            frameAt(40, [4, 4], null),
          ],
        },
        { onFrame: (done, total) => void seen.push([done, total]) },
        'labels.pkg.slp',
      );
      expect(format).toBe('pkg_slp');
      expect(frames.map(({ imageName, videoName, points }) => [imageName, videoName, points[0]])).toEqual([
        ['mouse.avi, frame 7', 'mouse.avi', 1],
        ['mouse.avi, frame 12', 'mouse.avi', 2],
        ['mouse.avi, frame 40', 'mouse.avi', 4],
      ]);
      const stored = await Promise.all(frames.map(({ imagePath }) => readFile(imagePath)));
      expect(stored).toEqual([images[1], images[2], images[0]]);
      expect(frames.map(({ imagePath }) => imagePath.slice(-4))).toEqual(['.png', '.jpg', '.png']);
      expect(warnings).toEqual([
        '1 of 4 labelled frames of "mouse.avi" are not embedded in labels.pkg.slp and were left out.',
      ]);
      expect(seen.map(([done]) => done)).toEqual([1, 2, 3]);
    }
  });

  it('gets its red and blue back where OpenCV exchanged them: noted as BGR, or older than format 1.4', async () => {
    const images = [await encoded(exchanged(COLOURED)), await encoded(gray, 'png', 1)];
    const frames = [frameAt(0, [1, 1], null), frameAt(1, [1, 1], null)];
    for (const how of [{ formatId: 1.2 }, { channelOrder: 'BGR' as const }]) {
      const labels = await read({ ...how, videos: [{ images, ...how }], frames });
      expect(new Uint8Array((await imageOf(labels.frames[0]!)).data)).toEqual(COLOURED);
      expect(await readFile(labels.frames[1]!.imagePath)).toEqual(images[1]);
    }
  });

  it('of SLEAP 1.3, with lists of any length, is read as well', async () => {
    await put('labels.slp', inflateSync(Buffer.from(VLEN_PACKAGE, 'base64')));
    const { frames, skeleton } = await read(null);
    expect(skeleton).toEqual({ keypoints: ['nose'], edges: [], symmetries: [] });
    expect(frames.map(({ imageName, points }) => [imageName, ...points])).toEqual([
      ['video0, frame 7', 1, 2],
      ['video0, frame 9', 3, 1.5],
    ]);
    // Written with red 7 and 200 and blue 9, read as OpenCV does.
    expect([...(await imageOf(frames[0]!)).data.subarray(0, 3)]).toEqual([9, 0, 7]);
    expect([...(await imageOf(frames[1]!)).data.subarray(0, 3)]).toEqual([9, 0, 200]);
  });

  it('of raw pixels gives the very pixels', async () => {
    const first = Uint8Array.from({ length: 3 * WIDTH_PX * HEIGHT_PX }, (_, i) => {
      const [channel, x, y] = [
        Math.floor(i / (WIDTH_PX * HEIGHT_PX)),
        Math.floor(i / HEIGHT_PX) % WIDTH_PX,
        i % HEIGHT_PX,
      ];
      return COLOURED[(y * WIDTH_PX + x) * 3 + channel]!;
    });
    const { frames } = await read({
      videos: [
        { raw: COLOURED, shape: [1, HEIGHT_PX, WIDTH_PX, 3], frameNumbers: [5] },
        { raw: first, shape: [1, 3, WIDTH_PX, HEIGHT_PX], channelsFirst: true },
        { raw: gray, shape: [1, HEIGHT_PX, WIDTH_PX, 1] },
      ],
      frames: [
        frameAt(5, [1, 1], null),
        { ...frameAt(0, [1, 1], null), video: 1 },
        { ...frameAt(0, [1, 1], null), video: 2 },
      ],
    });
    const images = await Promise.all(frames.map(imageOf));
    const size = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX };
    for (const image of images.slice(0, 2)) expect(image).toMatchObject({ ...size, channels: 3 });
    expect(images.map(({ data }) => new Uint8Array(data))).toEqual(
      [COLOURED, COLOURED, gray].map(data => new Uint8Array(data)),
    );
    expect(images[2]).toMatchObject({ ...size, channels: 1 });
  });

  it('with a cropped view gives the part that was labelled, filled where it leaves the frame', async () => {
    const { frames } = await read({
      videos: [{ images: [await encoded(gray, 'png', 1)] }],
      frames: [frameAt(0, [1, 1], null)],
      change: file => {
        const crop = JSON.stringify([{ video: 0, crop: [4, -1, 8, 2], fill: 128 }]);
        file.create_dataset({ name: 'video_crops', data: [crop], shape: [1], dtype: `S${crop.length}` });
      },
    });
    const { widthPx, heightPx, data } = await imageOf(frames[0]!);
    expect([widthPx, heightPx]).toEqual([4, 3]);
    expect([...data]).toEqual([128, 128, 128, 128, 40, 50, 128, 128, 100, 110, 128, 128]);
    expect([...frames[0]!.points.subarray(0, 2)]).toEqual([1, 1]);
  });

  it('that keeps some videos of a project finds them by their numbers', async () => {
    const image = await encoded(gray, 'png', 1);
    const { frames } = await read({
      videos: [
        { images: [image], number: 4, takenFrom: 'b.mp4' },
        { images: [image], number: 9, takenFrom: 'c.mp4' },
      ],
      frames: [
        { ...frameAt(0, [1, 1], null), video: 9 },
        { ...frameAt(0, [2, 2], null), video: 4 },
      ],
    });
    expect(frames.map(({ videoName }) => videoName)).toEqual(['c.mp4', 'b.mp4']);
  });

  it('tells videos of one name apart by their folders', async () => {
    const images = [await encoded(gray, 'png', 1)];
    const taken = ['D:\\lab\\day1\\cam.mp4', 'D:\\lab\\day2\\cam.mp4', 'other.mp4', 'other.mp4'];
    const { frames } = await read({
      videos: taken.map(takenFrom => ({ images, takenFrom })),
      frames: taken.map((_, video) => ({ ...frameAt(0, [1, 1], null), video })),
    });
    const names = ['day1/cam.mp4', 'day2/cam.mp4', 'other.mp4', 'other.mp4 (2)'];
    expect(frames.map(({ videoName }) => videoName)).toEqual(names);
  });

  it('is refused in words when its images are none, are too large, or would take too much room', async () => {
    const frames = [frameAt(0, [1, 1], null)];
    const noise = Uint8Array.from({ length: 50 }, (_, i) => i + 1);
    await expect(read({ videos: [{ images: [noise] }], frames })).rejects.toEqual(
      failure('image_invalid', '"video0, frame 0"', 'neither PNG nor JPEG'),
    );
    const images = [await encoded(gray, 'png', 1)];
    await expect(read({ videos: [{ images }], frames }, { maxFramesBytes: 20 })).rejects.toEqual(
      failure('archive_too_large', '20 bytes', 'MAX_ARCHIVE_BYTES'),
    );
    const raw = { raw: gray, shape: [1, HEIGHT_PX, WIDTH_PX, 1] as [number, number, number, number] };
    await expect(read({ videos: [raw], frames }, { maxSidePx: 5 })).rejects.toEqual(
      failure('image_invalid', 'MAX_IMAGE_SIDE_PX'),
    );
    await expect(read({ videos: [{ images, frameNumbers: [3] }], frames })).rejects.toEqual(
      failure('image_missing', 'no image for any labelled frame'),
    );
  });
});

describe('labels of SLEAP with a video', () => {
  const frames = [frameAt(3, [1, 1], [1, 1]), frameAt(60, [2, 2], null), frameAt(4, [3, 3], null)];

  it('take the labelled frames out of it, and no others', async () => {
    await numbered('mouse.mp4', 80);
    for (const grayscale of [true, false]) {
      const {
        format,
        frames: found,
        warnings,
      } = await read({ videos: [{ filename: '/d/mouse.mp4', grayscale }], frames });
      const images = await Promise.all(found.map(imageOf));
      expect(images.map(({ data }) => numberIn(data))).toEqual([3, 60, 4]);
      expect(images.map(({ channels }) => channels)).toEqual([1, 1, 1]);
      expect([format, found[1]!.imageName, found[1]!.videoName, warnings]).toEqual([
        'slp',
        'mouse.mp4, frame 60',
        'mouse.mp4',
        [],
      ]);
    }
  });

  it('say how many frames lie behind its end, and take a renamed one where there is no choice', async () => {
    await numbered('other.mp4', 30);
    const labels = await read({ videos: [{ filename: '/d/mouse.avi' }], frames });
    expect(labels.frames.map(({ imageName }) => imageName)).toEqual(['mouse.avi, frame 3', 'mouse.avi, frame 4']);
    expect(labels.warnings).toEqual([
      'labels.slp names the video "mouse.avi", and "other.mp4" was taken for it, the only video there is.',
      expect.stringContaining('1 of 3 labelled frames of "other.mp4" lie behind its end, frame 29'),
    ]);
    const two = {
      videos: [{ filename: 'a.avi' }, { filename: 'b.avi' }],
      frames: [frames[0]!, { ...frames[1]!, video: 1 }],
    };
    await expect(read(two)).rejects.toEqual(failure('image_missing', 'videos "a.avi", "b.avi"'));
  });

  it('leave at once when asked to', async () => {
    await numbered('mouse.mp4', 80);
    const videos = [{ filename: 'mouse.mp4' }];
    const reason = new Error('leave');
    await expect(read({ videos, frames }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const leaving = new AbortController();
    const onFrame = () => leaving.abort(reason);
    await expect(read({ videos, frames }, { signal: leaving.signal, onFrame })).rejects.toBe(reason);
  });
});
