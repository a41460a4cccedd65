import{m as e,o as r,y as i}from"./chunk-SI3SYQEC.js";i();function f(t,s=250){let[n,o]=e(t);return r(()=>{let u=setTimeout(()=>o(t),s);return()=>clearTimeout(u)},[t]),n}export{f as a};
