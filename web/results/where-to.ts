/** Whether the reader still stands where an answer may take him on: who went elsewhere meanwhile is left there. */
import { go, route } from '../frame/routes.ts';

/** Shows a result to a reader who looks at the list. @returns whether he was taken there. */
export function goToResult(resultsId: number): boolean {
  const { path } = route.peek();
  const isAtList = path.length === 1 && path[0] === 'results';
  if (isAtList) go(['results', resultsId]);
  return isAtList;
}
