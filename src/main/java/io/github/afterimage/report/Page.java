package io.github.afterimage.report;

import java.util.List;

/** One HTML file that needs no other: headings, paragraphs, tables and charts in the order added. Not thread-safe. */
public final class Page {
    private static final String STYLE = """
            :root { color-scheme: light dark; --text: #1c2330; --quiet: #646e80; --ground: #fff; --panel: #f6f7f9;
              --rule: #e3e6eb; --s1: #1f5fd6; --s2: #b8501a; --s3: #0b7f62; --s4: #7a46d6; --s5: #b3266b; }
            @media (prefers-color-scheme: dark) { :root { --text: #e7eaf0; --quiet: #97a1b2; --ground: #13161b;
              --panel: #1b1f26; --rule: #2b313b; --s1: #7fb0ff; --s2: #f2a06b; --s3: #58d3ab; --s4: #c0a2ff; --s5: #ff8fbf; } }
            body { margin: 0 auto; padding: 3rem 1.25rem 5rem; max-width: 45rem; background: var(--ground);
              color: var(--text); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
            h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .75rem; text-wrap: balance; }
            h2 { font-size: 1.2rem; letter-spacing: -.01em; margin: 3.25rem 0 .25rem; }
            p { margin: 0 0 1rem; }
            p.lead { color: var(--quiet); font-size: 1.08rem; margin-bottom: 2rem; }
            p.note { color: var(--quiet); font-size: .88rem; margin-top: .75rem; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { padding: .55rem 0 .55rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; }
            th { color: var(--quiet); font-weight: 500; font-size: .88rem; }
            th:first-child, td:first-child { text-align: left; padding-left: 0; }
            svg { display: block; width: 100%; height: auto; margin: 1rem 0 0; overflow: visible; }
            svg text { fill: var(--text); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
              font-variant-numeric: tabular-nums; }
            svg .tick, svg .axis { fill: var(--quiet); font-size: 12px; }
            svg .value { font-weight: 600; }
            svg .grid { stroke: var(--rule); }
            svg .zero { stroke: var(--quiet); }
            svg .mark { stroke: var(--quiet); stroke-dasharray: 2 4; }
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
            pre { background: var(--panel); padding: 1rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 8px;
              font: 13px/1.7 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
            """;

    private final String title;
    private final StringBuilder body = new StringBuilder();

    /** @param lead what the page shows, in a sentence or two */
    public Page(String title, String lead) {
        this.title = title;
        body.append(Text.format("<h1>%s</h1>\n<p class=\"lead\">%s</p>\n", Text.escape(title), Text.escape(lead)));
    }

    public Page heading(String text) {
        body.append("<h2>").append(Text.escape(text)).append("</h2>\n");
        return this;
    }

    public Page paragraph(String text) {
        body.append("<p>").append(Text.escape(text)).append("</p>\n");
        return this;
    }

    /** A paragraph that stands back. */
    public Page note(String text) {
        body.append("<p class=\"note\">").append(Text.escape(text)).append("</p>\n");
        return this;
    }

    /** Text to be typed or copied, as it is. */
    public Page code(String text) {
        body.append("<pre>").append(Text.escape(text)).append("</pre>\n");
        return this;
    }

    public Page chart(LineChart chart) {
        body.append(chart.svg());
        return this;
    }

    public Page chart(BarChart chart) {
        body.append(chart.svg());
        return this;
    }

    /** @param rows each as long as {@code header} */
    public Page table(List<String> header, List<List<String>> rows) {
        body.append("<table>\n").append(row("th", header));
        rows.forEach(cells -> body.append(row("td", cells)));
        body.append("</table>\n");
        return this;
    }

    private static String row(String tag, List<String> cells) {
        StringBuilder row = new StringBuilder("<tr>");
        for (String cell : cells) {
            row.append(Text.format("<%s>%s</%s>", tag, Text.escape(cell), tag));
        }
        return row.append("</tr>\n").toString();
    }

    /** The page as a file's content, to be written as UTF-8. */
    public String html() {
        return Text.format(
                        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                                + "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>%s</title>\n<style>\n",
                        Text.escape(title))
                + STYLE + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
    }
}
