// The form of a connector: SMPP both ways, HTTP, SIP, and the IMS. Only what belongs to its kind is asked.
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { t } from '../../i18n/words';
import { Refusal } from '../../parts/basic';
import { AreaField, CheckField, SelectField, TextField } from '../../parts/fields';
import { FormDialog } from '../../parts/over';
import { useCatalogue } from './callfilters';
import { everyPage } from './follow';
import { changed, elsewhere, linesOf, listOf, numberOf, useForm, type Form } from './form';
import { headersOf, headersText, readingOf, readingText } from './httpform';
import { useTrunks } from './trunks';

type Connector = Schemas['ConnectorObject'];
export const kinds = ['smpp', 'smpp_server', 'http', 'sip', 'ims'] as const;
export type Kind = (typeof kinds)[number];

/** What is typed, all as texts; yes and no apart. */
interface Typed {
  name: string; role: string; operator_id: string; trunk_id: string; centre: string; country: string; in_doubt: string; rate: string; window: string; emergency: boolean; number_ids: string[]; password: string; token: string;
  address: string; tls: boolean; authority: string; system_id: string; system_type: string; bind: string; binds: string; default: string; long: string; enquire: string; patience: string; sources: string;
  url: string; method: string; headers: string; body: string; answer: string; key: boolean; sent: string; inbound: string; receipt: string; scheme: string; header: string;
}

function typed(kind: Kind, c: Connector | undefined): Typed {
  const s = c?.smpp, h = c?.http;
  return {
    name: c?.name ?? '', role: c?.role ?? (kind === 'smpp_server' ? 'program' : kind === 'ims' ? 'operator' : 'carrier'), operator_id: c?.operator?.id ?? '', trunk_id: c?.trunk?.id ?? '', centre: c?.centre ?? '', country: c?.country ?? '', in_doubt: c?.in_doubt ?? 'retry', rate: String(c?.rate ?? 0), window: String(c?.window ?? 0), emergency: Boolean(c?.emergency),
    number_ids: (c?.numbers ?? []).map((n) => n?.id ?? ''), password: '', token: '', address: s?.address ?? '', tls: Boolean(s?.tls), authority: s?.authority ?? '', system_id: s?.system_id ?? '', system_type: s?.system_type ?? '', bind: s?.bind ?? 'transceiver', binds: String(s?.binds ?? 1), default: s?.default ?? 'gsm7', long: s?.long ?? 'udh',
    enquire: String(s?.enquire_seconds ?? 0), patience: String(s?.patience_seconds ?? 0), sources: linesOf(s?.sources), url: h?.send?.url ?? '', method: h?.send?.method || 'POST', headers: headersText(h?.send?.headers), body: h?.send?.body ?? '', answer: h?.answer ?? '', key: Boolean(h?.key), sent: readingText(h?.sent), inbound: readingText(h?.inbound), receipt: readingText(h?.receipt), scheme: h?.sign?.scheme ?? '', header: h?.sign?.header ?? '',
  };
}

function bodyOf(kind: Kind, v: Typed): Record<string, unknown> {
  const out: Record<string, unknown> = { name: v.name, role: v.role, in_doubt: v.in_doubt, rate: numberOf(v.rate), window: numberOf(v.window), emergency: v.emergency, country: v.country };
  if (v.password) out['password'] = v.password;
  if (v.token) out['token'] = v.token;
  if (v.role === 'operator') out['operator_id'] = v.operator_id || null;
  if (v.role === 'program') out['number_ids'] = v.number_ids;
  if (kind === 'sip') out['trunk_id'] = v.trunk_id || null;
  if (kind === 'ims') out['centre'] = v.centre;
  if (kind === 'smpp') out['smpp'] = { address: v.address, tls: v.tls, authority: v.authority, system_id: v.system_id, system_type: v.system_type, bind: v.bind, binds: numberOf(v.binds), default: v.default, long: v.long, enquire_seconds: numberOf(v.enquire), patience_seconds: numberOf(v.patience) };
  if (kind === 'smpp_server') out['smpp'] = { system_id: v.system_id, binds: numberOf(v.binds), default: v.default, long: v.long, sources: listOf(v.sources) };
  if (kind === 'http') out['http'] = { send: { url: v.url, method: v.method, headers: headersOf(v.headers), body: v.body }, answer: v.answer, key: v.key, sent: readingOf(v.sent), inbound: readingOf(v.inbound), receipt: readingOf(v.receipt), sign: v.scheme ? { scheme: v.scheme, header: v.header } : null };
  return out;
}

const fields = ['name', 'role', 'operator_id', 'trunk_id', 'centre', 'country', 'in_doubt', 'rate', 'window', 'number_ids', 'password', 'token', 'smpp.address', 'smpp.authority', 'smpp.system_id', 'smpp.binds', 'smpp.bind', 'smpp.sources', 'http.send.url', 'http.send.headers', 'http.send.body', 'http.sent', 'http.inbound', 'http.receipt'];

export function ConnectorForm({ kind, connector, onClose, onDone }: { kind: Kind; connector?: Connector; onClose: () => void; onDone: (id: string) => void }) {
  const start = typed(kind, connector);
  const f = useForm<Typed>(start);
  const go = () => f.run(async () => {
    const body = bodyOf(kind, f.v);
    const done = connector ? await api.patch('/api/v1/connectors/{id}', { path: { id: connector.id }, body: changed(bodyOf(kind, start), body) as Schemas['ConnectorPatch'] }) : await api.post('/api/v1/connectors', { body: { ...body, kind } as Schemas['ConnectorCreate'] });
    onDone(done.id);
  });
  return (
    <FormDialog wide title={connector ? t('dashboard.trunks.edit', { name: connector.name }) : t(`dashboard.connectors.kind_${kind}`)} submit={connector ? t('core.save') : t('dashboard.trunks.connect')} busy={f.busy} why={f.v.name.trim() ? undefined : t('dashboard.trunks.name_needed')} onClose={onClose} onSubmit={async () => { await go(); }}>
      <Refusal problem={elsewhere(f.problem, fields) ?? undefined} />
      <p class="soft">{t(`dashboard.connectors.kind_${kind}_text`)}</p>
      <Who f={f} kind={kind} />
      {(kind === 'smpp' || kind === 'smpp_server') && <Smpp f={f} kind={kind} connector={connector} />}
      {kind === 'http' && <Http f={f} connector={connector} />}
      {kind === 'ims' && <TextField label={t('dashboard.connectors.centre')} hint={t('dashboard.connectors.centre_hint')} value={f.v.centre} onValue={f.set('centre')} error={f.error('centre')} />}
      <details class="more-fields"><summary>{t('dashboard.trunks.more')}</summary>
        <div class="stack">
          <div class="form-grid">
            <SelectField label={t('dashboard.connectors.in_doubt')} value={f.v.in_doubt} onValue={f.set('in_doubt')} error={f.error('in_doubt')} choices={['retry', 'hold'].map((value) => ({ value, label: t(value === 'retry' ? 'dashboard.connectors.in_doubt_retry' : 'dashboard.connectors.in_doubt_hold') }))} />
            <TextField type="number" min={0} label={t('dashboard.connectors.rate')} hint={t('dashboard.connectors.rate_hint')} value={f.v.rate} onValue={f.set('rate')} error={f.error('rate')} />
            <TextField type="number" min={0} label={t('dashboard.connectors.window')} value={f.v.window} onValue={f.set('window')} error={f.error('window')} />
            <TextField label={t('dashboard.trunks.country')} hint={t('dashboard.trunks.country_hint')} value={f.v.country} onValue={(x) => f.set('country')(x.toUpperCase())} error={f.error('country')} maxLength={2} />
          </div>
          <CheckField label={t('dashboard.trunks.emergency')} hint={t('dashboard.connectors.emergency_hint')} checked={f.v.emergency} onValue={f.set('emergency')} />
        </div>
      </details>
    </FormDialog>
  );
}

function Who({ f, kind }: { f: Form<Typed>; kind: Kind }) {
  const { numbers } = useCatalogue();
  const trunks = useTrunks().data ?? [];
  const operators = useQuery('watch.operators', () => everyPage((cursor) => api.get('/api/v1/operators', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['operator.*']).data ?? [];
  const { v, set } = f;
  const toggle = (id: string, on: boolean) => set('number_ids')(on ? [...v.number_ids, id] : v.number_ids.filter((x) => x !== id));
  return (
    <>
      <div class="form-grid">
        <TextField label={t('dashboard.trunks.name')} value={v.name} onValue={set('name')} error={f.error('name')} maxLength={100} autofocus />
        <SelectField label={t('dashboard.connectors.role')} value={v.role} onValue={set('role')} error={f.error('role')} choices={(['carrier', 'operator', 'program'] as const).map((value) => ({ value, label: t(`dashboard.connectors.role_${value}`) }))} />
        {v.role === 'operator' && <SelectField label={t('dashboard.operators.one')} value={v.operator_id} onValue={set('operator_id')} error={f.error('operator_id')} choices={[{ value: '', label: '—' }, ...operators.map((o) => ({ value: o.id, label: o.name }))]} />}
        {kind === 'sip' && <SelectField label={t('dashboard.call.trunk')} value={v.trunk_id} onValue={set('trunk_id')} error={f.error('trunk_id')} choices={[{ value: '', label: '—' }, ...trunks.map((x) => ({ value: x.id, label: x.name }))]} />}
      </div>
      {v.role === 'program' && (
        <fieldset class="stack tight"><legend class="legend">{t('dashboard.connectors.numbers')}</legend>
          {numbers.map((n) => <CheckField key={n.id} label={n.name ? `${n.name} · ${n.display}` : n.display} checked={v.number_ids.includes(n.id)} onValue={(on) => toggle(n.id, on)} />)}
          {f.error('number_ids') && <p class="error" role="alert">{f.error('number_ids')}</p>}
        </fieldset>
      )}
    </>
  );
}

const same = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

function Smpp({ f, kind, connector }: { f: Form<Typed>; kind: Kind; connector: Connector | undefined }) {
  const { v, set } = f;
  const client = kind === 'smpp';
  return (
    <>
      <h3>{t('dashboard.connectors.line')}</h3>
      <div class="form-grid">
        {client && <TextField label={t('dashboard.connectors.smsc')} hint={t('dashboard.connectors.smsc_hint')} value={v.address} onValue={set('address')} error={f.error('smpp.address')} placeholder="smsc.example.net:2775" spellcheck={false} />}
        <TextField label="system_id" hint={t(client ? 'dashboard.connectors.system_id_ours' : 'dashboard.connectors.system_id_theirs')} value={v.system_id} onValue={set('system_id')} error={f.error('smpp.system_id')} autocomplete="off" spellcheck={false} />
        <TextField type="password" label={t('dashboard.connectors.password')} hint={connector?.has_password || connector?.has_token ? t('dashboard.trunks.kept') : undefined} value={client ? v.password : v.token} onValue={set(client ? 'password' : 'token')} error={f.error(client ? 'password' : 'token')} autocomplete="new-password" />
        {client && <SelectField label={t('dashboard.connectors.bind')} value={v.bind} onValue={set('bind')} error={f.error('smpp.bind')} choices={same(['transceiver', 'pair', 'transmitter', 'receiver'])} />}
        <TextField type="number" min={1} label={t('dashboard.connectors.binds')} value={v.binds} onValue={set('binds')} error={f.error('smpp.binds')} />
        <SelectField label={t('dashboard.connectors.alphabet')} value={v.default} onValue={set('default')} choices={[{ value: 'gsm7', label: 'GSM 7 bit' }, { value: 'latin1', label: 'Latin 1' }]} />
        <SelectField label={t('dashboard.connectors.long')} value={v.long} onValue={set('long')} choices={same(['udh', 'udh16', 'sar', 'payload'])} />
        {client && <TextField label="system_type" value={v.system_type} onValue={set('system_type')} spellcheck={false} />}
        {!client && <AreaField label={t('dashboard.connectors.sources')} hint={t('dashboard.connectors.sources_hint')} rows={2} value={v.sources} onValue={set('sources')} error={f.error('smpp.sources')} />}
      </div>
      {client && <CheckField label="TLS" hint={t('dashboard.connectors.tls_hint')} checked={v.tls} onValue={set('tls')} />}
      {client && v.tls && <AreaField label={t('dashboard.connectors.authority')} hint={t('dashboard.connectors.authority_hint')} value={v.authority} onValue={set('authority')} error={f.error('smpp.authority')} class="mono" />}
    </>
  );
}

function Http({ f, connector }: { f: Form<Typed>; connector: Connector | undefined }) {
  const { v, set } = f;
  return (
    <>
      <h3>{t('dashboard.connectors.http_send')}</h3>
      <div class="form-grid">
        <TextField type="url" label={t('dashboard.connectors.url')} value={v.url} onValue={set('url')} error={f.error('http.send.url')} placeholder="https://carrier.example/send" spellcheck={false} />
        <SelectField label={t('dashboard.connectors.method')} value={v.method} onValue={set('method')} choices={same(['POST', 'GET', 'PUT'])} />
        <AreaField label={t('dashboard.connectors.headers')} hint={t('dashboard.connectors.headers_hint')} value={v.headers} onValue={set('headers')} error={f.error('http.send.headers')} class="mono" placeholder="Authorization: Bearer {password}" spellcheck={false} />
        <AreaField label={t('dashboard.connectors.body')} hint={t('dashboard.connectors.body_hint', { to: '{to}', from: '{from}', body: '{body}', key: '{key}' })} value={v.body} onValue={set('body')} error={f.error('http.send.body')} class="mono" spellcheck={false} />
        <TextField type="password" label={t('dashboard.connectors.password')} hint={connector?.has_password ? t('dashboard.trunks.kept') : undefined} value={v.password} onValue={set('password')} error={f.error('password')} autocomplete="new-password" />
        <AreaField label={t('dashboard.connectors.sent')} hint={t('dashboard.connectors.reading_hint')} value={v.sent} onValue={set('sent')} error={f.error('http.sent')} class="mono" rows={2} placeholder="id = json:id" spellcheck={false} />
      </div>
      <CheckField label={t('dashboard.connectors.key')} checked={v.key} onValue={set('key')} />
      <h3>{t('dashboard.connectors.http_receive')}</h3>
      <div class="form-grid">
        <TextField type="password" label={t('dashboard.connectors.token')} hint={connector?.has_token ? t('dashboard.trunks.kept') : t('dashboard.connectors.token_hint')} value={v.token} onValue={set('token')} error={f.error('token')} autocomplete="new-password" />
        <TextField label={t('dashboard.connectors.answer')} hint={t('dashboard.connectors.answer_hint')} value={v.answer} onValue={set('answer')} spellcheck={false} />
        <AreaField label={t('dashboard.connectors.inbound')} hint={t('dashboard.connectors.reading_hint')} rows={4} value={v.inbound} onValue={set('inbound')} error={f.error('http.inbound')} class="mono" placeholder={'from = json:from\nto = json:to\nbody = json:text'} spellcheck={false} />
        <AreaField label={t('dashboard.connectors.receipt')} hint={t('dashboard.connectors.receipt_hint')} rows={4} value={v.receipt} onValue={set('receipt')} error={f.error('http.receipt')} class="mono" placeholder={'id = json:id\nstate = json:status\nstates.delivrd = delivered'} spellcheck={false} />
        <SelectField label={t('dashboard.connectors.sign')} value={v.scheme} onValue={set('scheme')} choices={[{ value: '', label: t('dashboard.connectors.sign_none') }, ...same(['hmac-sha256-hex', 'hmac-sha256-base64', 'standard-webhooks'])]} />
        {v.scheme && v.scheme !== 'standard-webhooks' && <TextField label={t('dashboard.connectors.sign_header')} value={v.header} onValue={set('header')} placeholder="X-Signature" spellcheck={false} />}
      </div>
    </>
  );
}
