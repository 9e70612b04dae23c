/** What a test sees of the player of results: the pixels of its picture and of what is drawn, and the frame that it says is in sight. */
import type { Page } from 'playwright-core';
import { keypointColours } from '../../src/contract/keypoint-colours.ts';
import { HEIGHT_PX, numberIn, WIDTH_PX } from './numbered-video.ts';
import type { TestBrowser } from './page.ts';
import { SKELETON } from './seeded-inference.ts';

type Picture = 'video' | '.player-canvas';

/** Waits until the page says that this frame is in sight. */
export const atFrame = (page: Page, frame: number) => page.locator(`.player-canvas[data-frame="${frame}"]`).waitFor();

/** Opens the player of a result at a frame. */
export const playerOf =
  (browser: TestBrowser) =>
  async (id: number, frame: number, options?: Parameters<TestBrowser['open']>[1]): Promise<Page> => {
    const page = await browser.open(`#/results/${id}?frame=${frame}`, options);
    await atFrame(page, frame);
    return page;
  };

/** The red of each pixel. As one string: playwright copies a list number by number, which took a third of a second each time. */
async function redOf(page: Page, selector: Picture): Promise<Uint8Array> {
  const base64 = await page.locator(selector).evaluate(
    (picture, [width, height]) => {
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(picture as HTMLVideoElement, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      let red = '';
      for (let i = 0; i < data.length; i += 4) red += String.fromCharCode(data[i]!);
      return btoa(red);
    },
    [WIDTH_PX, HEIGHT_PX] as const,
  );
  return Buffer.from(base64, 'base64');
}

/** The number in the picture, and the one that the page says. */
export async function seenAndTold(page: Page, selector: Picture = 'video') {
  const red = await redOf(page, selector);
  const told = await page.locator('.player-canvas').getAttribute('data-frame');
  return [numberIn(red), Number(told)];
}

/** The number in the picture of a video that is shown upside down. */
export async function upsideDownNumber(page: Page): Promise<number> {
  return numberIn((await redOf(page, 'video')).reverse());
}

/** How many pixels of the drawing have a keypoint's own colour. */
export const drawnPixels = (page: Page, keypoint: number) =>
  page.locator('.player-canvas').evaluate((canvas, [red, green, blue]) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255) count++;
    }
    return count;
  }, keypointColours(SKELETON.keypoints.length)[keypoint]!);

/** By the field of the frame's number. */
export const goTo = async (page: Page, frame: number) => {
  await page.getByRole('spinbutton', { name: 'Frame' }).fill(String(frame));
  await page.keyboard.press('Enter');
  await atFrame(page, frame);
};
/** Of the table of keypoints. */
export const rowOf = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) });
