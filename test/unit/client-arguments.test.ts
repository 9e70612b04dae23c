/** Arguments of the command line: what is understood, and what is refused with exit code 2 before anything is sent. */
import { describe, expect, it } from 'vitest';
import { type Command, findCommand, parseCommand, resultsId, UsageError } from '../../client/cli/command.ts';
import { inferenceCommands } from '../../client/cli/inference.ts';
import { modelCommands } from '../../client/cli/models.ts';
import { operationCommands } from '../../client/cli/operation.ts';
import { trainingCommands } from '../../client/cli/training.ts';

const COMMANDS: Record<string, Command> = {
  ...trainingCommands,
  ...inferenceCommands,
  ...modelCommands,
  ...operationCommands,
};

function parse(line: string) {
  const args = line.split(' ');
  const words = findCommand(args, COMMANDS)!;
  return { words, ...parseCommand(args, words, COMMANDS[words]!) };
}

describe('a command', () => {
  it.each([
    ['train d.7z --config c.json --watch', 'train', ['d.7z'], { config: 'c.json', watch: true }],
    ['--url http://x:1 train d.7z --config c.json', 'train', ['d.7z'], { url: 'http://x:1', config: 'c.json' }],
    ['train d.7z --no-resumable', 'train', ['d.7z'], { resumable: false }],
    ['models', 'models', [], {}],
    ['models list --tag a --tag b --sort=-name', 'models list', [], { tag: ['a', 'b'], sort: '-name' }],
    ['models tag u1 mice top-view', 'models tag', ['u1', 'mice', 'top-view'], {}],
    ['export u1 --out m.zip', 'export', ['u1'], { out: 'm.zip' }],
    ['log t1 --follow --json', 'log', ['t1'], { follow: true, json: true }],
    ['infer v.mp4 --model m -h', 'infer', ['v.mp4'], { model: 'm', help: true }],
  ])('%s', (line, words, subjects, values) => {
    expect(parse(line)).toEqual({ words, subjects, values });
  });

  it.each(['trian d.7z', 'keys', '--watch', 'toString'])('that there is not: %s', line => {
    expect(findCommand(line.split(' '), COMMANDS)).toBeNull();
  });
});

describe('arguments are refused', () => {
  it.each([
    ['watch', 'Something is missing.'],
    ['stop u1 u2', '"u2" is too much.'],
    ['models rm u1 --watch', /Unknown option '--watch'/],
    ['train d.7z --config', /argument missing/],
    ['workers --json=yes', /does not take an argument/],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it.each(['mouse', '-1', '1.5', '12345678901'])('for an inference, the number %j', text => {
    expect(() => resultsId(text)).toThrow(`"${text}" is no number of an inference.`);
  });
});
