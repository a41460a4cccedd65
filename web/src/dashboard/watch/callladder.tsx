// The SIP ladder as a drawing: lanes, arrows, and the whole text of what is chosen. Arrows up and down walk it.
import { useMemo, useRef, useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { t, when } from '../../i18n/words';
import { Copy, Empty, Icon, Refusal, Spinner } from '../../parts/basic';
import { cutRaw, layOut, type Ladder, type Rung } from './ladder';
import { deviceWord } from './says';

const lane = 220, row = 34, left = 84, top = 58;

export function CallLadder({ id, legs }: { id: string; legs: Schemas['LegObject'][] }) {
  const q = useQuery(`watch.call.${id}.sip`, async (signal) => (await api.get('/api/v1/calls/{id}/sip', { path: { id }, signal })).data ?? [], ['call.*'], id);
  const ladder = useMemo(() => layOut(q.data ?? [], legs, { us: 'Tandem', device: deviceWord }), [q.data, legs]);
  const [chosen, setChosen] = useState(0);
  if (q.problem && !q.data) return <Refusal problem={q.problem} retry={q.refresh} />;
  if (!q.data) return <Spinner />;
  if (ladder.rungs.length === 0) return <Empty icon="code" title={t('dashboard.ladder.none')}>{t('dashboard.ladder.none_text')}</Empty>;
  const rung = ladder.rungs[Math.min(chosen, ladder.rungs.length - 1)]!;
  return (
    <div class="stack">
      <div class="row wrap">
        <span class="soft small grow">{t('dashboard.ladder.how')}</span>
        <a class="btn small" href={`/api/v1/calls/${id}/sip.pcap`} download={`${id}.pcap`}><Icon name="download" size={16} />{t('dashboard.ladder.pcap')}</a>
        <a class="btn small" href={`/api/v1/calls/${id}/sip.txt`} download={`${id}.txt`}><Icon name="download" size={16} />{t('dashboard.ladder.text')}</a>
      </div>
      <div class="ladder-both">
        <Drawing ladder={ladder} chosen={rung.n} onChoose={setChosen} />
        <Raw rung={rung} ladder={ladder} />
      </div>
    </div>
  );
}

function Drawing({ ladder, chosen, onChoose }: { ladder: Ladder; chosen: number; onChoose: (n: number) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const { lanes, rungs } = ladder;
  const width = left + lanes.length * lane, height = top + rungs.length * row + 20;
  const x = (i: number) => left + i * lane + lane / 2;
  const keys = (e: KeyboardEvent) => {
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: rungs.length - 1, PageDown: chosen + 10, PageUp: chosen - 10 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const n = Math.max(0, Math.min(rungs.length - 1, to));
    onChoose(n);
    const el = frame.current;
    if (el) {
      const y = top + n * row;
      if (y < el.scrollTop + top + row) el.scrollTop = y - top - row;
      else if (y > el.scrollTop + el.clientHeight - row * 2) el.scrollTop = y - el.clientHeight + row * 2;
    }
  };
  return (
    <div ref={frame} class="ladder-scroll" tabIndex={0} role="listbox" aria-label={t('dashboard.ladder.label')} aria-activedescendant={`rung-${chosen}`} onKeyDown={keys}>
      <div class="ladder" style={{ width: `${width}px`, height: `${height}px` }}>
        <div class="ladder-lanes" aria-hidden="true">{lanes.map((l, i) => (
          <div key={l.address} class={`lane-name ${l.kind}`} style={{ left: `${x(i) - lane / 2}px`, width: `${lane}px` }} title={`${l.name} ${l.detail}`}>
            <Icon name={l.kind === 'us' ? 'live' : l.kind === 'carrier' ? 'trunk' : 'headset'} size={16} /><span><strong class="cut">{l.name}</strong><small class="cut soft">{l.detail}</small></span>
          </div>
        ))}</div>
        <svg width={width} height={height} aria-hidden="true">
          {lanes.map((l, i) => <line key={l.address} class={`lane ${l.kind}`} x1={x(i)} x2={x(i)} y1={top - 6} y2={height} />)}
          {rungs.map((r) => <Arrow key={r.n} rung={r} x={x} y={top + r.n * row + row - 8} on={r.n === chosen} />)}
        </svg>
        {rungs.map((r) => <RungButton key={r.n} rung={r} ladder={ladder} on={r.n === chosen} style={{ top: `${top + r.n * row}px`, height: `${row}px` }} middle={(x(r.from) + x(r.to)) / 2} onChoose={() => onChoose(r.n)} />)}
      </div>
    </div>
  );
}

function Arrow({ rung: r, x, y, on }: { rung: Rung; x: (i: number) => number; y: number; on: boolean }) {
  const a = x(r.from), b = x(r.to);
  const d = b > a ? -1 : 1;
  const path = r.from === r.to ? `M${a} ${y - 8}h26v12h-22` : `M${a} ${y}H${b + d * 2}`;
  const tip = r.from === r.to ? `M${a + 9} ${y}l-6 4 6 4` : `M${b + d * 8} ${y - 4.5}L${b + d * 2} ${y}L${b + d * 8} ${y + 4.5}`;
  return <g class={`arrow ${r.tone} ${on ? 'on' : ''}`}><path d={path} /><path d={tip} /></g>;
}

function RungButton({ rung: r, ladder, on, style, middle, onChoose }: { rung: Rung; ladder: Ladder; on: boolean; style: Record<string, string>; middle: number; onChoose: () => void }) {
  return (
    <div id={`rung-${r.n}`} role="option" aria-selected={on} class={`rung ${on ? 'on' : ''}`} style={style} onClick={onChoose}
      aria-label={t('dashboard.ladder.rung', { words: r.words, from: ladder.lanes[r.from]?.name ?? '', to: ladder.lanes[r.to]?.name ?? '', at: r.at.toFixed(3) })}>
      <span class="rung-at num">{r.at.toFixed(3)}</span>
      <span class={`rung-words ${r.tone}`} style={{ left: `${middle}px` }}>{r.words}{r.sdp && <i>SDP</i>}</span>
    </div>
  );
}

function Raw({ rung, ladder }: { rung: Rung; ladder: Ladder }) {
  const cut = useMemo(() => cutRaw(rung.item.raw), [rung.item.raw]);
  return (
    <section class="ladder-raw" aria-label={t('dashboard.ladder.raw')} aria-live="polite">
      <header class="row between"><p class="small soft">{rung.n + 1}/{ladder.rungs.length} · {rung.item.network} · {rung.item.from} → {rung.item.to} · {when(rung.item.at, 'exact')}</p><Copy text={rung.item.raw} label={t('dashboard.ladder.copy')} /></header>
      <pre tabIndex={0}><b>{cut.first}</b>{'\n'}{cut.headers.map((h, i) => <span key={i}><em>{h.name}</em>{h.name && ': '}{h.value}{'\n'}</span>)}{cut.body && `\n${cut.body}`}</pre>
    </section>
  );
}
