/** Lists of the service come in pages; here they are asked for one by one, or walked through to their end. */
import type {
  InferenceListQuery,
  InferencePage,
  ModelListQuery,
  ModelPage,
  TaskListQuery,
  TaskPage,
} from '../src/contract/list-query.ts';
import type { TaskKind, TaskState } from '../src/contract/task.ts';
import type { CallOptions, Requests } from './requests.ts';

/** One page: how many entries, and after which page. */
interface PageFilter extends CallOptions {
  /** Entries a page, 1 to 500. */
  limit?: number;
  /** next_cursor of the page before. */
  cursor?: string;
  state?: TaskState | readonly TaskState[];
}
export interface ModelFilter extends PageFilter {
  origin?: ModelListQuery['origin'];
  /** Part of the name. */
  name?: string | undefined;
  /** Several: all of them. */
  tag?: string | readonly string[] | undefined;
  sort?: ModelListQuery['sort'];
}
export interface InferenceFilter extends PageFilter {
  model_uid?: string | undefined;
  sort?: InferenceListQuery['sort'];
}
export interface TaskFilter extends PageFilter {
  kind?: TaskKind | readonly TaskKind[];
  model_uid?: string | undefined;
  sort?: TaskListQuery['sort'];
}

interface Lists {
  models: { filter: ModelFilter; page: ModelPage };
  inferences: { filter: InferenceFilter; page: InferencePage };
  tasks: { filter: TaskFilter; page: TaskPage };
}
type ListName = keyof Lists;
type Entry<Name extends ListName> = Name extends 'models'
  ? ModelPage['models'][number]
  : Name extends 'inferences'
    ? InferencePage['inferences'][number]
    : TaskPage['tasks'][number];

/** @throws SleapError invalid_request for a filter that makes no sense. */
export function page<Name extends ListName>(
  requests: Requests,
  name: Name,
  { signal, ...filter }: Lists[Name]['filter'],
): Promise<Lists[Name]['page']> {
  // Words of a closed set stand in one parameter; tags, which may hold commas, in one each.
  const { state, kind } = filter as TaskFilter;
  const query = { ...filter, state: words(state), kind: words(kind) };
  return requests.json({ path: `/api/${name}`, query, signal });
}

/** Every entry from the filter's cursor on; a page is asked for when the one before is used up. */
export async function* walk<Name extends ListName>(
  requests: Requests,
  name: Name,
  filter: Lists[Name]['filter'],
): AsyncGenerator<Entry<Name>, void> {
  for (let cursor: string | null | undefined = filter.cursor; cursor !== null; ) {
    const answer: Lists[ListName]['page'] = await page(requests, name, { ...filter, ...(cursor && { cursor }) });
    yield* (answer as unknown as Record<Name, Entry<Name>[]>)[name];
    cursor = answer.next_cursor;
  }
}

function words(given: string | readonly string[] | undefined): string | undefined {
  return given === undefined ? undefined : [given].flat().join(',');
}
