import{c as r}from"./chunk-MG2NO3KK.js";import{F as o}from"./chunk-SI3SYQEC.js";var m=(a,e=o.value)=>a.map(t=>`${r(t.days??[],e)} ${t.from}–${t.to}`);export{m as a};
