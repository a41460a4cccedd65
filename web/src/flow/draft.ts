// The flow that is being edited: its document with undo, kept as the draft on the server a moment after each change (SPEC F2), and what happens when
// somebody else was quicker (SPEC F21).
import { computed, signal } from '@preact/signals';
import { api, Problem, type Schemas } from '../api/client';
import { hear } from '../api/events';
import { begin, did, redone, undone, type History } from './history';
import { nodeOf, reached, type FlowDocument } from './model';
import { unfinished } from './unfinished';

export type Saving = 'kept' | 'waiting' | 'saving' | 'unfinished' | 'refused' | 'lost' | 'clash';
type Drafted = Schemas['DraftObject'];
export type Issue = Schemas['ProblemObject'];

const pause = 700; // after the last change, before it is kept

/** Everything about the flow that is open in the editor. One editor, one of these. */
export class Draft {
  readonly id: string;
  readonly writable: boolean;
  readonly flow = signal<Schemas['FlowObject'] | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly refusal = signal<Problem | null>(null);
  readonly saving = signal<Saving>('kept');
  readonly isDraft = signal(false);
  readonly base = signal(0);
  readonly issues = signal<Issue[]>([]);
  /** What the server has, where somebody else kept something meanwhile. */
  readonly theirs = signal<{ draft: Drafted; etag: string | null } | null>(null);
  readonly selected = signal('');
  private readonly history = signal<History<FlowDocument> | null>(null);
  readonly doc = computed(() => this.history.value?.now ?? null);
  readonly canUndo = computed(() => (this.history.value?.past.length ?? 0) > 0);
  readonly canRedo = computed(() => (this.history.value?.future.length ?? 0) > 0);
  readonly runs = computed(() => (this.doc.value ? reached(this.doc.value) : new Set<string>()));
  /** What is still to be filled in before the draft can be kept. */
  readonly open = computed(() => (this.doc.value ? unfinished(this.doc.value) : []));
  private etag: string | null = null;
  private kept: FlowDocument | null = null;
  private text = ''; // the document as the server has it
  private timer: ReturnType<typeof setTimeout> | undefined;
  private look: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<boolean> | null = null;
  private off = () => {};

  constructor(id: string, writable: boolean) {
    this.id = id;
    this.writable = writable;
  }

  /** Reads the flow, and from then on hears what others do to it. */
  start(): () => void {
    void this.load();
    this.off = hear(['flow.updated', 'flow.published', 'flow.deleted', 'number.updated', 'audio.*', 'team.*', 'user.updated', 'user.deleted', 'special_date.*'], (e) => {
      if (e.type === 'flow.deleted' && e.subject === this.id) this.problem.value = new Problem(404, { code: 'gone' });
      else if (!e.type.startsWith('flow.') || e.type === 'reset' || e.subject === this.id) this.glanceSoon();
    });
    return () => {
      this.off();
      void this.flush();
    };
  }

  /** Whether something is not on the server yet. */
  get dirty(): boolean {
    return this.doc.value !== this.kept;
  }

  private take(d: Drafted, etag: string | null, keepHistory: boolean): void {
    this.flow.value = d.flow;
    this.isDraft.value = d.is_draft;
    this.base.value = d.base;
    this.issues.value = d.problems ?? [];
    this.etag = etag;
    this.text = JSON.stringify(d.document);
    if (keepHistory) return;
    const doc = d.document as unknown as FlowDocument;
    this.kept = doc;
    this.history.value = begin(doc);
    this.saving.value = 'kept';
    this.refusal.value = null;
    if (!nodeOf(doc, this.selected.value)) this.selected.value = '';
  }

  async load(): Promise<void> {
    try {
      const { data, etag } = await api.versioned('get', '/api/v1/flows/{id}/draft', { path: { id: this.id } });
      this.problem.value = null;
      this.take(data, etag, false);
    } catch (e) {
      this.problem.value = asProblem(e);
    }
  }

  private glanceSoon(): void {
    this.look ??= setTimeout(() => {
      this.look = undefined;
      void this.glance();
    }, 200);
  }

  /** Looks whether the server says something else than we think: others' changes are taken over where nothing of ours is at stake. */
  private async glance(): Promise<void> {
    if (this.running || !this.history.value || this.theirs.value) return;
    const before = this.etag;
    try {
      const { data, etag } = await api.versioned('get', '/api/v1/flows/{id}/draft', { path: { id: this.id } });
      if (this.running) return;
      if (this.etag !== before) { // something was kept or published meanwhile: the answer may be older than that
        this.glanceSoon();
        return;
      }
      const same = etag === this.etag || JSON.stringify(data.document) === this.text;
      if (same || !this.dirty) this.take(data, etag, same);
    } catch { /* the next save says it */ }
  }

  /** Makes a change that can be undone; changes about the same thing in a row are one. */
  change(how: (doc: FlowDocument) => FlowDocument, about = ''): void {
    const h = this.history.value;
    if (!h || !this.writable) return;
    this.step(did(h, how(h.now), about));
  }

  undo(): void {
    if (this.history.value) this.step(undone(this.history.value));
  }

  redo(): void {
    if (this.history.value) this.step(redone(this.history.value));
  }

  private step(h: History<FlowDocument>): void {
    if (h === this.history.value) return;
    this.history.value = h;
    if (!nodeOf(h.now, this.selected.value)) this.selected.value = '';
    this.later();
  }

  private later(): void {
    clearTimeout(this.timer);
    if (!this.dirty) {
      if (this.saving.value !== 'saving') this.saving.value = 'kept';
      return;
    }
    if (this.theirs.value) return;
    this.saving.value = this.open.value.length > 0 ? 'unfinished' : 'waiting';
    this.timer = setTimeout(() => void this.flush(), pause);
  }

  /** Keeps what is not kept yet, now. It says whether everything is on the server. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.running) {
      await this.running;
      return this.flush();
    }
    if (!this.dirty) return true;
    if (this.open.value.length > 0 || this.theirs.value) return false;
    this.running = this.save(this.doc.value!);
    const ok = await this.running;
    this.running = null;
    if (ok && this.dirty) this.later();
    return ok && !this.dirty;
  }

  private async save(doc: FlowDocument): Promise<boolean> {
    this.saving.value = 'saving';
    try {
      const { data, etag } = await api.versioned('put', '/api/v1/flows/{id}/draft', { path: { id: this.id }, body: doc as never, ifMatch: this.etag });
      this.take(data, etag, true);
      this.kept = doc;
      this.refusal.value = null;
      this.saving.value = this.dirty ? 'waiting' : 'kept';
      return true;
    } catch (e) {
      const p = asProblem(e);
      if (p.status === 412) await this.clash();
      else {
        this.saving.value = p.status === 0 || p.status >= 500 ? 'lost' : 'refused';
        this.refusal.value = p;
        if (p.status === 0 || p.status >= 500) this.timer = setTimeout(() => void this.flush(), 5000);
      }
      return false;
    }
  }

  /** Somebody else kept the draft meanwhile: both are shown, and people choose. */
  private async clash(): Promise<void> {
    this.saving.value = 'clash';
    try {
      const { data, etag } = await api.versioned('get', '/api/v1/flows/{id}/draft', { path: { id: this.id } });
      if (JSON.stringify(data.document) === this.text) { // its name, or what it serves, was changed: the draft is as it was
        this.take(data, etag, true);
        this.later();
      } else this.theirs.value = { draft: data, etag };
    } catch (e) {
      this.refusal.value = asProblem(e);
    }
  }

  /** After a clash: ours takes the place of theirs, or theirs of ours. */
  async settle(who: 'mine' | 'theirs'): Promise<boolean> {
    const t = this.theirs.value;
    this.theirs.value = null;
    if (!t) return true;
    this.take(t.draft, t.etag, who === 'mine');
    if (who === 'theirs') return true;
    this.kept = t.draft.document as unknown as FlowDocument;
    return this.flush();
  }

  /** Takes what an action of the API answered with: the flow as it is now. */
  replace(d: Drafted, etag: string | null): void {
    this.take(d, etag, false);
  }

  /** Publishes what is kept (SPEC F2); base: the version that was seen, where it is another one than the draft began from. */
  async publish(base?: number): Promise<void> {
    if (!(await this.flush())) return;
    if (base !== undefined) { // "mine all the same": the draft now begins from what has been seen
      const { data, etag } = await api.versioned('put', '/api/v1/flows/{id}/draft', { path: { id: this.id }, query: { base }, body: this.doc.value as never, ifMatch: this.etag });
      this.take(data, etag, true);
    }
    const { data, etag } = await api.versioned('post', '/api/v1/flows/{id}/publish', { path: { id: this.id }, body: {}, ifMatch: this.etag });
    this.take(data, etag, true);
    this.kept = this.doc.value;
  }

  /** Forgets the draft: what is published is shown again. */
  async drop(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    await api.delete('/api/v1/flows/{id}/draft', { path: { id: this.id } });
    await this.load();
  }
}

/** Anything that was thrown, as a problem that can be shown. */
export function asProblem(e: unknown): Problem {
  return e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) });
}
