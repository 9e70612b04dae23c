/** The texts that are made from predictions, character by character. */
import { describe, expect, it } from 'vitest';
import { cocoParts } from '../../src/exports/coco.ts';
import { csvParts } from '../../src/exports/csv.ts';
import { dlcCsvParts } from '../../src/exports/dlc-csv.ts';
import { jsonParts, ndjsonParts } from '../../src/exports/json.ts';
import { type GivenRun, predictionsOf, SKELETON, textFile, textOf } from '../support/stored-predictions.ts';

const { NaN: none } = Number;
/** A gap, a step, a keypoint that was not found, a frame without any, one to whose peaks the network gave no number. */
const RUNS: GivenRun[] = [
  {
    firstFrame: 0,
    times: [0, 1 / 30, none],
    points: [
      [1.5, 2.123456, 0.9, none, none, 0.123456],
      [none, none, 0.1, none, none, 0.05],
      [10, 20, 1, 4, 40, 0.5],
    ],
  },
  {
    firstFrame: 100,
    step: 50,
    points: [
      [none, none, none, none, none, none],
      [0, 0, 0.25, none, none, 0],
    ],
  },
];
const predictions = predictionsOf(RUNS);
const csv = (given = predictions, emptyFrames = false) => textOf(textFile(given, csvParts(given, { emptyFrames })));
const dlc = (given = predictions) => textOf(textFile(given, dlcCsvParts(given)));
const coco = (given = predictions) => textOf(textFile(given, cocoParts(given)));
const named = (keypoints: string[]) =>
  predictionsOf([{ firstFrame: 0, points: [keypoints.flatMap((_, k) => [k, k, 0.5])] }], {
    skeleton: { keypoints, edges: [] },
  });
const NAMES = ['a,b', 'say "x"', 'two\nlines', '__proto__', 'Ohr ä'];

const FRAMES = [
  '{"frame":0,"time":0,"score":1.0235,"keypoints":{"nose":[1.5,2.1235,0.9],"tail":[null,null,0.1235]}}',
  '{"frame":1,"time":0.033333,"score":null,"keypoints":{"nose":[null,null,0.1],"tail":[null,null,0.05]}}',
  '{"frame":2,"time":null,"score":1.5,"keypoints":{"nose":[10,20,1],"tail":[4,40,0.5]}}',
  '{"frame":100,"time":null,"score":null,"keypoints":{"nose":[null,null,null],"tail":[null,null,null]}}',
  '{"frame":150,"time":null,"score":0.25,"keypoints":{"nose":[0,0,0.25],"tail":[null,null,0]}}',
];
const HEAD =
  '{"results_id":12,"model_uid":"c5ddb46d-70fc-4f9a-bc41-715795df9008","state":"succeeded","frames_stored":5,"frames":[';

describe('predictions.json and .ndjson', () => {
  it.each([
    [-1, 0],
    [0, 1],
    [1, 2],
    [2, 3],
    [99, 3],
    [100, 4],
    [149, 4],
    [150, 5],
  ])('behind frame %i leave out %i frames', async (after, left) => {
    const frames = FRAMES.slice(left);
    expect(await textOf(textFile(predictions, jsonParts(predictions, after)))).toBe(`${HEAD}${frames.join(',')}]}\n`);
    const lines = frames.map(frame => `${frame}\n`).join('');
    expect(await textOf(textFile(predictions, ndjsonParts(predictions, after)))).toBe(lines);
  });

  it('keep names as they are, whatever they mean elsewhere', async () => {
    const given = named(NAMES);
    const { keypoints } = JSON.parse(await textOf(textFile(given, ndjsonParts(given, -1))));
    expect(Object.entries(keypoints)).toEqual(NAMES.map((name, k) => [name, [k, k, 0.5]]));
  });
});

describe('predictions.csv', () => {
  const header = 'track,frame_idx,instance.score,nose.x,nose.y,nose.score,tail.x,tail.y,tail.score\n';

  it('has a row for each frame with a detection', async () => {
    expect(await csv()).toBe(
      `${header},0,1.0235,1.5,2.1235,0.9,,,0.1235\n,2,1.5,10,20,1,4,40,0.5\n,150,0.25,0,0,0.25,,,0\n`,
    );
  });

  it('has empty rows for the other frames where they are asked for', async () => {
    const rows = [
      ',0,1.0235,1.5,2.1235,0.9,,,0.1235',
      ',1,,,,,,,',
      ',2,1.5,10,20,1,4,40,0.5',
      ',100,,,,,,,',
      ',150,0.25,0,0,0.25,,,0',
    ];
    expect(await csv(predictions, true)).toBe(`${header}${rows.join('\n')}\n`);
  });

  it('quotes names that would end a cell', async () => {
    const [first, second] = (await csv(named(['a,b', 'say "x"']))).split('\n');
    expect(first).toBe(
      'track,frame_idx,instance.score,"a,b.x","a,b.y","a,b.score","say ""x"".x","say ""x"".y","say ""x"".score"',
    );
    expect(second).toBe(',0,1,0,0,0.5,1,1,0.5');
    expect(await csv(named(['two\nlines']))).toContain('"two\nlines.x"');
  });

  it('has a header where there is nothing', async () => {
    expect(await csv(predictionsOf([]))).toBe(header);
  });
});

describe('predictions.dlc.csv', () => {
  const header = [
    `scorer${',SLEAP_c5ddb46d'.repeat(6)}`,
    'bodyparts,nose,nose,nose,tail,tail,tail',
    'coords,x,y,likelihood,x,y,likelihood',
  ];

  it('has three header rows and a row for each frame, which is never empty', async () => {
    const rows = [
      '0,1.5,2.1235,0.9,,,0.1235',
      '1,,,0.1,,,0.05',
      '2,10,20,1,4,40,0.5',
      '100,,,0,,,0',
      '150,0,0,0.25,,,0',
    ];
    expect(await dlc()).toBe(`${[...header, ...rows].join('\n')}\n`);
  });

  it('has its header where there is nothing, and quotes names', async () => {
    expect(await dlc(predictionsOf([]))).toBe(`${header.join('\n')}\n`);
    expect((await dlc(named(['a,b']))).split('\n')[1]).toBe('bodyparts,"a,b","a,b","a,b"');
  });
});

describe('predictions.coco.json', () => {
  const image = (frame: number, padded: string) =>
    `{"id":${frame + 1},"file_name":"mouse 1/frame_${padded}.png","width":640,"height":480,"video":"mouse 1.mp4","frame":${frame}}`;
  const head =
    '{"info":{"description":"Predictions of mouse 1.mp4","version":"1.0","year":2026,' +
    '"contributor":"model c5ddb46d-70fc-4f9a-bc41-715795df9008","date_created":"2026-11-29T12:00:00.000Z","results_id":12},' +
    '"licenses":[],"categories":[{"id":1,"name":"animal","supercategory":"animal","keypoints":["nose","tail"],"skeleton":[[1,2]]}],' +
    '"images":[';

  it('has an image for each frame and an annotation for each with a detection', async () => {
    const images = [
      image(0, '000000'),
      image(1, '000001'),
      image(2, '000002'),
      image(100, '000100'),
      image(150, '000150'),
    ];
    const ids = (frame: number) => `{"id":${frame + 1},"image_id":${frame + 1},"category_id":1,"iscrowd":0`;
    const annotations = [
      `${ids(0)},"keypoints":[1.5,2.1235,2,0,0,0],"num_keypoints":1,"bbox":[1.5,2.1235,0,0],"area":0,"score":1.0235}`,
      `${ids(2)},"keypoints":[10,20,2,4,40,2],"num_keypoints":2,"bbox":[4,20,6,20],"area":120,"score":1.5}`,
      `${ids(150)},"keypoints":[0,0,2,0,0,0],"num_keypoints":1,"bbox":[0,0,0,0],"area":0,"score":0.25}`,
    ];
    expect(await coco()).toBe(`${head}${images.join(',')}],"annotations":[${annotations.join(',')}]}\n`);
  });

  it('is whole where there is nothing, and where nothing was found at first', async () => {
    expect(await coco(predictionsOf([], { video: null }))).toBe(`${head}],"annotations":[]}\n`);
    const late = predictionsOf([
      { firstFrame: 0, points: [[none, none, 0, none, none, 0]] },
      { firstFrame: 1, points: [[none, none, 0, none, none, 0], ...RUNS[0]!.points.slice(2)] },
    ]);
    const { images, annotations } = JSON.parse(await coco(late));
    expect(images).toHaveLength(3);
    expect(annotations.map(({ image_id: id }: { image_id: number }) => id)).toEqual([3]);
  });

  it('reads the points once, and those of runs without a detection never', async () => {
    const given = predictionsOf([{ firstFrame: 0, points: [[none, none, 0, none, none, 0]] }, RUNS[1]!]);
    await coco(given);
    expect(given.reads).toEqual([100]);
  });

  it('keeps names and file names whole', async () => {
    const skeleton = { keypoints: NAMES, edges: SKELETON.edges };
    const text = await coco(predictionsOf([], { skeleton, fileName: 'a/"b".avi' }));
    expect(JSON.parse(text).categories[0].keypoints).toEqual(NAMES);
    const quoted = await coco({ ...predictions, fileName: 'a/"b".avi' });
    expect(JSON.parse(quoted).images[1]).toMatchObject({ file_name: 'a_"b"/frame_000001.png', video: 'a/"b".avi' });
  });
});
