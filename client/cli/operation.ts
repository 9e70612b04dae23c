/** Commands about the work and the service itself: tasks, cancel, log, workers, keys, openapi. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { TaskKind, TaskResource, TaskState } from '../../src/contract/task.ts';
import type { LogLine } from '../../src/contract/task-log.ts';
import { SleapClient } from '../sleap-client.ts';
import { SleapError } from '../sleap-error.ts';
import { type Commands, type Input, UsageError } from './command.ts';
import { collect, printFields, printJson, printTable, shortTime } from './output.ts';
import { numberOf } from './settings.ts';

const LISTED = 100;

export const operationCommands: Commands = {
  tasks: {
    usage: '[list] [--kind train] [--state active] [--model MODEL_UID] [--limit 100] [--json]',
    does: 'the tasks, the newest first; also: tasks show TASK_ID',
    options: ['kind', 'state', 'model', 'limit', 'json'],
    subjects: [0, 0],
    run: list,
  },
  'tasks show': {
    usage: 'TASK_ID [--json]',
    does: 'where a task stands',
    options: ['json'],
    subjects: [1, 1],
    async run({ client, subjects, values }) {
      show(await client.task(subjects[0]!), values.json);
    },
  },
  cancel: {
    usage: 'TASK_ID',
    does: 'end a task and discard what it did',
    options: ['json'],
    subjects: [1, 1],
    async run({ client, subjects, values }) {
      show(await client.cancelTask(subjects[0]!), values.json);
    },
  },
  log: {
    usage: 'TASK_ID [--tail 100] [--follow] [--json]',
    does: 'what happened to a task, line by line; --follow goes on until it has ended',
    options: ['tail', 'follow', 'json'],
    subjects: [1, 1],
    run: log,
  },
  workers: {
    usage: '[--json]',
    does: 'the workers and what each does',
    options: ['json'],
    subjects: [0, 0],
    run: workers,
  },
  'keys new': {
    usage: '[--json]',
    does: 'draw a key for API_KEYS',
    options: ['json'],
    subjects: [0, 0],
    async run({ values }) {
      const key = randomBytes(24).toString('base64url');
      if (values.json) return printJson({ key });
      console.log(
        `${key}\n\nThe service takes it once it is started with API_KEYS=${key} (several: with commas between them).`,
      );
      console.log('Send it as Authorization: Bearer KEY, or set SLEAP_API_KEY for this command. It is stored nowhere.');
    },
  },
  'keys check': {
    usage: '[--key KEY] [--json]',
    does: 'whether the service takes a key',
    options: ['json'],
    subjects: [0, 0],
    run: checkKey,
  },
  openapi: {
    usage: '[--out FILE]',
    does: 'the description of the API, OpenAPI 3.1',
    options: ['out'],
    subjects: [0, 0],
    async run({ client, values }) {
      const text = `${JSON.stringify(await client.openapi(), null, 2)}\n`;
      if (values.out === undefined) process.stdout.write(text);
      else await writeFile(values.out, text);
    },
  },
};
operationCommands['tasks list'] = operationCommands.tasks!;

async function list({ client, values }: Input): Promise<void> {
  const { state, kind, model } = values;
  const filter = { ...(state && { state: state as TaskState }), ...(kind && { kind: kind as TaskKind }) };
  const found = await collect(client.tasks({ ...filter, model_uid: model }), numberOf(values, 'limit') ?? LISTED);
  if (values.json) return printJson(found);
  const rows = found.map(task => [task.task_id, task.kind, task.state, shortTime(task.created_at), subjectOf(task)]);
  printTable(['task', 'kind', 'state', 'submitted (UTC)', 'of'], rows, 'no tasks');
}

function subjectOf({ results_id: results, model_uid: model, check_id: check }: TaskResource): string {
  if (results !== null) return `results ${results}`;
  return model === null ? `check ${check}` : `model ${model}`;
}

function show(task: TaskResource, asJson: boolean | undefined): void {
  if (asJson) {
    printJson(task);
    return;
  }
  printFields([
    ['task', task.task_id],
    ['kind', task.kind],
    ['of', subjectOf(task)],
    ['state', task.state === 'active' ? `${task.state}, ${task.phase}` : task.state],
    ['asked for', task.control],
    ['attempt', `${task.attempt} of ${task.max_attempts}`],
    ['worker', task.worker],
    ['error', task.error && [task.error.message, task.error.remedy].filter(Boolean).join(' ')],
  ]);
}

async function log({ client, subjects, values }: Input): Promise<void> {
  const id = subjects[0]!;
  const tail = numberOf(values, 'tail');
  const print = (line: LogLine) =>
    console.log(values.json ? JSON.stringify(line) : `${line.at} ${line.level.padEnd(7)} ${line.message}`);
  const { lines } = await client.taskLog(id, tail === undefined ? {} : { tail });
  for (const line of lines) print(line);
  if (!values.follow) return;
  // The stream goes on after the last line that was printed; epochs are told by their own lines.
  const lastEventId = `-1.${lines.at(-1)?.seq ?? 0}`;
  for await (const event of client.events(id, { events: ['log'], lastEventId }))
    if (event.event === 'log') print(event.data);
}

async function workers({ client, values }: Input): Promise<void> {
  const found = await client.workers();
  if (values.json) return printJson(found);
  const rows = found.map(({ name, state, device, task_id: task, seen_at: seen }) => [
    name,
    state,
    device ?? 'starting',
    shortTime(seen),
    task ?? '',
  ]);
  printTable(['worker', 'state', 'device', 'seen (UTC)', 'task'], rows, 'no workers');
}

/** Asks with the key and, since a service without API_KEYS takes any, without. */
async function checkKey({ client, values }: Input): Promise<void> {
  const key = values.key ?? '';
  if (key === '') throw new UsageError('No key is given: set --key or SLEAP_API_KEY.');
  await client.workers();
  const isOpen = await new SleapClient({ url: values.url! }).workers().then(
    () => true,
    error => {
      if (error instanceof SleapError && error.code === 'unauthorized') return false;
      throw error;
    },
  );
  if (values.json) return printJson({ taken: true, needed: !isOpen });
  console.log(isOpen ? 'The service asks for no key: API_KEYS is not set there.' : 'The service takes this key.');
}
