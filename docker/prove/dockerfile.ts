/**
 * Reads a Dockerfile: as much of the format as the two files of this folder use (https://docs.docker.com/reference/dockerfile/).
 * Leaves out here-documents, parser directives, ONBUILD and flags other than --from; an instruction that is none of KEYWORDS is refused.
 */
import { readFileSync } from 'node:fs';

const KEYWORDS = ['ARG', 'CMD', 'COPY', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'RUN', 'USER', 'VOLUME', 'WORKDIR'];

export interface Instruction {
  keyword: string;
  /** What follows the keyword, continued lines joined. */
  argument: string;
}

export interface Stage {
  /** What `AS` names it; the last stage has none here. */
  name: string | null;
  /** An image, or the name of an earlier stage. */
  from: string;
  instructions: Instruction[];
}

export interface Copy {
  /** The stage that it copies from; null: the build context. */
  stage: string | null;
  sources: string[];
  destination: string;
}

/** The stages in their order. @param buildArgs as `--build-arg`; the defaults are those of the file. */
export function readDockerfile(path: string, buildArgs: Record<string, string> = {}): Stage[] {
  const args: Record<string, string> = {};
  const stages: Stage[] = [];
  for (const instruction of instructionsOf(readFileSync(path, 'utf8'))) {
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') {
      const [from = '', , name = null] = instruction.argument.split(/\s+/);
      stages.push({ name, from: from.replace(/\$\{(\w+)\}/g, (_, arg) => args[arg] ?? ''), instructions: [] });
    } else if (stage) {
      stage.instructions.push(instruction);
    } else {
      const [name = '', value = ''] = instruction.argument.split('=');
      args[name] = buildArgs[name] ?? value;
    }
  }
  return stages;
}

/** The last stage and those that it is made of, in the order of the file. */
export function neededStages(stages: Stage[]): Stage[] {
  const needed = new Set(stages.slice(-1));
  for (const stage of stages.toReversed()) {
    if (!needed.has(stage)) continue;
    const names = [stage.from, ...copiesOf(stage).map(copy => copy.stage)];
    for (const other of stages) if (other.name !== null && names.includes(other.name)) needed.add(other);
  }
  return stages.filter(stage => needed.has(stage));
}

/** @throws Error when an instruction is not a COPY. */
export function readCopy({ argument }: Instruction): Copy {
  const words = argument.split(/\s+/);
  const stage = words[0]?.startsWith('--from=') ? words.shift()!.slice('--from='.length) : null;
  return { stage, sources: words.slice(0, -1), destination: words.at(-1)! };
}

export function copiesOf(stage: Stage): Copy[] {
  return stage.instructions.filter(({ keyword }) => keyword === 'COPY').map(readCopy);
}

/** The words of CMD and of HEALTHCHECK's CMD. @throws Error when it is not in exec form. */
export function execForm(argument: string): string[] {
  return JSON.parse(argument.slice(argument.indexOf('[')));
}

function instructionsOf(text: string): Instruction[] {
  const joined = text.replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ');
  return joined
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [, keyword = '', argument = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      if (!KEYWORDS.includes(keyword)) throw new Error(`This reader of Dockerfiles does not know: ${line}`);
      return { keyword, argument };
    });
}
