// Fields that several forms of nodes have.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { send, type Schemas } from '../../api/client';
import { refresh } from '../../api/query';
import { t, type Key } from '../../i18n/words';
import { Button, Icon, IconButton } from '../../parts/basic';
import { Picker, SelectField, TextField, type Found } from '../../parts/fields';
import { toast } from '../../parts/over';
import { asProblem } from '../draft';
import { useDesk } from '../desk';
import { addBranch, changeBranch, configure, moveBranch, removeBranch } from '../edits';
import { branches, type Branch, type Config, type FlowNode } from '../model';
import { builtIn } from '../names';

/** Sets fields of a node; typing in one field is undone as one. */
export function useSet(node: FlowNode): (fields: Config, about?: string) => void {
  const { draft } = useDesk();
  return (fields, about) => draft.change((d) => configure(d, node.id, fields), about ? `${node.id} ${about}` : '');
}

/** A number within limits: what is out of them is said, and not kept. */
export function NumberField({ label, hint, value, low, high, step, onValue, unit }: { label: string; hint?: ComponentChildren; value: number; low: number; high: number; step?: number; onValue: (v: number) => void; unit?: string }) {
  const [text, setText] = useState(String(value));
  useEffect(() => { if (Number(text) !== value) setText(String(value)); }, [value]);
  const ok = (s: string) => s.trim() !== '' && Number.isFinite(Number(s)) && Number(s) >= low && Number(s) <= high && (step !== undefined || Number.isInteger(Number(s)));
  return (
    <TextField label={unit ? `${label} (${unit})` : label} hint={hint} type="number" inputMode="decimal" min={low} max={high} step={step ?? 1} value={text}
      error={ok(text) ? undefined : t('flow.form.number', { low, high })} onValue={(s) => { setText(s); if (ok(s)) onValue(Number(s)); }} />
  );
}

/** A number of seconds. */
export function SecondsField(p: Omit<Parameters<typeof NumberField>[0], 'unit'>) {
  return <NumberField {...p} unit={t('flow.form.seconds')} />;
}

let zoneList: Found[] | null = null;
/** The time zones that the browser knows, with their cities in words. */
export function zones(): Found[] {
  zoneList ??= Intl.supportedValuesOf('timeZone').map((z) => ({ id: z, label: z, detail: z.split('/').slice(1).join(', ').replaceAll('_', ' ') }));
  return zoneList;
}

/** The time zone of a rule (SPEC T1, T8). */
export function ZoneField({ node }: { node: FlowNode }) {
  const set = useSet(node);
  const now = String(node.config?.['timezone'] ?? '');
  return <Picker key={now} label={t('flow.form.zone')} hint={t('flow.form.zone_hint')} chosen={now || t('flow.zone_own')} found={[{ id: '', label: t('flow.zone_own') }, ...zones()]} onPick={(f) => set({ timezone: f.id || undefined })} />;
}

/** Who can be reached by three digits while it plays (SPEC X-rows). */
export function ExtensionsField({ node }: { node: FlowNode }) {
  const set = useSet(node);
  const v = node.config?.['allow_extensions'];
  const now = v === false || v === 'none' ? 'none' : v === 'distribution' ? 'distribution' : 'any';
  return <SelectField label={t('flow.form.extensions')} hint={t('flow.form.extensions_hint')} value={now} onValue={(x) => set({ allow_extensions: x === 'any' ? true : x === 'none' ? false : x })}
    choices={[{ value: 'any', label: t('flow.form.extensions_any') }, { value: 'distribution', label: t('flow.form.extensions_own') }, { value: 'none', label: t('flow.form.extensions_none') }]} />;
}

async function upload(file: File): Promise<Schemas['AudioObject']> {
  const form = new FormData();
  form.set('name', file.name.replace(/\.[^.]+$/, ''));
  form.set('file', file);
  const r = await send('post', '/api/v1/audio', { body: form, headers: { 'Idempotency-Key': crypto.randomUUID() } });
  return (await r.json()) as Schemas['AudioObject'];
}

/** A sound: one of the library, one of the product's, or a new one from a file (SPEC Q1). */
export function SoundField({ node, field, label, hint, none }: { node: FlowNode; field: string; label: string; hint?: string; none?: string }) {
  const { draft, names } = useDesk();
  const set = useSet(node);
  const now = String(node.config?.[field] ?? '');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const [playing, setPlaying] = useState<HTMLAudioElement | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => () => playing?.pause(), [playing]);
  const mine = names.sounds.some((s) => s.id === now);
  const found: Found[] = [
    ...(none === undefined ? [] : [{ id: '', label: none }]),
    ...names.sounds.map((s) => ({ id: s.id, label: s.name, detail: t('flow.sound.own'), lead: <Icon name="volume" size={16} /> })),
    ...builtIn.map((id) => ({ id, label: t(`flow.sound.${id}` as Key), detail: t('flow.sound.product'), lead: <Icon name="music" size={16} /> })),
  ];
  const take = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    setWrong('');
    try {
      const made = await upload(file);
      refresh('audio/');
      set({ [field]: made.id });
      toast(t('flow.sound.kept', { name: made.name }), 'good');
    } catch (e) {
      setWrong(asProblem(e).message);
    }
    setBusy(false);
  };
  const play = () => {
    if (playing) {
      playing.pause();
      setPlaying(null);
      return;
    }
    const a = new Audio(`/api/v1/audio/${encodeURIComponent(now)}/content`);
    a.onended = () => setPlaying(null);
    a.onerror = () => { setPlaying(null); setWrong(t('flow.sound.cannot_play')); };
    setPlaying(a);
    void a.play().catch(() => setPlaying(null));
  };
  return (
    <div class="stack tight">
      <Picker key={`${now} ${names.ready}`} label={label} hint={hint} error={wrong || undefined} placeholder={t('flow.sound.choose')} chosen={now ? names.audio(now) : (none ?? '')} found={found} onPick={(f) => set({ [field]: f.id || undefined })} />
      <div class="row wrap">
        {mine && <Button small icon={playing ? 'stop' : 'play'} onClick={play}>{playing ? t('flow.sound.stop') : t('flow.sound.play')}</Button>}
        {draft.writable && <Button small icon="upload" busy={busy} onClick={() => box.current?.click()}>{t('flow.sound.upload')}</Button>}
        <input ref={box} type="file" accept="audio/wav,.wav" hidden aria-label={t('flow.sound.upload')} onChange={(e) => void take(e.currentTarget.files?.[0])} />
      </div>
    </div>
  );
}

/** The branches of a node, in their order: titles, moves, one more, one less (SPEC F5, T2). */
export function BranchList({ node, title, children, full }: { node: FlowNode; title: string; children: (b: Branch, i: number) => ComponentChildren; full?: string }) {
  const { draft } = useDesk();
  const all = branches(node);
  const last = node.type === 'split' && all.length === 1;
  return (
    <fieldset class="flow-group">
      <legend>{title}</legend>
      <ol class="plain stack">
        {all.map((b, i) => (
          <li key={b.id} class="flow-branch">
            <div class="row">
              <div class="grow"><TextField label={t('flow.form.branch_name', { n: i + 1 })} value={b.title ?? ''} maxLength={200} placeholder={t('flow.branch_n', { n: i + 1 })} onValue={(v) => draft.change((d) => changeBranch(d, node.id, b.id, { title: v }), `branch ${node.id} ${b.id}`)} /></div>
              <div class="row flow-tight">
                <IconButton small icon="up" label={t('flow.form.branch_up', { n: i + 1 })} why={i === 0 ? t('flow.form.first') : undefined} onClick={() => draft.change((d) => moveBranch(d, node.id, b.id, -1))} />
                <IconButton small icon="down" label={t('flow.form.branch_down', { n: i + 1 })} why={i === all.length - 1 ? t('flow.form.last') : undefined} onClick={() => draft.change((d) => moveBranch(d, node.id, b.id, 1))} />
                <IconButton small icon="trash" label={t('flow.form.branch_remove', { n: i + 1 })} why={last ? t('flow.form.only') : undefined} onClick={() => draft.change((d) => removeBranch(d, node.id, b.id))} />
              </div>
            </div>
            {children(b, i)}
          </li>
        ))}
      </ol>
      <Button small icon="plus" why={full} onClick={() => draft.change((d) => addBranch(d, node.id)?.doc ?? d)}>{t('flow.add_branch')}</Button>
    </fieldset>
  );
}

/** Several of many: what is chosen as a list that can be shortened, and a picker for one more. */
export function Several({ label, hint, chosen, found, name, onValue, placeholder }: { label: string; hint?: string; chosen: string[]; found: Found[]; name: (id: string) => string; onValue: (ids: string[]) => void; placeholder?: string }) {
  return (
    <div class="stack tight">
      <Picker key={chosen.join()} label={label} hint={hint} placeholder={placeholder ?? t('flow.pick.first_letter')} found={found.filter((f) => !chosen.includes(f.id))} onPick={(f) => onValue([...chosen, f.id])} />
      {chosen.length > 0 && (
        <ul class="plain flow-chips">
          {chosen.map((id) => <li key={id}><span class="cut">{name(id)}</span><IconButton small icon="close" label={t('flow.pick.remove', { name: name(id) })} onClick={() => onValue(chosen.filter((x) => x !== id))} /></li>)}
        </ul>
      )}
    </div>
  );
}
