/**
 * The command line: `npx sleap-microservice COMMAND …`, in a checkout `npm run client -- COMMAND …`. Most commands speak HTTP with a service that
 * may run anywhere; the others are the service itself. Exit codes: 0 done; 1 it failed, and stderr says why; 2 the arguments make no sense.
 */
import { SleapClient } from '../sleap-client.ts';
import { SleapError } from '../sleap-error.ts';
import { type Commands, findCommand, parseCommand, UsageError } from './command.ts';
import { inferenceCommands } from './inference.ts';
import { modelCommands } from './models.ts';
import { operationCommands } from './operation.ts';
import { runService, SERVICE_COMMANDS } from './service-commands.ts';
import { trainingCommands } from './training.ts';

const NAME = 'sleap-microservice';
const COMMANDS: Commands = { ...trainingCommands, ...inferenceCommands, ...modelCommands, ...operationCommands };
/** Shown as another command's second name. */
const ALIASES = ['models list', 'inferences list', 'tasks list', 'export', 'import'];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const [first = ''] = args;
  if (first === '' || (first.startsWith('-') && findCommand(args, COMMANDS) === null) || first === 'help') {
    const isAsked = ['--help', '-h', 'help'].includes(first);
    (isAsked ? console.log : console.error)(usage());
    return isAsked ? 0 : 2;
  }
  if (Object.hasOwn(SERVICE_COMMANDS, first)) return service(first, args.slice(1));
  const words = findCommand(args, COMMANDS);
  if (words === null) {
    console.error(`"${first}" is no command.\n\n${usage()}`);
    return 2;
  }
  return speak(words, args);
}

async function service(name: string, args: string[]): Promise<number> {
  if (!args.includes('--help') && !args.includes('-h')) return runService(name, args);
  const { usage: text, does } = SERVICE_COMMANDS[name]!;
  console.log(`usage: ${NAME} ${name} ${text}`.trimEnd());
  console.log(does);
  return 0;
}

async function speak(words: string, args: string[]): Promise<number> {
  const command = COMMANDS[words]!;
  const help = `usage: ${NAME} ${words} ${command.usage}`.trimEnd();
  try {
    const { subjects, values } = parseCommand(args, words, command);
    if (values.help) {
      console.log([help, command.does, command.more].filter(Boolean).join('\n'));
      return 0;
    }
    const url = values.url ?? (process.env.SLEAP_URL || 'http://127.0.0.1:5000');
    const key = values.key ?? process.env.SLEAP_API_KEY ?? '';
    await command.run({ client: new SleapClient({ url, key }), subjects, values: { ...values, url, key } });
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n${help}`);
      return 2;
    }
    console.error(sentenceOf(error));
    return 1;
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof SleapError)) return (error as Error).message;
  const remedy =
    error.code === 'no_answer'
      ? `Start one with ${NAME} start, or name another with --url or SLEAP_URL.`
      : error.remedy;
  // Most sentences name the fields themselves.
  const untold = error.errors.filter(({ detail }) => !error.message.includes(detail));
  const faults = untold.map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  return [[error.message, remedy].filter(Boolean).join(' '), ...faults].join('\n');
}

function usage(): string {
  const here = Object.entries(SERVICE_COMMANDS).map(([name, command]) => [name, command] as const);
  const there = Object.entries(COMMANDS).filter(([name]) => !ALIASES.includes(name));
  const lines = (list: readonly (readonly [string, { does: string }])[]) =>
    list.map(([name, { does }]) => `  ${name.padEnd(16)}${does}`).join('\n');
  return `usage: ${NAME} COMMAND [--url http://127.0.0.1:5000] [--key API_KEY]

On this machine:
${lines(here)}

With the service at --url or SLEAP_URL, with --key or SLEAP_API_KEY where it asks for a key:
${lines(there)}

${NAME} COMMAND --help tells more. Lists, show and submissions take --json. Exit code 0: done; 1: failed; 2: not understood.`;
}
