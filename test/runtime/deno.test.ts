import { testRuntime } from './suite.ts';

testRuntime('deno');
