/**
 * How threads share the items of a job. All of them run this same code on the same memory.
 *
 * A job is a kernel, its arguments and a number of items that may be done in any order, by any thread. They meet in a control block:
 *   tickets   [job number, 16 bits | items nobody has taken yet, 16 bits]: a thread takes the next item by lowering it with a compare-and-swap
 *   done      items that are finished; far below zero once a thread has trapped (../thread-body.mjs), whatever the others add
 *   kernel, items, arguments: written before the tickets, and valid as long as one of the job's items is unfinished
 * Because an item is taken together with the job's number, a thread that wakes up late finds either nothing or the next job: nobody waits for it.
 *
 * A waiting thread looks again for some microseconds, since the next job is often that near, and sleeps then (memory.atomic.wait32).
 * The block itself, its size and how it is filled: ../threads.ts.
 */
import { runItem } from './kernels';

// Byte offsets in the control block: what one thread writes often lies in a cache line of its own.
const TICKETS: usize = 0;
const DONE: usize = 64;
const KERNEL: usize = 128;
const ITEMS: usize = 132;
const ARGUMENTS: usize = 192;

const LEFT: u32 = 0xffff;
/** Looks before a thread sleeps: about 20 microseconds. */
const LOOKS: i32 = 4000;

/** A helping thread's life: it works whenever there is something to do, and returns never. */
export function serve(control: usize, thread: i32): void {
  for (;;) {
    work(control, thread);
    awaitTickets(control);
  }
}

/**
 * Runs the job that was written into the control block, together with the helping threads. The caller is thread 0.
 * @param items at most 65,535.
 * @returns whether all went well.
 */
export function run(control: usize, items: u32): bool {
  store<u32>(control, items, ITEMS);
  atomic.store<i32>(control, 0, DONE);
  const job = (atomic.load<u32>(control, TICKETS) >> 16) + 1;
  atomic.store<u32>(control, (job << 16) | items, TICKETS);
  if (items > 1) atomic.notify(control + TICKETS, items - 1);
  work(control, 0);
  return awaitDone(control, items);
}

function work(control: usize, thread: i32): void {
  for (;;) {
    const tickets = atomic.load<u32>(control, TICKETS);
    const left = tickets & LEFT;
    if (left === 0) return;
    if (atomic.cmpxchg<u32>(control, tickets, tickets - 1, TICKETS) !== tickets) continue;
    const items = load<u32>(control, ITEMS);
    runItem(load<i32>(control, KERNEL), control + ARGUMENTS, items - left, thread);
    if (atomic.add<i32>(control, 1, DONE) + 1 === <i32>items) atomic.notify(control + DONE, 1);
  }
}

function awaitTickets(control: usize): void {
  for (let look = 0; look < LOOKS; look++) {
    if ((atomic.load<u32>(control, TICKETS) & LEFT) !== 0) return;
  }
  const tickets = atomic.load<u32>(control, TICKETS);
  if ((tickets & LEFT) === 0) atomic.wait<i32>(control + TICKETS, <i32>tickets, -1);
}

function awaitDone(control: usize, items: i32): bool {
  let done = atomic.load<i32>(control, DONE);
  for (let look = 0; done >= 0 && done < items; look++) {
    if (look >= LOOKS) atomic.wait<i32>(control + DONE, done, -1);
    done = atomic.load<i32>(control, DONE);
  }
  return done >= 0;
}
