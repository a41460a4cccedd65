// A call that is only thought (SPEC F14): who calls, when, which keys, what the users do; then its path, with the reason at each branch.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { clock, t, tMaybe, when } from '../i18n/words';
import { Badge, Banner, Button, Icon, IconButton, Refusal, type Tone } from '../parts/basic';
import { CheckField, SelectField, TextField } from '../parts/fields';
import { useDesk, type Course } from './desk';
import { asProblem } from './draft';
import { NumberField } from './forms/fields';
import { ExternalField } from './forms/reach';
import { nodeOf, type FlowDocument } from './model';
import type { Names } from './names';
import { kindIcons, kindName, nameIn, portName, sentence } from './tell';

type Wish = Schemas['Request'];
type Does = 'rings' | 'answers' | 'declines' | 'busy' | 'away';
interface Press { after: number; keys: string }

/** The users whom a flow can ring, by name or by team. */
export function rungBy(doc: FlowDocument, names: Pick<Names, 'teams'>): string[] {
  const all = new Set<string>();
  for (const n of doc.nodes) {
    const target = (n.config?.['target'] ?? {}) as { user?: string; users?: string[]; team?: string };
    if (n.type !== 'ring_to') continue;
    for (const u of target.users ?? (target.user ? [target.user] : [])) all.add(u);
    for (const u of names.teams.find((x) => x.id === target.team)?.user_ids ?? []) all.add(u);
  }
  return [...all];
}

function person(id: string, does: Does): Schemas['Person'] {
  switch (does) {
    case 'rings': return { id, status: 'available' };
    case 'answers': return { id, status: 'available', answers_after_ms: 8000 };
    case 'declines': return { id, status: 'available', declines: true };
    case 'busy': return { id, status: 'busy' };
    case 'away': return { id, status: 'unavailable' };
  }
}

const tones: Record<string, Tone> = { answered: 'good', redirected: 'info', voicemail: 'info', voicemail_too_short: 'warn', nobody_answered: 'bad', hung_up: 'warn', flow_ended: 'soft', endless: 'bad' };

/** The path of the call, each step a way to its node. */
function Walk({ course }: { course: Course }) {
  const { draft, names } = useDesk();
  const doc = draft.doc.value!;
  const outcome = tMaybe(`flow.outcome.${course.outcome}`, course.outcome);
  const detail = course.answered_by ? names.user(course.answered_by) : course.redirects_to ? (course.redirects_to.startsWith('num_') ? names.number(course.redirects_to) : names.e164(course.redirects_to)) : '';
  const said = (course.steps ?? []).flatMap((s) => (s.notes ?? []).filter((n) => ['user_ringing', 'user_skipped', 'user_done', 'queued', 'queue_left'].includes(n.type)).map((n) => ({ at: s.after_ms, note: n })));
  return (
    <div class="stack" aria-live="polite">
      <Banner tone={tones[course.outcome] ?? 'info'}><p class="strong">{outcome}{detail && ` · ${detail}`}</p><p class="small">{t('flow.simulate.lasted', { time: clock(course.lasted_ms / 1000) })}</p></Banner>
      <ol class="plain flow-walk">
        {(course.path ?? []).map((v, i) => {
          const n = nodeOf(doc, v.node);
          const rings = said.filter((s) => s.note.node === v.node);
          return (
            <li key={i}>
              <b class="fl-step">{i + 1}</b>
              <div class="grow stack tight">
                <button type="button" class="as-link row" onClick={() => { draft.selected.value = v.node; }}>{n && <Icon name={kindIcons[n.type]} size={16} />}<span class="cut">{n ? nameIn(doc, v.node) : v.title || kindName(v.type as never)}</span></button>
                <span class="soft small num">{when(v.at, 'time')} · +{clock(v.after_ms / 1000)}</span>
                {v.reason && <span class="small">{sentence(v.reason)}</span>}
                {rings.map((s, j) => <span key={j} class="soft small">{tMaybe(`flow.simulate.note.${s.note.type}.${s.note.args?.['reason'] ?? s.note.args?.['outcome'] ?? ''}`, tMaybe(`flow.simulate.note.${s.note.type}`, s.note.words ?? '')).replace('{user}', s.note.user ? names.user(s.note.user) : '')}</span>)}
                {v.branch && n && <span class="small row"><Icon name="right" size={14} /> {v.label || portName(n, v.branch)}</span>}
              </div>
            </li>
          );
        })}
      </ol>
      <details class="flow-details"><summary>{t('flow.simulate.all_steps')}</summary><pre class="small" tabIndex={0}>{course.text}</pre></details>
    </div>
  );
}

/** The panel of simulations. */
export function Simulate() {
  const desk = useDesk();
  const { draft, names } = desk;
  const doc = draft.doc.value!;
  const [withheld, setWithheld] = useState(false);
  const [from, setFrom] = useState('+33639980101');
  const [to, setTo] = useState('');
  const [at, setAt] = useState('');
  const [presses, setPresses] = useState<Press[]>([]);
  const [does, setDoes] = useState<Record<string, Does | ''>>({});
  const [hangs, setHangs] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [asking, setAsking] = useState(desk.course === null);
  const users = rungBy(doc, names);
  const asks = doc.nodes.some((n) => n.type === 'ivr' || n.type === 'input' || n.type === 'audio_message' || n.type === 'waiting_experience');
  const numbers = draft.flow.value?.numbers ?? [];
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (!(await draft.flush())) throw new Problem(0, { code: 'unkept', title: t('flow.simulate.not_kept') });
      const body: Wish = {
        from: withheld ? '' : from, to: to || undefined, at: at || undefined, digits: presses.filter((p) => p.keys).map((p) => ({ after_ms: Math.round(p.after * 1000), digit: p.keys })),
        agents: users.flatMap((u) => (does[u] ? [person(u, does[u] as Does)] : [])), hangs_up_after_ms: hangs > 0 ? hangs * 1000 : undefined, speaks_ms: 15_000, // long enough to be a message
      };
      desk.setCourse(await api.post('/api/v1/flows/{id}/simulate', { path: { id: draft.id }, body }));
      setAsking(false);
    } catch (e) {
      setProblem(asProblem(e));
      desk.setCourse(null);
    }
    setBusy(false);
  };
  const change = (i: number, p: Partial<Press>) => setPresses(presses.map((x, j) => (j === i ? { ...x, ...p } : x)));
  const wishes = [{ value: '', label: t('flow.simulate.as_now') }, ...(['rings', 'answers', 'declines', 'busy', 'away'] as const).map((v) => ({ value: v, label: t(`flow.simulate.does.${v}`) }))];
  return (
    <div class="stack">
      <header class="flow-panel-head"><div><h2>{t('flow.simulate.title')}</h2><p class="soft small">{t('flow.simulate.text')}</p></div></header>
      {desk.course && !asking && <><Button small icon="edit" onClick={() => setAsking(true)}>{t('flow.simulate.again')}</Button><Walk course={desk.course} /></>}
      {(asking || !desk.course) && <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); void run(); }}>
        {!withheld && <ExternalField label={t('flow.simulate.from')} value={from} onValue={setFrom} />}
        <CheckField label={t('flow.simulate.withheld')} checked={withheld} onValue={setWithheld} />
        {numbers.length > 1 && <SelectField label={t('flow.simulate.to')} value={to} onValue={setTo} choices={[{ value: '', label: names.e164(numbers[0]!.name) }, ...numbers.slice(1).map((n) => ({ value: n.name, label: names.e164(n.name) }))]} />}
        <label class="field"><span class="legend">{t('flow.simulate.at')}</span><input type="datetime-local" value={at} onInput={(e) => setAt(e.currentTarget.value)} /><span class="hint">{t('flow.simulate.at_hint')}</span></label>
        {asks && (
          <fieldset class="flow-group"><legend>{t('flow.simulate.keys')}</legend>
            {presses.map((p, i) => (
              <div key={i} class="row flow-end">
                <NumberField label={t('flow.simulate.after')} unit="s" value={p.after} low={0} high={3600} step={0.5} onValue={(v) => change(i, { after: v })} />
                <div class="grow"><TextField label={t('flow.simulate.pressed')} inputMode="tel" value={p.keys} maxLength={40} error={/[^0-9*#]/.test(p.keys) ? t('flow.simulate.bad_keys') : undefined} onValue={(v) => change(i, { keys: v.trim() })} /></div>
                <IconButton icon="trash" label={t('flow.simulate.forget', { n: i + 1 })} onClick={() => setPresses(presses.filter((_, j) => j !== i))} />
              </div>
            ))}
            <Button small icon="plus" onClick={() => setPresses([...presses, { after: presses.length > 0 ? presses[presses.length - 1]!.after + 8 : 4, keys: '1' }])}>{t('flow.simulate.press')}</Button>
          </fieldset>
        )}
        {users.length > 0 && (
          <fieldset class="flow-group"><legend>{t('flow.simulate.users')}</legend>
            {users.slice(0, 60).map((u) => <SelectField key={u} label={names.user(u)} value={does[u] ?? ''} choices={wishes} onValue={(v) => setDoes({ ...does, [u]: v as Does })} />)}
            {users.length > 60 && <p class="soft small">{t('flow.simulate.more_users', { n: users.length - 60 })}</p>}
          </fieldset>
        )}
        <NumberField label={t('flow.simulate.hangs')} hint={t('flow.simulate.hangs_hint')} unit="s" value={hangs} low={0} high={86400} onValue={setHangs} />
        <Button kind="primary" icon="play" type="submit" busy={busy}>{t('flow.simulate.go')}</Button>
        {problem && <Refusal problem={problem} />}
        <p class="row wrap"><Badge tone="info" icon="info">{t('flow.simulate.harmless')}</Badge></p>
      </form>}
    </div>
  );
}
