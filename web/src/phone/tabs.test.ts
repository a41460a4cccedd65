import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tabs, type TabHooks } from './tabs';

/** The locks of a browser, as far as a phone uses them (W3C Web Locks): one holder, a queue, a thief. */
class Locks {
  private holder: { fail: (e: Error) => void } | null = null;
  private queue: (() => void)[] = [];

  request(_: string, o: { signal?: AbortSignal; steal?: boolean }, job: () => Promise<void>): Promise<void> {
    return new Promise((done, fail) => {
      const begin = () => {
        const mine = { fail };
        this.holder = mine;
        void job().then(() => {
          if (this.holder !== mine) return;
          done();
          this.next();
        });
      };
      if (o.steal) {
        this.holder?.fail(new DOMException('stolen', 'AbortError'));
        begin();
        return;
      }
      o.signal?.addEventListener('abort', () => { this.queue = this.queue.filter((x) => x !== begin); fail(new DOMException('left', 'AbortError')); });
      if (this.holder) this.queue.push(begin);
      else begin();
    });
  }

  private next(): void {
    this.holder = null;
    this.queue.shift()?.();
  }
}

/** Channels between the tabs of one test, which hand on at once. */
function channels(): typeof BroadcastChannel {
  const all = new Set<{ onmessage: ((e: { data: unknown }) => void) | null }>();
  return class {
    onmessage: ((e: { data: unknown }) => void) | null = null;
    constructor() { all.add(this as never); }
    postMessage(data: unknown) { for (const other of [...all]) if (other !== (this as never)) other.onmessage?.({ data: structuredClone(data) }); }
    close() { all.delete(this as never); }
  } as never;
}

interface Seen { owns: boolean; lost: number; mirrored: string[]; did: string[] }

function browser(locks: Locks | undefined) {
  Object.defineProperty(globalThis, 'navigator', { value: locks ? { locks } : {}, configurable: true });
  globalThis.BroadcastChannel = channels();
}

/** A tab of a phone whose state is its name. */
function tab(name: string, act: TabHooks<string>['act'] = () => Promise.resolve()) {
  const seen: Seen = { owns: false, lost: 0, mirrored: [], did: [] };
  const hooks: TabHooks<string> = {
    own: () => { seen.owns = true; }, lose: () => { seen.owns = false; seen.lost++; }, mirror: (s) => seen.mirrored.push(s), state: () => name,
    act: (verb, args) => { seen.did.push(`${verb} ${args.join(' ')}`); return act(verb, args); },
  };
  return { tabs: new Tabs<string>('phone', hooks), seen };
}

const settled = () => new Promise(setImmediate);

test('the first tab has the phone, the second shows it, and has it when the first is closed', async () => {
  browser(new Locks());
  const a = tab('a'), b = tab('b');
  await settled();
  assert.ok(a.tabs.owns && a.seen.owns && !b.tabs.owns);
  assert.deepEqual(b.seen.mirrored, ['a'], 'who comes is told how things stand');
  a.tabs.publish();
  b.tabs.publish(); // not its to tell
  assert.deepEqual([a.seen.mirrored, b.seen.mirrored], [[], ['a', 'a']]);
  a.tabs.close();
  await settled();
  assert.ok(b.tabs.owns && !a.tabs.owns);
  assert.equal(b.seen.lost, 0);
  b.tabs.close();
});

test('what is pressed in a tab without the phone is done in the one that has it, and refusals come back', async () => {
  browser(new Locks());
  const a = tab('a', (verb) => (verb === 'dial' ? Promise.reject(new Error('not_registered')) : Promise.resolve())), b = tab('b');
  await settled();
  await b.tabs.ask('mute', ['leg_1']);
  await assert.rejects(b.tabs.ask('dial', ['202']), /^Error: not_registered$/);
  assert.deepEqual(a.seen.did, ['mute leg_1', 'dial 202']);
  assert.deepEqual(b.seen.did, []);
  a.tabs.close();
  b.tabs.close();
});

test('a tab takes the phone, and the other waits for it again', async () => {
  browser(new Locks());
  const a = tab('a'), b = tab('b');
  await settled();
  b.tabs.take();
  await settled();
  assert.ok(b.tabs.owns && b.seen.owns && !a.tabs.owns);
  assert.equal(a.seen.lost, 1);
  b.tabs.take(); // it has it
  b.tabs.close();
  await settled();
  assert.ok(a.tabs.owns, 'it comes back');
  a.tabs.close();
});

test('an owner that does not answer is told of', async (t) => {
  browser(new Locks());
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const a = tab('a', () => new Promise(() => undefined)), b = tab('b');
  const asked = b.tabs.ask('hold', ['leg_1']);
  t.mock.timers.tick(4000);
  await assert.rejects(asked, /owner_silent/);
  a.tabs.close();
  b.tabs.close();
});

test('a closed tab never has the phone, and without locks each tab is a phone of its own', async () => {
  browser(new Locks());
  const a = tab('a'), b = tab('b'), c = tab('c');
  await settled();
  b.tabs.close();
  a.tabs.close();
  await settled();
  assert.ok(c.tabs.owns && !b.seen.owns);
  c.tabs.close();
  browser(undefined);
  const d = tab('d'), e = tab('e');
  await settled();
  assert.ok(d.tabs.owns && e.tabs.owns);
  d.tabs.close();
  e.tabs.close();
});
