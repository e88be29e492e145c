"""How pages look: light and dark, wide and narrow, without a network."""

__all__ = ["FRAGMENT", "PAGE"]

#: For what stands in somebody else's page: it takes over text and background.
FRAGMENT = """
.lo{--a:#2f86c6;--b:#17996f;--peak:#d5620f;--rule:rgba(128,128,128,.28);
line-height:1.4;max-width:64em;overflow-wrap:break-word}
.lo table{border-collapse:collapse;margin:.3em 0;font-size:.92em}
.lo th,.lo td{padding:.2em .7em .2em 0;border-bottom:1px solid var(--rule);
vertical-align:top;background:none}
.lo tr{background:none}
.lo .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.lo .t{text-align:left}
.lo th{font-weight:600;white-space:nowrap}
.lo code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.92em;
background:none;padding:0;border:0;color:inherit;white-space:pre-wrap}
.lo pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.88em;
background:none;color:inherit;margin:.4em 0}
.lo summary{cursor:pointer;padding:.25em 0}
.lo details{border-top:1px solid var(--rule)}
.lo .lo-pass{border-top:1px solid var(--rule);padding:.25em 0}
.lo details.lo-pass{padding:0}
.lo .lo-pass span{opacity:.8}
.lo .lo-scroll{overflow-x:auto;max-width:100%}
.lo .lo-src{white-space:nowrap;opacity:.8;margin-right:.6em}
.lo td.t{min-width:7em}
@media (max-width:46em){.lo .lo-src{display:block}.lo td.t{min-width:3em}}
.lo .lo-peak td{background:color-mix(in srgb,var(--peak) 18%,transparent)}
.lo .lo-peak td:first-child{box-shadow:inset 3px 0 var(--peak);
padding-left:.5em}
.lo .lo-fig{margin:.6em 0 1em;min-width:0}
.lo figcaption{font-size:.95em;margin-bottom:.6em}
.lo .lo-plot{display:grid;grid-template-columns:4.8em 1fr;height:11em}
.lo .lo-y{position:relative;font-size:.8em}
.lo .lo-y span{position:absolute;right:.7em;transform:translateY(50%);
opacity:.8;white-space:nowrap}
.lo .lo-area{position:relative;min-width:0}
.lo .lo-area svg{position:absolute;inset:0;width:100%;height:100%;
overflow:visible}
.lo .lo-area path{vector-effect:non-scaling-stroke;fill:none}
.lo .lo-grid{stroke:var(--rule);stroke-width:1}
.lo .lo-line{stroke-width:1.6;stroke-linejoin:round}
.lo .lo-fill{opacity:.16}
.lo .lo-bound{stroke:currentColor;opacity:.75;stroke-width:1.3;
stroke-dasharray:6 4}
.lo .lo-a .lo-line{stroke:var(--a)}.lo .lo-a .lo-area .lo-fill{fill:var(--a)}
.lo .lo-b .lo-line{stroke:var(--b)}.lo .lo-b .lo-area .lo-fill{fill:var(--b)}
.lo .lo-mark{position:absolute;color:var(--peak);font-size:.75em;
line-height:1;transform:translate(-50%,0)}
.lo .lo-x{display:flex;justify-content:space-between;margin-left:4.8em;
font-size:.8em;opacity:.8;padding-top:.3em}
.lo .lo-bar{display:block;height:.55em;min-width:1px;border-radius:2px;
margin:.18em 0}
.lo .lo-bar.lo-a{background:var(--a)}.lo .lo-bar.lo-b{background:var(--b)}
.lo .lo-key{display:inline-block;width:.7em;height:.7em;border-radius:2px;
margin-right:.35em}
.lo .lo-key.lo-a{background:var(--a)}.lo .lo-key.lo-b{background:var(--b)}
"""

#: For a page of its own, besides.
PAGE = """
:root{color-scheme:light dark}
body{margin:0;background:#fff;color:#1d2127;
font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main.lo{max-width:72em;margin:0 auto;padding:1.2em 1.2em 4em}
h1{font-size:1.5em;margin:.3em 0}
h2{font-size:1.15em;margin:1.8em 0 .4em}
h3{font-size:1em;margin:1em 0 .2em}
p{margin:.4em 0;max-width:48em}
.lo-pair{display:grid;grid-template-columns:1fr 1fr;gap:0 2em}
.lo-pair>*{min-width:0}
.lo-lead{font-size:1.1em}
.lo-wide{min-width:9em}
@media (max-width:46em){
main.lo{padding:.8em .8em 3em}
.lo-pair{grid-template-columns:1fr}
.lo-wide{min-width:3.5em}
}
@media (prefers-color-scheme:dark){
body{background:#14171b;color:#dfe3e8}
.lo{--a:#5aa9e6;--b:#3fbf93;--peak:#f08a3c}
}
"""
