/** A fetch that answers as a test says, one answer a call: for what a client does about lines that break. */

export interface SentCall {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

/** Of a request, or made from one. An Error: nobody answers. */
export type ScriptedAnswer = Response | Error | ((call: SentCall) => Response | Error | Promise<Response>);

/** @returns the fetch, which throws once the answers are used up, and the calls so far. */
export function scriptedFetch(...answers: ScriptedAnswer[]): { fetch: typeof fetch; calls: SentCall[] } {
  const calls: SentCall[] = [];
  const scripted = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const call = {
      method: init.method ?? 'GET',
      url: String(input),
      headers: new Headers(init.headers),
      body: init.body,
    };
    const answer = answers[calls.length];
    calls.push(call);
    if (answer === undefined) throw new Error(`No answer is left for ${call.method} ${call.url}.`);
    const given = typeof answer === 'function' ? await answer(call) : answer;
    if (given instanceof Error) throw given;
    return given;
  };
  return { fetch: scripted, calls };
}
