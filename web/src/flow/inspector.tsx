// The panel of the node that is selected: what it does, where it leads, what is wrong with it. Of no node: the flow itself.
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/words';
import { Badge, Banner, Button, Icon } from '../parts/basic';
import { Picker, SelectField, TextField } from '../parts/fields';
import { Menu } from '../parts/over';
import { duplicateNode, removeNode, useDesk } from './desk';
import { change, lead } from './edits';
import { zones } from './forms/fields';
import { FormOf } from './forms/forms';
import { idlePorts, nodeOf, ports, type FlowNode } from './model';
import { afterEnd } from './model';
import { holeText, issueText, kindIcons, kindName, kindText, familyOf, nameIn, nodeName, portName } from './tell';

function Ways({ node }: { node: FlowNode }) {
  const { draft } = useDesk();
  const doc = draft.doc.value!;
  const all = [...ports(node), ...idlePorts(node).filter((p) => node.next?.[p])];
  if (all.length === 0) return <p class="soft small">{t('flow.inspect.ends')}</p>;
  const targets = [{ value: '', label: t('flow.nowhere') }, ...doc.nodes.filter((n) => n.id !== node.id).map((n) => ({ value: n.id, label: `${nodeName(n)} · ${kindName(n.type)}` }))];
  return (
    <fieldset class="flow-group" disabled={!draft.writable}>
      <legend>{t('flow.inspect.ways')}</legend>
      {all.map((p) => (
        <SelectField key={p} label={portName(node, p)} value={node.next?.[p] ?? ''} choices={targets} onValue={(to) => draft.change((d) => lead(d, { from: node.id, port: p }, to))}
          error={node.next?.[p] || idlePorts(node).includes(p) ? undefined : t('flow.inspect.leads_nowhere')} />
      ))}
    </fieldset>
  );
}

/** What is wrong with the node, above what it says. */
function Wrong({ node }: { node: FlowNode }) {
  const { draft } = useDesk();
  const doc = draft.doc.value!;
  const holes = draft.open.value.filter((u) => u.node === node.id);
  const issues = draft.issues.value.filter((p) => p.node === node.id && p.code !== 'W01');
  const faded = !draft.runs.value.has(node.id);
  const end = faded ? afterEnd(doc).get(node.id) : undefined;
  return (
    <>
      {faded && <Banner tone="warn">{end ? t('flow.inspect.after_end', { name: nameIn(doc, end) }) : t('flow.inspect.unreached')}</Banner>}
      {holes.map((h) => <Banner key={h.hole} tone="bad">{holeText(h.hole)}</Banner>)}
      {holes.length === 0 && issues.map((p) => <Banner key={p.code + p.path} tone={p.severity === 'error' ? 'bad' : 'warn'}>{issueText(p, doc)}</Banner>)}
    </>
  );
}

function NodePanel({ node }: { node: FlowNode }) {
  const desk = useDesk();
  const { draft } = desk;
  const only = !draft.writable;
  return (
    <>
      <header class={`flow-panel-head ${familyOf(node.type)}`}>
        <span class="fl-icon"><Icon name={kindIcons[node.type]} size={20} /></span>
        <div class="grow"><h2 class="cut" title={nodeName(node)}>{nodeName(node)}</h2>{node.title && <p class="small soft">{kindName(node.type)}</p>}</div>
        {!only && <Menu label={t('flow.inspect.more')} button={(p) => <Button {...p} small kind="quiet" icon="more" aria-label={t('flow.inspect.more')} title={t('flow.inspect.more')} />} items={[
          { label: t('flow.inspect.duplicate'), icon: 'copy', onPick: () => duplicateNode(draft, node.id) },
          { label: t('flow.inspect.remove'), icon: 'trash', danger: true, onPick: () => removeNode(draft, node.id) },
        ]} />}
      </header>
      <Wrong node={node} />
      <p class="soft small">{kindText(node.type)}</p>
      <TextField label={t('flow.inspect.name')} placeholder={kindName(node.type)} value={node.title ?? ''} maxLength={200} disabled={only} onValue={(title) => draft.change((d) => change(d, node.id, (n) => ({ ...n, title })), `title ${node.id}`)} />
      <fieldset class="flow-form" disabled={only}><legend class="sr">{kindName(node.type)}</legend><FormOf node={node} /></fieldset>
      <Ways node={node} />
    </>
  );
}

function FlowPanel() {
  const { draft, names } = useDesk();
  const doc = draft.doc.value!, flow = draft.flow.value!;
  const all = zones();
  const numbers = [...(flow.numbers ?? [])];
  return (
    <>
      <header class="flow-panel-head"><span class="fl-icon"><Icon name="flow" size={20} /></span><div class="grow"><h2>{t('flow.inspect.flow')}</h2><p class="small soft">{t('flow.inspect.nodes', { n: doc.nodes.length })}</p></div></header>
      <fieldset class="flow-form" disabled={!draft.writable}>
        <legend class="sr">{t('flow.inspect.flow')}</legend>
        <SelectField label={t('flow.inspect.language')} hint={t('flow.inspect.language_hint')} value={doc.language ?? ''} onValue={(language) => draft.change((d) => ({ ...d, language }))}
          choices={[{ value: '', label: t('flow.inspect.language_own') }, { value: 'en', label: t('flow.language.en') }, { value: 'fr', label: t('flow.language.fr') }]} />
        <Picker key={doc.timezone} label={t('flow.inspect.zone')} hint={t('flow.inspect.zone_hint')} chosen={doc.timezone || t('flow.zone_own')} found={[{ id: '', label: t('flow.zone_own') }, ...all]} onPick={(f) => draft.change((d) => ({ ...d, timezone: f.id }))} />
      </fieldset>
      <section class="stack tight">
        <h3 class="legend">{t('flow.inspect.numbers')}</h3>
        {numbers.length === 0 && !flow.for_number && <p class="soft small">{t('flow.inspect.no_numbers')}</p>}
        <ul class="plain stack tight">
          {numbers.map((n) => <li key={n.id}><a class="num" href={`/dashboard/numbers/${n.id}`}>{names.e164(n.name)}</a></li>)}
          {flow.for_number && <li><a class="num" href={`/dashboard/numbers/${flow.for_number.id}`}>{names.e164(flow.for_number.name)}</a> <Badge tone="info">{t('flow.state.conversion')}</Badge></li>}
        </ul>
      </section>
      <p class="soft small">{t('flow.inspect.pick_one')}</p>
    </>
  );
}

/** The inspector. */
export function Inspector() {
  const { draft } = useDesk();
  const doc = draft.doc.value!;
  const node = nodeOf(doc, draft.selected.value);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => { top.current?.parentElement?.scrollTo({ top: 0 }); }, [node?.id]);
  return <div ref={top} class="stack">{node ? <NodePanel key={node.id} node={node} /> : <FlowPanel />}</div>;
}
