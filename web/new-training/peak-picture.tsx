/**
 * How large a peak of the confidence map is on the animal: a sample of the data with a disc of one sigma and a ring of two, and the
 * grid of the map, to scale. The disc goes where the pointer is, else to the middle of the picture.
 */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { urlOf } from '../api/client.ts';
import { words } from '../language/language.ts';
import { formatPixels } from '../language/numbers.ts';
import { checked } from './config-draft.ts';
import { stage } from './data-flow.ts';

const t = words({
  en: {
    title: 'The peak to scale',
    alt: 'A sample of the data with the size of the peak and the grid of the confidence map drawn over it.',
    text: (sigma: string, stride: string) =>
      `Sigma is ${sigma} of the image, a pixel of the map ${stride}. The disc should cover the keypoint, not the animal.`,
  },
  ru: {
    title: 'Пик в масштабе',
    alt: 'Пример данных, поверх него размер пика и сетка карты.',
    text: (sigma: string, stride: string) =>
      `Сигма — ${sigma} изображения, пиксель карты — ${stride} Кружок должен накрывать точку, а не животное.`,
  },
});

export function PeakPicture() {
  const gridId = useId();
  const pointer = useSignal<{ x: number; y: number } | null>(null);
  const now = stage.value;
  const { config } = checked.value;
  if (now.at !== 'checked' || config === null) return null;
  const { samples, sizes } = now.check.report;
  const [sample] = samples;
  const [size] = sizes;
  // The service draws large images smaller; by how much is known where all have one size.
  if (!sample || !size || sizes.length > 1) return null;
  const { width_px: width, height_px: height } = sample;
  const stridePx = config.heads_output_stride / config.input_scaling;
  const sigmaPx = config.heads_sigma * stridePx;
  const shown = width / size.width_px;
  const { x, y } = pointer.value ?? { x: width / 2, y: height / 2 };
  return (
    <figure class="new-peak">
      <figcaption>
        <h3>{t().title}</h3>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={t().alt}
        onPointerMove={event => {
          const box = event.currentTarget.getBoundingClientRect();
          pointer.value = {
            x: ((event.clientX - box.left) * width) / box.width,
            y: ((event.clientY - box.top) * height) / box.height,
          };
        }}
        onPointerLeave={() => {
          pointer.value = null;
        }}
      >
        <defs>
          <pattern id={gridId} width={stridePx * shown} height={stridePx * shown} patternUnits="userSpaceOnUse">
            <path d={`M ${stridePx * shown} 0 H 0 V ${stridePx * shown}`} class="new-grid" />
          </pattern>
        </defs>
        <image href={urlOf(sample.url)} width={width} height={height} />
        <circle cx={x} cy={y} r={2 * sigmaPx * shown} class="new-ring" fill={`url(#${gridId})`} />
        <circle cx={x} cy={y} r={sigmaPx * shown} class="new-disc" />
      </svg>
      <p class="small muted">{t().text(formatPixels(sigmaPx), formatPixels(stridePx))}</p>
    </figure>
  );
}
