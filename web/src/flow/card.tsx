// A node on the canvas: its head, its ways out, and a + on each of them.
import { memo } from 'preact/compat';
import { Handle, Position } from '@xyflow/react';
import { t } from '../i18n/words';
import { Icon } from '../parts/basic';
import { addBranch } from './edits';
import { useDesk, type Traffic } from './desk';
import { manyPorts, portAt, sizes, type Direction } from './layout';
import { branchField, idlePorts, ports, restPort, type FlowNode } from './model';
import { familyOf, kindIcons, kindName, nodeName, portName } from './tell';

export interface CardData extends Record<string, unknown> {
  node: FlowNode;
  direction: Direction;
  line: string;
  faded: boolean;
  errors: number;
  warnings: number;
  open: string;
  step: string;
  reason: string;
  traffic: Traffic | undefined;
  focusable: boolean;
  writable: boolean;
}

const along = (direction: Direction, at: number) => (direction === 'right' ? { top: `${at}px` } : { left: `${at}px` });

/** The ways out of a node: a name where there are several, a handle to draw an edge from, a + to put something on it (SPEC F4). */
function Ways({ node, direction, writable }: { node: FlowNode; direction: Direction; writable: boolean }) {
  const desk = useDesk();
  const out = direction === 'right' ? Position.Right : Position.Bottom;
  const all = [...ports(node), ...idlePorts(node).filter((p) => node.next?.[p])];
  return (
    <>
      {manyPorts(node) && (
        <ul class="fl-ports">
          {ports(node).map((p) => <li key={p} class={p === restPort(node.type) ? 'rest' : ''} title={portName(node, p)}><span class="cut">{portName(node, p)}</span></li>)}
        </ul>
      )}
      {all.map((p) => (
        <div key={p} class={`fl-way ${node.next?.[p] ? '' : 'bare'}`} style={along(direction, portAt(node, p, direction))}>
          <Handle type="source" id={p} position={out} isConnectable={writable} />
          {writable && <button type="button" class="fl-plus nodrag nopan" tabIndex={-1} title={t('flow.add_after', { name: manyPorts(node) ? portName(node, p) : nodeName(node) })}
            aria-label={t('flow.add_after', { name: `${nodeName(node)}, ${portName(node, p)}` })} onClick={() => desk.add({ from: node.id, port: p })}><Icon name="plus" size={14} /></button>}
        </div>
      ))}
    </>
  );
}

/** Adds a branch between those that there are and the rest (SPEC F5). */
function MoreBranches({ node }: { node: FlowNode }) {
  const desk = useDesk();
  return (
    <button type="button" class="fl-branch nodrag nopan" tabIndex={-1} title={t('flow.add_branch')} aria-label={t('flow.add_branch_to', { name: nodeName(node) })}
      onClick={() => desk.draft.change((d) => addBranch(d, node.id)?.doc ?? d)}><Icon name="plus" size={12} /><span>{t('flow.branch')}</span></button>
  );
}

function Marks({ d }: { d: CardData }) {
  return (
    <span class="fl-marks">
      {d.step && <b class="fl-step" aria-hidden="true">{d.step}</b>}
      {d.errors > 0 && <i class="fl-mark bad" title={t('flow.issues.errors', { n: d.errors })}><Icon name="warning" size={14} /></i>}
      {d.errors === 0 && d.warnings > 0 && <i class="fl-mark warn" title={t('flow.issues.warnings', { n: d.warnings })}><Icon name="warning" size={14} /></i>}
    </span>
  );
}

/** What is said of a node to those who do not see its marks. */
function told(d: CardData): string {
  const words: string[] = [];
  if (d.step) words.push(t('flow.simulate.step_n', { n: d.step }));
  if (d.errors > 0) words.push(t('flow.issues.errors', { n: d.errors }));
  if (d.warnings > 0) words.push(t('flow.issues.warnings', { n: d.warnings }));
  if (d.traffic) words.push(d.traffic.text);
  return words.length > 0 ? `, ${words.join(', ')}` : '';
}

export const Card = memo(function Card({ data, selected }: { data: CardData; selected?: boolean }) {
  const desk = useDesk();
  const { node, direction } = data;
  const open = () => {
    desk.draft.selected.value = node.id;
    desk.show('node');
  };
  return (
    <div class={`fl-card ${direction} ${familyOf(node.type)} ${selected ? 'on' : ''} ${data.faded ? 'faded' : ''} ${data.step ? 'walked' : ''} ${data.errors > 0 || data.open ? 'wrong' : ''}`}>
      <Handle type="target" position={direction === 'right' ? Position.Left : Position.Top} style={direction === 'right' ? { top: `${sizes.head / 2}px` } : {}} isConnectable={data.writable} />
      <button type="button" class="fl-head" data-node={node.id} tabIndex={data.focusable ? 0 : -1} aria-current={selected ? 'true' : undefined} onClick={open}>
        <span class="fl-icon"><Icon name={kindIcons[node.type]} size={18} /></span>
        <span class="fl-text"><span class="cut strong" title={nodeName(node)}>{node.title && <span class="sr">{kindName(node.type)}: </span>}{nodeName(node)}</span><span class={`cut small ${data.open ? 'bad' : 'soft'}`}>{data.open || (data.faded ? t('flow.never_run') : data.line || (node.title ? kindName(node.type) : ''))}</span></span>
        <Marks d={data} /><span class="sr">{told(data)}</span>
      </button>
      <Ways node={node} direction={direction} writable={data.writable} />
      {data.writable && branchField(node.type) && <MoreBranches node={node} />}
      {data.traffic && <span class={`fl-traffic ${data.traffic.tone}`}>{data.traffic.text}</span>}
      {data.reason && <p class="fl-reason">{data.reason}</p>}
    </div>
  );
});

/** Where calls come in. */
export const StartCard = memo(function StartCard({ data }: { data: { direction: Direction; writable: boolean; numbers: string } }) {
  const desk = useDesk();
  return (
    <div class={`fl-start ${data.direction}`}>
      <span class="fl-start-in" title={data.numbers}><Icon name="in" size={16} /> <span class="cut">{data.numbers || t('flow.calls_come_in')}</span></span>
      <div class="fl-way" style={data.direction === 'right' ? { top: '50%' } : { left: '50%' }}>
        <Handle type="source" id="start" position={data.direction === 'right' ? Position.Right : Position.Bottom} isConnectable={data.writable} />
        {data.writable && <button type="button" class="fl-plus nodrag nopan" tabIndex={-1} title={t('flow.add_first')} aria-label={t('flow.add_first')} onClick={() => desk.add({ from: '', port: 'start' })}><Icon name="plus" size={14} /></button>}
      </div>
    </div>
  );
});
