/**
 * The package that labs install, used as they use it against the real API and worker, with a key: the client from plain JavaScript and from
 * TypeScript, the command line from its bin, and the examples of docs/examples in curl, TypeScript and Python.
 */
import { copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, packDataset, TINY } from '../support/lab.ts';
import { type Consumer, installPacked, type Outcome, outcomeOf } from '../support/packed-package.ts';
import { pythonWithHttpx } from '../support/python-httpx.ts';
import { useWorker } from '../support/worker.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'lab-key';
const FRAMES = 6;
const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2', API_KEYS: KEY });
useWorker(database);
let consumer: Consumer;

beforeAll(async () => {
  consumer = installPacked();
  const config = { ...TINY, num_epochs: 2 };
  await writeFile(join(consumer.folder, 'data.7z'), await packDataset());
  await writeFile(join(consumer.folder, 'mouse.mp4'), await filmAnimal(FRAMES));
  await writeFile(join(consumer.folder, 'config.json'), JSON.stringify(config));
});
afterAll(() => consumer?.remove());

function runHere(command: string, args: string[], env: Record<string, string> = {}, folder = '.'): Promise<Outcome> {
  return outcomeOf(command, args, {
    cwd: join(consumer.folder, folder),
    env: { SLEAP_URL: api.url, SLEAP_API_KEY: KEY, NO_COLOR: '1', ...env },
  });
}

/** The command line; what it printed. */
async function cli(line: string, code = 0): Promise<string> {
  const outcome = await runHere(consumer.bin, line.split(' '));
  expect(outcome.code, outcome.stderr + outcome.stdout).toBe(code);
  return code === 0 ? outcome.stdout.trimEnd() : outcome.stderr.trimEnd();
}

describe('the client as a package', () => {
  it('is imported by plain JavaScript, without a loader, and speaks with the service', async () => {
    const script = `
      import { SleapClient, SleapError } from 'sleap-microservice/client';
      const [url, key] = process.argv.slice(2);
      await new SleapClient({ url, key }).health();
      for await (const model of new SleapClient({ url, key }).models()) throw new Error('there is none yet: ' + model.model_uid);
      const refused = await new SleapClient({ url }).workers().catch(error => error);
      console.log(refused instanceof SleapError, refused.code, refused.status, refused.message);`;
    await writeFile(join(consumer.folder, 'plain.mjs'), script);
    const outcome = await runHere(process.execPath, ['plain.mjs', api.url, KEY]);
    expect(outcome).toEqual({ code: 0, stdout: 'true unauthorized 401 A key is needed.\n', stderr: '' });
  });

  it('brings types that a strict program compiles against', async () => {
    const program = `
      import { SleapClient } from 'sleap-microservice/client';
      const client = new SleapClient({ url: 'http://127.0.0.1:5000' });
      const error: number | null | undefined = (await client.model('m')).pixel_error?.median;
      for await (const event of client.events('t')) if (event.event === 'epoch') console.log(event.data.val_loss.toFixed(2), error);
      // @ts-expect-error no such setting
      await client.infer(new Blob(), 'm', { peak_treshold: 0.2 });
      // @ts-expect-error no such state
      client.models({ state: 'done' });`;
    await writeFile(join(consumer.folder, 'typed.ts'), program);
    await copyFile(join(ROOT, 'docs/examples/typescript.ts'), join(consumer.folder, 'typescript.ts'));
    await writeFile(join(consumer.folder, 'package.json'), '{"type":"module"}');
    await symlink(join(ROOT, 'node_modules/@types'), join(consumer.folder, 'node_modules/@types'));
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const outcome = await runHere(process.execPath, [tsc, ...options, 'typed.ts', 'typescript.ts']);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is one module that imports nothing', async () => {
    const code = await readFile(join(consumer.installed, 'dist/client/sleap-client.js'), 'utf8');
    expect(code).not.toMatch(/^import|\bimport\(|\brequire\(|\bprocess\b|\bBuffer\b/m);
  });
});

describe('the command line', () => {
  let uid: string;
  let results: string;

  it('checks, trains, follows and lists', async () => {
    const [checked, trained] = await Promise.all([
      cli('check data.7z --out pictures'),
      cli('train data.7z --config config.json --watch --resumable --idempotency-key k1'),
    ]);
    expect(checked).toContain('format      labels_csv (labels.csv)\nframes      8 labelled of 8');
    expect((await stat(join(consumer.folder, 'pictures/sample0.png'))).size).toBeGreaterThan(100);
    expect(trained).toMatch(
      /^model [0-9a-f-]{36}\nvalidation error: median .*, mean .* over \d+ keypoints, \d+ missed\n/,
    );
    uid = trained.split('\n')[0]!.slice('model '.length);
    const again = JSON.parse(await cli('train data.7z --config config.json --resumable --idempotency-key k1 --json'));
    expect(again.model_uid).toBe(uid);
    const [log, tasks, workers] = await Promise.all([
      ...[cli(`log ${again.task_id} --follow`), cli('tasks --kind train'), cli('workers')],
    ]);
    expect(log).toMatch(/^\S+Z info +\S/);
    expect(log!.split('\n').length).toBeGreaterThan(3);
    expect(tasks).toMatch(new RegExp(`${again.task_id} +train +succeeded .* model ${uid}$`, 'm'));
    expect(workers).toMatch(/^worker +state +device/);
  });

  it('runs a video and saves what it found', async () => {
    const inferred = await cli(`infer mouse.mp4 --model ${uid} --resumable`);
    expect(inferred).toMatch(/^results \d+$/);
    results = inferred.slice('results '.length);
    const [saved, shown, suggested] = await Promise.all([
      cli(`results ${results} --out mouse.ndjson`),
      cli(`inferences show ${results} --json`),
      cli(`suggest ${results} --count 2 --json`),
    ]);
    expect(saved).toBe('written to mouse.ndjson');
    const lines = (await readFile(join(consumer.folder, 'mouse.ndjson'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(FRAMES);
    expect(JSON.parse(shown)).toMatchObject({ file_name: 'mouse.mp4', model_uid: uid });
    expect(JSON.parse(suggested).suggestions).toHaveLength(2);
    expect(await cli(`overlay ${results} --out overlay.mp4 --trail 3`)).toBe('written to overlay.mp4');
  });

  it('names, tags, moves and deletes models', async () => {
    expect(await cli(`models rename ${uid} mice`)).toMatch(/^name +mice$/m);
    expect(await cli(`models tag ${uid} top-view lab-3`)).toMatch(/^tags +top-view, lab-3$/m);
    const [listed, exported] = await Promise.all([
      cli('models list --tag lab-3'),
      cli(`export ${uid} --out model.zip`),
    ]);
    expect(listed).toMatch(new RegExp(`^${uid} +succeeded +2 .* mice #top-view #lab-3$`, 'm'));
    expect(exported).toBe('written to model.zip');
    const imported = (await cli('import model.zip --watch')).split('\n')[0]!.slice('model '.length);
    const [removed, forgotten] = await Promise.all([cli(`models rm ${imported}`), cli(`inferences rm ${results}`)]);
    expect(removed).toBe(`model ${imported} is deleted`);
    expect(forgotten).toBe(`inference ${results} is deleted`);
    const [gone, late] = await Promise.all([cli(`models show ${imported}`, 1), cli(`stop ${uid}`, 1)]);
    expect(gone).toMatch(/does not exist/);
    expect(late).toMatch(/is not training/);
  });

  it.each([
    ['keys new', 0, /^[\w-]{32}\n\nThe service takes it once/],
    ['keys check', 0, /^The service takes this key\.$/],
    ['keys check --key wrong', 1, /^A key is needed\. /],
    ['openapi', 0, /^\{\n {2}"openapi": "3\.1/],
    ['weights --help', 0, /^usage: sleap-microservice weights list \| fetch/],
    ['workers --url http://127.0.0.1:9', 1, /^No service answers at http:\/\/127\.0\.0\.1:9\. Start one with/],
    ['train data.7z', 2, /^--config is missing\.\nusage: sleap-microservice train DATASET/],
    ['trian', 2, /^"trian" is no command\./],
  ])('answers %s with exit code %d', { concurrent: true }, async (line, code, printed) => {
    expect(await cli(line, code)).toMatch(printed);
  });
});

describe('the doctor', { concurrent: true }, () => {
  const examine = async (args: string[], url: string) =>
    runHere(consumer.bin, ['doctor', ...args], { DATABASE_URL: url, PORT: new URL(api.url).port, BACKEND: 'wasm' });

  it('finds a machine on which the service runs', async () => {
    const { code, stdout, stderr } = await examine(['--json'], database.url);
    expect(code, stdout + stderr).toBe(0);
    const findings = JSON.parse(stdout) as { name: string; verdict: string; found: string }[];
    const found = Object.fromEntries(findings.map(({ name, verdict, found: words }) => [name, `${verdict}: ${words}`]));
    expect(found.database).toMatch(/^ok: Postgres \d+, with the tables of this version$/);
    expect(found.device).toMatch(/^ok: CPU, wasm SIMD/);
    expect(found.port).toMatch(/^ok: a service answers/);
    expect(found.page).toBe('ok: built');
  });

  it('finds a database that does not answer', async () => {
    const { code, stdout } = await examine([], 'postgres://a:b@127.0.0.1:9/c');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^fail {2}database {2}The database does not answer: .*ECONNREFUSED.*\n +→ Check DATABASE_URL/m,
    );
  });
});

describe('the examples go the whole road', { concurrent: true }, () => {
  /** In a folder of its own. @returns what it printed. */
  async function goes(folder: string, command: string, args: string[]): Promise<string> {
    await mkdir(join(consumer.folder, folder));
    const files = ['data.7z', 'mouse.mp4', 'config.json'].map(name => join(consumer.folder, name));
    const { code, stdout, stderr } = await runHere(command, [...args, ...files], {}, folder);
    expect(code, stderr + stdout).toBe(0);
    expect(stdout).toMatch(/^format labels_csv, 8 labelled frames$/m);
    expect(stdout).toMatch(/^404 not_training:? .*is not training/m);
    const csv = await readFile(join(consumer.folder, folder, 'keypoints.csv'), 'utf8');
    expect(csv).toMatch(/^track,frame_idx,instance\.score/);
    return stdout;
  }

  it('with curl', async () => {
    const printed = await goes('curl', 'sh', [join(ROOT, 'docs/examples/curl.sh')]);
    expect(printed.match(/^data: \{"epoch":/gm)).toHaveLength(2);
  });

  it('in TypeScript', async () => {
    const flags = ['--import', import.meta.resolve('tsx'), join(consumer.folder, 'typescript.ts')];
    const printed = await goes('typescript', process.execPath, flags);
    expect(printed.match(/^epoch \d: loss /gm)).toHaveLength(2);
  });

  it('in Python', async () => {
    const printed = await goes('python', pythonWithHttpx(), [join(ROOT, 'docs/examples/python.py')]);
    expect(printed.match(/^epoch /gm)).toHaveLength(2);
    expect(printed).toMatch(/^done succeeded$/m);
  });
});
