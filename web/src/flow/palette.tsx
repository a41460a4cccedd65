// The choice of what to put on an edge: every type of node, and why one is not to be had on a direct number (SPEC D19).
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Icon } from '../parts/basic';
import { SelectField, TextField } from '../parts/fields';
import { Dialog } from '../parts/over';
import { addNode, useDesk } from './desk';
import { follow, idlePorts, kinds, nodeOf, ports, terminal, type Edge, type Kind } from './model';
import { familyOf, kindIcons, kindName, kindText, nameIn, nodeName, portName, sentence } from './tell';

const families = ['reach', 'hear', 'decide', 'do', 'end'] as const;
const simple = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Asks which node goes on an edge, and puts it there. */
export function Palette({ edge, onClose }: { edge: Edge; onClose: () => void }) {
  const desk = useDesk();
  const doc = desk.draft.doc.value!;
  const [port, setPort] = useState(edge.port);
  const [q, setQ] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const from = nodeOf(doc, edge.from);
  const ways = from ? [...ports(from), ...idlePorts(from)] : [];
  const at = { from: edge.from, port };
  const after = follow(doc, at);
  const whyNot = (k: Kind) => desk.palette.find((w) => w.type === k && w.target === '' && !w.allowed)?.text;
  const shown = kinds.filter((k) => q === '' || simple(`${kindName(k)} ${kindText(k)}`).includes(simple(q)));
  const pick = (k: Kind) => {
    if (whyNot(k)) return;
    onClose();
    addNode(desk, at, k);
  };
  useEffect(() => { list.current?.closest('dialog')?.querySelector<HTMLInputElement>('input[type=search]')?.focus(); }, []);
  const keys = (e: KeyboardEvent) => {
    if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
    e.preventDefault();
    const all = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const i = all.indexOf(document.activeElement as HTMLElement);
    all[Math.max(0, Math.min(all.length - 1, i + (e.key === 'ArrowDown' ? 1 : -1)))]?.focus();
  };
  return (
    <Dialog title={t('flow.palette.title')} onClose={onClose} wide>
      <div class="stack" onKeyDown={keys}>
        <p class="soft">{from ? (after ? t('flow.palette.between', { from: nodeName(from), to: nameIn(doc, after) }) : t('flow.palette.after', { from: nodeName(from) })) : t('flow.palette.first')}</p>
        {from && terminal(from.type) && <p class="warn row"><Icon name="warning" size={16} /> {t('flow.palette.after_end', { name: nodeName(from) })}</p>}
        <div class="flow-two">
          {ways.length > 1 && <SelectField label={t('flow.palette.way')} value={port} onValue={setPort} choices={ways.map((p) => ({ value: p, label: portName(from!, p) }))} />}
          <TextField type="search" label={t('flow.palette.search')} value={q} onValue={setQ} onKeyDown={(e) => { const one = shown.find((k) => !whyNot(k)); if (e.key === 'Enter' && one) { e.preventDefault(); pick(one); } }} />
        </div>
        {shown.length === 0 && <p class="soft">{t('core.nothing_found')}</p>}
        <div ref={list} class="flow-palette">
          {families.map((f) => {
            const mine = shown.filter((k) => familyOf(k) === f);
            return mine.length > 0 && (
              <section key={f} aria-label={t(`flow.family.${f}`)}>
                <h3 class="small soft">{t(`flow.family.${f}`)}</h3>
                <div class="flow-widgets">
                  {mine.map((k) => {
                    const why = whyNot(k);
                    return (
                      <button key={k} type="button" class={`flow-widget ${familyOf(k)}`} aria-disabled={why ? true : undefined} onClick={() => pick(k)}>
                        <span class="fl-icon"><Icon name={kindIcons[k]} size={18} /></span>
                        <span class="fl-text"><b>{kindName(k)}</b><small class={why ? 'warn' : 'soft'}>{why ? sentence(why) : kindText(k)}</small></span>
                        {why && <Icon name="lock" size={16} />}
                      </button>
                    );
                  })}
                </div>
              </section>
            );
          })}
        </div>
      </div>
    </Dialog>
  );
}
