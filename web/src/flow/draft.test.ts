import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft } from './draft';
import { configure } from './edits';

const document = (title: string) => ({ start: 'a', nodes: [{ id: 'a', type: 'hangup', title, config: {}, next: {} }] });

/** A server with one draft, whose answers to who reads it are held back until they are let go. */
function server() {
  let doc: unknown = document('first'), version = 1;
  const held: (() => void)[] = [];
  globalThis.fetch = (async (_: string, init?: RequestInit) => {
    if (init?.method === 'PUT') {
      doc = JSON.parse(String(init.body));
      version++;
    }
    const answer = new Response(JSON.stringify({ flow: { id: 'f' }, is_draft: true, base: 1, problems: [], document: doc }), { headers: { ETag: `"${version}"` } });
    if (init?.method === 'GET') await new Promise<void>((go) => held.push(go));
    return answer;
  }) as typeof fetch;
  return { letGo: () => held.splice(0).forEach((go) => go()) };
}

test('an answer that is older than what was kept meanwhile is not taken for the change of somebody else', async () => {
  const s = server();
  const draft = new Draft('f', true);
  const loaded = draft.load();
  s.letGo();
  await loaded;
  const looks = draft['glance']();
  draft.change((d) => configure(d, 'a', { reason: 'busy' }));
  assert.equal(await draft.flush(), true);
  s.letGo();
  await looks;
  clearTimeout(draft['look']);
  assert.equal(draft.doc.value?.nodes[0]?.config?.['reason'], 'busy');
  assert.equal(draft.canUndo.value, true);
});
