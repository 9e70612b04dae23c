/** The training logs of models as columns, for charts: the curves of several models side by side, and the errors of one, epoch by epoch. */
import { z } from 'zod';

/** Curves of one request at most. */
const MOST_MODELS = 50;

/** Parameters that are misspelt would otherwise be epochs that nobody asked for. */
const strict = {
  error: (issue: { code?: string | undefined; keys?: string[] }) =>
    issue.code === 'unrecognized_keys' ? `not known here: ${issue.keys?.join(', ')}` : undefined,
};
const after = z.coerce.number().int().min(-1).max(2_147_483_646).default(-1).describe('Only epochs after this one.');

export const curvesQuerySchema = z.strictObject(
  {
    model_uid: z
      .preprocess(given => [given ?? []].flat(), z.array(z.uuid()).min(1).max(MOST_MODELS))
      .meta({ description: `A model; may be given several times, up to ${MOST_MODELS}.` }),
    points: z.coerce
      .number()
      .int()
      .min(2)
      .max(10_000)
      .optional()
      .describe('So many epochs of each model, and the best beside them. Absent: every epoch.'),
    after,
  },
  strict,
);
export type CurvesQuery = z.output<typeof curvesQuerySchema>;

const epochsColumn = z
  .array(z.int().nonnegative())
  .describe('Counted from 0, in order; the other columns are as long.');

export const curveSchema = z
  .object({
    model_uid: z.uuid().describe('The model.'),
    epochs: epochsColumn,
    loss: z.array(z.number()).describe("Mean squared error over the epoch's training batches."),
    val_loss: z.array(z.number()).describe('The same over the validation frames, after the epoch.'),
    lr: z.array(z.number()).describe('Learning rate used in the epoch.'),
    seconds: z.array(z.number()).describe('Wall time of the epoch, validation included.'),
  })
  .meta({ id: 'Curve', description: 'The training log of a model, a column a field; empty before the first epoch.' });
export type Curve = z.infer<typeof curveSchema>;

/** `GET /api/models/curves`. */
export const curvesSchema = z
  .object({ curves: z.array(curveSchema).describe('In the order of the uids; without those of no model.') })
  .meta({ id: 'Curves', description: 'The curves of several models.' });
export type Curves = z.infer<typeof curvesSchema>;

export const epochErrorsQuerySchema = z.strictObject({ after }, strict);

const column = (what: string) => z.array(z.number().nullable()).describe(`${what}; null: nothing to take it over.`);

/** `GET /api/models/{uid}/errors`. */
export const epochErrorsSchema = z
  .object({
    epochs: epochsColumn,
    mean_px: column('Mean distance between label and peak, px of the original images'),
    median_px: column('Median of the same'),
    p90_px: column('90th percentile of the same'),
    pck: column("SLEAP's mPCK, 0 to 1"),
    oks: column("SLEAP's mOKS, 0 to 1"),
  })
  .meta({
    id: 'EpochErrors',
    description: 'How far predictions are from the labels of the validation frames, a column a measure.',
  });
export type EpochErrors = z.infer<typeof epochErrorsSchema>;
