package io.github.afterimage.experiments.report;

/** The styles that pages and pictures share, in light and dark. */
final class Style {
    static final String COLORS = """
            :root { color-scheme: light dark; --text: #1c2330; --quiet: #646e80; --ground: #fff; --panel: #f6f7f9;
              --rule: #e3e6eb; --s1: #1f5fd6; --s2: #b8501a; --s3: #0b7f62; --s4: #7a46d6; --s5: #b3266b; }
            @media (prefers-color-scheme: dark) { :root { --text: #e7eaf0; --quiet: #97a1b2; --ground: #13161b;
              --panel: #1b1f26; --rule: #2b313b; --s1: #7fb0ff; --s2: #f2a06b; --s3: #58d3ab; --s4: #c0a2ff; --s5: #ff8fbf; } }
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
            svg .band { fill: var(--s1); opacity: .16; } svg .band.s2 { fill: var(--s2); }
            svg .guide { fill: none; stroke: var(--quiet); stroke-dasharray: 2 4; }
            svg .bar.s1 { fill: var(--s1); } svg .bar.s2 { fill: var(--s2); }
            """;

    private Style() {}
}
