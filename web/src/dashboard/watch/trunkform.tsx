// The form of a trunk: a new one from a template, or one that is changed. What most trunks need is in sight; the rest is in parts below it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { t } from '../../i18n/words';
import { Banner, Refusal } from '../../parts/basic';
import { AreaField, CheckField, SelectField, TextField } from '../../parts/fields';
import { FormDialog } from '../../parts/over';
import { changed, elsewhere, linesOf, listOf, numberOf, useForm, type Form } from './form';
import type { Template } from './templates';
import { Headers } from './terms/headers';
import { Identity } from './terms/identity';
import { Limits } from './terms/limits';
import { formats, Numbers } from './terms/numbers';
import { pieceOf, Section, type Own, type Piece } from './terms/section';
import { Security } from './terms/security';
import { numberText, parts, termsPatch, termsTyped, tlsPatch, tlsTyped, withoutBlanks, type Part, type TermsTyped, type TLSTyped } from './terms/terms';
import { Voice } from './terms/voice';

type Trunk = Schemas['TrunkObject'];

interface Typed {
  name: string; servers: string; sources: string; register: boolean; out_username: string; out_password: string; out_realm: string; domain: string; in_username: string; in_password: string;
  country: string; dial: string; priority: string; max_calls: string; options_every_seconds: string; media_allow: string; trust_pai: boolean; emergency: boolean; direct_numbers: boolean;
  terms: TermsTyped; tls: TLSTyped;
}

function typed(x: Partial<Trunk>): Typed {
  return {
    name: x.name ?? '', servers: linesOf(x.servers), sources: linesOf(x.sources), register: Boolean(x.register), out_username: x.out_username ?? '', out_password: '', out_realm: x.out_realm ?? '', domain: x.domain ?? '',
    in_username: x.in_username ?? '', in_password: '', country: x.country ?? '', dial: x.dial ?? 'plus', priority: numberText(x.priority), max_calls: numberText(x.max_calls), options_every_seconds: String(x.options_every_seconds ?? 30),
    media_allow: linesOf(x.media_allow), trust_pai: Boolean(x.trust_pai), emergency: Boolean(x.emergency), direct_numbers: Boolean(x.direct_numbers), terms: termsTyped(x.terms), tls: tlsTyped(x.tls),
  };
}

/** What the API wants of it, terms and TLS apart. Passwords that nobody typed are left as they are. */
function bodyOf(v: Typed): Record<string, unknown> {
  const { in_password, out_password, terms: _terms, tls: _tls, ...rest } = v;
  return {
    ...rest, servers: listOf(v.servers), sources: listOf(v.sources), media_allow: listOf(v.media_allow), priority: numberOf(v.priority), max_calls: numberOf(v.max_calls), options_every_seconds: numberOf(v.options_every_seconds),
    ...(in_password ? { in_password } : {}), ...(out_password ? { out_password } : {}),
  };
}

/** What is not as it was. */
function changesOf(was: Typed, now: Typed): Record<string, unknown> {
  const terms = termsPatch(was.terms, now.terms), tls = tlsPatch(was.tls, now.tls);
  return { ...changed(bodyOf(was), bodyOf(now)), ...(terms ? { terms } : {}), ...(tls ? { tls } : {}) };
}

const more = ['in_username', 'in_password', 'options_every_seconds', 'media_allow', 'emergency'];
const fields = ['name', 'servers', 'sources', 'register', 'out_username', 'out_password', 'out_realm', 'domain', 'country', 'dial', ...more, ...Object.values(parts).flat()];

export function TrunkForm({ trunk, template, onClose, onDone }: { trunk?: Trunk; template?: Template; onClose: () => void; onDone: (id: string) => void }) {
  const [start] = useState(() => typed(trunk ?? (template?.trunk as Partial<Trunk> | undefined) ?? {})); // others may change the trunk meanwhile: what is sent is what was changed here
  const f = useForm<Typed>(start);
  const { v, set } = f;
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => { // the first that is to be corrected, with what is said of it
    if (!f.problem) return;
    const wrong = top.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    (wrong ?? top.current)?.focus({ preventScroll: true });
    (wrong?.parentElement ?? top.current)?.scrollIntoView({ block: wrong ? 'center' : 'start' });
  }, [f.problem]);
  const go = () => f.run(async () => {
    const terms = withoutBlanks(v.terms);
    const now = { ...v, terms };
    f.put({ terms }); // so that what is refused is told where it stands
    const body = changesOf(start, now);
    const done = trunk ? await api.patch('/api/v1/trunks/{id}', { path: { id: trunk.id }, body: body as Schemas['TrunkPatch'] }) : await api.post('/api/v1/trunks', { body: { ...bodyOf(now), ...changesOf(typed({}), now) } as Schemas['TrunkCreate'] });
    onDone(done.id);
  });
  return (
    <FormDialog wide title={trunk ? t('dashboard.trunks.edit', { name: trunk.name }) : template && template.trunk.name ? t('dashboard.trunks.add_named', { name: template.trunk.name }) : t('dashboard.trunks.add')} submit={trunk ? t('core.save') : t('dashboard.trunks.connect')}
      busy={f.busy} why={v.name.trim() ? undefined : t('dashboard.trunks.name_needed')} onClose={onClose} onSubmit={async () => { await go(); }}>
      <div ref={top} class="stack bare-focus" tabIndex={-1}>
        <Refusal problem={elsewhere(f.problem, fields) ?? undefined} />
        {template && template.trunk.name && <Banner>{t('dashboard.trunks.check', { name: template.trunk.name })} {template.needs.map((n) => t(`dashboard.trunks.needs_${n}`)).join(' ')}</Banner>}
        <div class="form-grid">
          <TextField label={t('dashboard.trunks.name')} value={v.name} onValue={set('name')} error={f.error('name')} maxLength={100} autofocus />
          <TextField label={t('dashboard.trunks.country')} hint={t('dashboard.trunks.country_hint')} value={v.country} onValue={(x) => set('country')(x.toUpperCase())} error={f.error('country')} maxLength={2} />
          <AreaField label={t('dashboard.trunks.servers')} hint={t('dashboard.trunks.servers_hint')} value={v.servers} onValue={set('servers')} error={f.error('servers')} rows={2} spellcheck={false} placeholder="sip:sip.example.net" />
          <AreaField label={t('dashboard.trunks.sources')} hint={t('dashboard.trunks.sources_hint')} value={v.sources} onValue={set('sources')} error={f.error('sources')} rows={2} spellcheck={false} placeholder="192.0.2.0/29" />
          <SelectField label={t('dashboard.trunks.dial')} value={v.dial} onValue={set('dial')} error={f.error('dial')} choices={Object.entries(formats).map(([value, label]) => ({ value, label }))} />
        </div>
        <h3>{t('dashboard.trunks.login')}</h3>
        <CheckField label={t('dashboard.trunks.register')} hint={t('dashboard.trunks.register_hint')} checked={v.register} onValue={set('register')} />
        <div class="form-grid">
          <TextField label={t('dashboard.trunks.out_username')} value={v.out_username} onValue={set('out_username')} error={f.error('out_username')} autocomplete="off" spellcheck={false} />
          <TextField type="password" label={t('dashboard.trunks.out_password')} hint={trunk?.has_out_password ? t('dashboard.trunks.kept') : undefined} value={v.out_password} onValue={set('out_password')} error={f.error('out_password')} autocomplete="new-password" />
          <TextField label={t('dashboard.trunks.domain')} value={v.domain} onValue={set('domain')} error={f.error('domain')} spellcheck={false} />
          <TextField label={t('dashboard.trunks.realm')} value={v.out_realm} onValue={set('out_realm')} error={f.error('out_realm')} spellcheck={false} />
        </div>
        <h3>{t('dashboard.terms.title')}</h3>
        <Parts f={f} trunk={trunk} />
      </div>
    </FormDialog>
  );
}

/** What only some trunks need, part by part. */
function Parts({ f, trunk }: { f: Form<Typed>; trunk: Trunk | undefined }) {
  const terms = pieceOf(f, 'terms');
  const own: Piece<Own> = { v: f.v, set: (name) => (value) => f.put({ [name]: value }), error: f.error, own: () => undefined, forget: f.forget };
  const inside: Record<Part, () => preact.ComponentChildren> = {
    numbers: () => <Numbers f={terms} trunk={trunk} dial={f.v.dial} country={f.v.country} />,
    voice: () => <Voice f={terms} />,
    identity: () => <Identity f={terms} own={own} />,
    headers: () => <Headers f={terms} />,
    limits: () => <Limits f={terms} own={own} />,
    security: () => <Security f={pieceOf(f, 'tls')} />,
  };
  return (
    <div class="stack tight">
      {(Object.keys(parts) as Part[]).map((p) => <Section key={p} title={t(`dashboard.terms.part_${p}`)} fields={parts[p]} v={f.v} problem={f.problem}>{inside[p]}</Section>)}
      <Section title={t('dashboard.trunks.more')} fields={more} v={{ ...f.v, options_every_seconds: '' }} problem={f.problem}>{() => <More f={f} trunk={trunk} />}</Section>
    </div>
  );
}

function More({ f, trunk }: { f: Form<Typed>; trunk: Trunk | undefined }) {
  const { v, set } = f;
  return (
    <>
      <div class="form-grid">
        <TextField label={t('dashboard.trunks.in_username')} hint={t('dashboard.trunks.in_hint')} value={v.in_username} onValue={set('in_username')} error={f.error('in_username')} autocomplete="off" />
        <TextField type="password" label={t('dashboard.trunks.in_password')} hint={trunk?.has_in_password ? t('dashboard.trunks.kept') : undefined} value={v.in_password} onValue={set('in_password')} error={f.error('in_password')} autocomplete="new-password" />
        <TextField type="number" label={t('dashboard.trunks.options')} hint={t('dashboard.trunks.options_hint')} value={v.options_every_seconds} onValue={set('options_every_seconds')} error={f.error('options_every_seconds')} min={0} />
        <AreaField label={t('dashboard.trunks.media_allow')} hint={t('dashboard.trunks.media_allow_hint')} value={v.media_allow} onValue={set('media_allow')} error={f.error('media_allow')} rows={2} />
      </div>
      <CheckField label={t('dashboard.trunks.emergency')} hint={t('dashboard.trunks.emergency_hint')} checked={v.emergency} onValue={set('emergency')} />
    </>
  );
}
