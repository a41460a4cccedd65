// Special dates, which Date rules of flows ask for (SPEC T7, T9).
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { language, t, when } from '../../../i18n/words';
import { Badge, Button, IconButton, Refusal, Spinner } from '../../../parts/basic';
import { CheckField, SelectField, TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { aboutAny, useDoing } from '../doing';
import { Records } from './records';

type Special = Schemas['SpecialDateObject'];
type Span = Schemas['SpanObject'];

const noon = (day: string) => (day.length === 10 ? `${day}T12:00:00` : day);
const moment = (at: string) => (at.length === 10 ? when(noon(at), 'date') : when(at, 'exact').replace(/:00(?=\s|$)/, ''));

/** A span in words. */
export const spanText = (s: Span) => (s.to && s.to !== s.from ? `${moment(s.from)} – ${moment(s.to)}` : moment(s.from));

const useCalendars = () => useQuery(`calendars:${language.value}`, (signal) => api.get('/api/v1/special-dates/calendars', { signal }));

export function Dates() {
  const pages = usePages<Special>('dates', (cursor, signal) => api.get('/api/v1/special-dates', { query: { cursor, limit: 100 }, signal }) as never, ['special_date.*']);
  const calendars = new Map((useCalendars().data?.data ?? []).map((c) => [c.id, c.name]));
  return (
    <Records pages={pages} icon="calendar" scope="flows:write" nameOf={(x) => x.name} remove={(x) => api.delete('/api/v1/special-dates/{id}', { path: { id: x.id } })}
      columns={[
        { name: t('numbers.dates.name'), cell: (x) => <span class="cut office-lead strong" title={x.name}>{x.name}</span> },
        { name: t('numbers.dates.when'), cell: (x) => (
          <span class="row wrap">
            {x.holidays && <Badge tone="info" icon="calendar">{t('numbers.dates.holidays_of', { name: calendars.get(x.holidays) ?? x.holidays })}</Badge>}
            {(x.skip ?? []).length > 0 && <Badge>{t('numbers.dates.but', { n: x.skip!.length })}</Badge>}
            {(x.spans ?? []).slice(0, 3).map((s) => <Badge key={s.from}>{spanText(s)}</Badge>)}
            {(x.spans ?? []).length > 3 && <Badge>{t('numbers.convert.and_more', { n: x.spans!.length - 3 })}</Badge>}
          </span>
        ) },
      ]}
      texts={{ title: t('numbers.call_settings.dates'), text: t('numbers.dates.text'), add: t('numbers.dates.add'), empty: t('numbers.dates.empty'), emptyText: t('numbers.dates.empty_text'), deleteText: t('numbers.dates.delete_text') }}
      edit={(row, close) => <EditDate row={row} onClose={close} />} />
  );
}

function EditDate({ row, onClose }: { row: Special | undefined; onClose: () => void }) {
  const [name, setName] = useState(row?.name ?? '');
  const [spans, setSpans] = useState<Span[]>(row?.spans ?? []);
  const [holidays, setHolidays] = useState(row?.holidays ?? '');
  const [skip, setSkip] = useState<string[]>(row?.skip ?? []);
  const doing = useDoing();
  const calendars = useCalendars();
  const p = doing.problem;
  const save = async () => {
    const body = { name, spans: spans.map((s) => (s.to ? s : { from: s.from })), skip: holidays ? skip : [] };
    const done = await doing.run('save', () => row ? api.patch('/api/v1/special-dates/{id}', { path: { id: row.id }, body: { ...body, holidays: holidays || null } }) : api.post('/api/v1/special-dates', { body: { ...body, ...(holidays ? { holidays } : {}) } }), '');
    if (done) onClose();
  };
  const why = !name.trim() ? t('numbers.fill_name') : spans.length === 0 && !holidays ? t('numbers.dates.nothing') : spans.some((s) => !s.from) ? t('numbers.dates.fill') : undefined;
  return (
    <FormDialog wide title={row ? t('numbers.dates.edit') : t('numbers.dates.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={why}>
      <TextField label={t('numbers.dates.name')} hint={t('numbers.dates.name_hint')} autofocus maxLength={100} value={name} onValue={setName} error={p?.about('name')} />
      <fieldset class="office-slots"><legend class="legend">{t('numbers.dates.days')}</legend>
        {spans.map((s, i) => <SpanRow key={i} span={s} error={p?.about(`spans[${i}]`)} onSpan={(next) => setSpans(spans.map((x, at) => (at === i ? next : x)))} onDrop={() => setSpans(spans.filter((_, at) => at !== i))} />)}
        <div class="row wrap"><Button small icon="plus" onClick={() => setSpans([...spans, { from: '' }])}>{t('numbers.dates.add_days')}</Button><Button small icon="plus" onClick={() => setSpans([...spans, { from: 'T' }])}>{t('numbers.dates.add_times')}</Button></div>
      </fieldset>
      <SelectField label={t('numbers.dates.holidays')} hint={t('numbers.dates.holidays_hint')} value={holidays} onValue={(v) => { setHolidays(v); setSkip([]); }} error={p?.about('holidays')} choices={[{ value: '', label: t('numbers.dates.no_holidays') }, ...(calendars.data?.data ?? []).map((c) => ({ value: c.id, label: c.name }))]} />
      {holidays && <Skips calendar={holidays} skip={skip} onSkip={setSkip} />}
      {p && !aboutAny(p, ['name', 'holidays']) && <Refusal problem={p} />}
    </FormDialog>
  );
}

/** Days from and to, or with times: the kind shows in how it is written. */
function SpanRow({ span, error, onSpan, onDrop }: { span: Span; error: string | undefined; onSpan: (s: Span) => void; onDrop: () => void }) {
  const timed = span.from.includes('T');
  const type = timed ? 'datetime-local' : 'date';
  return (
    <div class="office-slot dates">
      <TextField label={t(timed ? 'numbers.dates.from_time' : 'numbers.dates.from')} type={type} value={span.from === 'T' ? '' : span.from} onValue={(from) => onSpan({ ...span, from: from || (timed ? 'T' : '') })} error={error} />
      <TextField label={t(timed ? 'numbers.dates.to_time' : 'numbers.dates.to')} type={type} min={span.from === 'T' ? '' : span.from} value={span.to ?? ''} onValue={(to) => onSpan({ ...span, to })} />
      <IconButton icon="trash" label={t('numbers.dates.drop')} onClick={onDrop} />
    </div>
  );
}

function Skips({ calendar, skip, onSkip }: { calendar: string; skip: string[]; onSkip: (s: string[]) => void }) {
  const asked = useQuery(`holidays:${calendar}:${language.value}`, (signal) => api.get('/api/v1/special-dates/holidays', { query: { calendar }, signal }));
  if (!asked.data) return asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />;
  return (
    <fieldset class="office-slots"><legend class="legend">{t('numbers.dates.which')}</legend>
      <div class="office-skips">
        {(asked.data.data ?? []).map((h) => <CheckField key={h.holiday} label={h.name} hint={when(noon(h.date), 'date')} checked={!skip.includes(h.holiday)} onValue={(on) => onSkip(on ? skip.filter((x) => x !== h.holiday) : [...skip, h.holiday])} />)}
      </div>
    </fieldset>
  );
}
