package io.github.afterimage.experiments.report;

/** The styles that pages and pictures share, in light and dark. */
final class Style {
    static final String COLORS = """
            :root { color-scheme: light dark; --text: #1c2330; --quiet: #646e80; --ground: #fff; --panel: #f6f7f9;
              --rule: #e3e6eb; --s1: #1f5fd6; --s2: #b8501a; --s3: #0b7f62; --s4: #7a46d6; --s5: #b3266b; --s6: #5f6400; }
            @media screen and (prefers-color-scheme: dark) { :root { --text: #e7eaf0; --quiet: #97a1b2; --ground: #13161b;
              --panel: #1b1f26; --rule: #2b313b; --s1: #7fb0ff; --s2: #f2a06b; --s3: #58d3ab; --s4: #c0a2ff; --s5: #ff8fbf; --s6: #d3d86a; } }
            """;

    static final String CHARTS = """
            svg text { fill: var(--text); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
              font-variant-numeric: tabular-nums; }
            svg .tick, svg .axis { fill: var(--quiet); font-size: 12px; }
            svg .value { font-weight: 600; }
            svg .grid { stroke: var(--rule); }
            svg .zero { stroke: var(--quiet); }
            svg .mark { stroke: var(--quiet); stroke-dasharray: 2 4; }
            svg .dot { fill: var(--s1); opacity: .55; }
            svg .point { fill: var(--s1); stroke: var(--ground); stroke-width: 2; }
            svg .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
            svg .line.s1 { stroke: var(--s1); } svg .name.s1 { fill: var(--s1); font-weight: 600; }
            svg .line.s2 { stroke: var(--s2); } svg .name.s2 { fill: var(--s2); }
            svg .line.s3 { stroke: var(--s3); } svg .name.s3 { fill: var(--s3); }
            svg .line.s4 { stroke: var(--s4); } svg .name.s4 { fill: var(--s4); }
            svg .line.s5 { stroke: var(--s5); } svg .name.s5 { fill: var(--s5); }
            svg .line.s6 { stroke: var(--s6); } svg .name.s6 { fill: var(--s6); }
            svg .band { fill: var(--s1); opacity: .16; } svg .band.s2 { fill: var(--s2); }
            svg .guide { fill: none; stroke: var(--quiet); stroke-dasharray: 2 4; }
            svg .bar.s1 { fill: var(--s1); } svg .bar.s2 { fill: var(--s2); }
            """;

    static final String DECISIONS = """
            .decision { margin: 0; padding: 1.75rem 0 1.25rem; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
            .decision h3 { margin: 0 0 .75rem; color: var(--quiet); font-size: .88rem; font-weight: 500; line-height: 1.4; }
            .decision p { margin: 0 0 .6rem; }
            .decision .case { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 1rem 1.75rem; align-items: start; }
            .decision .subject, .neighbors .copy { display: block; box-sizing: border-box; width: 100%; aspect-ratio: 1; margin: 0;
              object-fit: contain; background: var(--panel); border-radius: 6px; image-rendering: auto; }
            .decision img.pixels { image-rendering: pixelated; }
            .decision div.subject, .neighbors div.copy { display: grid; place-items: center; padding: .4rem; color: var(--quiet);
              font-size: .8rem; line-height: 1.3; text-align: center; }
            .decision .verdict { font-size: 1.3rem; line-height: 1.25; }
            .decision .outcome { font-weight: 600; }
            .decision .quiet { color: var(--quiet); font-size: .88rem; }
            .voices { table-layout: fixed; margin: .25rem 0 1rem; }
            .voices th, .voices td { padding: .35rem .9rem .35rem 0; text-align: left; border: 0; }
            .voices thead th { border-bottom: 1px solid var(--rule); }
            .voices thead th:first-child { width: 26%; }
            .voices tbody th { color: var(--text); font-size: .95rem; line-height: 1.25; }
            .voices tbody tr:first-child th { font-weight: 700; }
            .measure { display: grid; grid-template-columns: minmax(0, 1fr) 3.4em; gap: .5rem; align-items: center; font-size: .88rem; }
            .measure b { font-weight: inherit; white-space: nowrap; text-align: right; }
            .meter { display: flex; height: 9px; background: var(--panel); border-radius: 2px; outline: 1px solid var(--rule);
              overflow: hidden; }
            .meter i { height: 100%; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
            .meter .network { background: var(--s1); } .meter .memory { background: var(--s2); }
            th.network { color: var(--s1); } th.memory { color: var(--s2); }
            .neighbors { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: .9rem; margin: 0 0 .75rem; padding: 0;
              list-style: none; font-size: .88rem; line-height: 1.35; }
            .neighbors .meter { height: 6px; margin: .5rem 0 .3rem; } .neighbors b { display: block; }
            .neighbors small { display: block; color: var(--quiet); font-size: .75rem; }
            @media screen and (max-width: 34rem) {
              .decision .case { grid-template-columns: minmax(0, 1fr); } .decision .subject { max-width: 12rem; }
              .measure { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .measure b { order: -1; text-align: left; }
              .voices th, .voices td { padding-right: .6rem; }
              .neighbors { grid-template-columns: repeat(4, minmax(0, 1fr)); }
            }
            @media (forced-colors: active) { .meter i { background: Highlight !important; } }
            """;

    /** On paper: black on white, nothing cut by the end of a sheet. */
    static final String PRINT = """
            @media print {
              :root { color-scheme: light; --text: #000; --quiet: #4a4a4a; --panel: transparent; --rule: #b5b5b5; }
              html { font-size: 12px; } body { max-width: none; padding: 0; font-size: 1rem; }
              pre { border: 1px solid var(--rule); }
              h1, h2, h3 { break-after: avoid; }
              .decision, figure, svg, img, tr, pre, .neighbors li { break-inside: avoid; }
              .decision { padding: 1rem 0 .5rem; } .voices th, .voices td { padding: .1rem .9rem .1rem 0; }
              .wide { overflow: visible; } .wide > svg { min-width: 0; }
            }
            """;

    private Style() {}
}
