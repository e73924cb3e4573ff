package io.github.afterimage.experiments.report;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A self-contained HTML file: headings, paragraphs, tables, charts and pictures in the order added. Not thread-safe. */
public final class Page {
    private static final String STYLE = """
            body { margin: 0 auto; padding: 3rem 1.25rem 5rem; max-width: 45rem; background: var(--ground);
              color: var(--text); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
            h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .75rem; text-wrap: balance; }
            h2 { font-size: 1.2rem; letter-spacing: -.01em; margin: 3.25rem 0 .25rem; }
            h3 { font-size: 1rem; margin: 2.25rem 0 .25rem; }
            p { margin: 0 0 1rem; }
            p.lead { color: var(--quiet); font-size: 1.08rem; margin-bottom: 2rem; }
            p.note { color: var(--quiet); font-size: .88rem; margin-top: .75rem; }
            table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; font-variant-numeric: tabular-nums; }
            th, td { padding: .55rem 0 .55rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; }
            th { color: var(--quiet); font-weight: 500; font-size: .88rem; }
            th:first-child, td:first-child { text-align: left; padding-left: 0; }
            h1, h2, h3, p, li, td:first-child, td:last-child { overflow-wrap: anywhere; }
            .rows td:first-child { min-width: 6rem; }
            details { margin: .75rem 0 1rem; } summary { color: var(--quiet); cursor: pointer; }
            .matrix { width: auto; font-size: .88rem; } .matrix td, .matrix th { padding: .25rem .4rem; }
            .matrix thead th { writing-mode: vertical-rl; text-align: right; vertical-align: bottom; } .matrix tbody th { text-align: left; }
            svg { display: block; width: 100%; height: auto; margin: 1rem 0 0; overflow: visible; }
            .wide { overflow-x: auto; } .wide > svg { min-width: 34rem; }
            .narrow { display: none; }
            @media screen and (max-width: 34rem) {
              .narrow { display: block; } .chart.both > :not(.narrow), .rows thead { display: none; }
              .rows, .rows tbody, .rows tr { display: block; } .rows tr { padding: .6rem 0; border-bottom: 1px solid var(--rule); }
              .rows td { display: flex; justify-content: space-between; gap: 1rem; padding: .1rem 0; border: 0;
                overflow-wrap: anywhere; }
              .rows td::before { content: attr(data-label); color: var(--quiet); text-align: left; overflow-wrap: normal; }
              .rows td:first-child { font-weight: 600; } .rows [data-label=""]::before { content: none; }
              .rows td:empty { display: none; }
            }
            figure { margin: .5rem 0 1rem; } figcaption { color: var(--quiet); font-size: .88rem; }
            dl { margin: 0 0 1.5rem; } dt { font-weight: 600; } dd { margin: 0 0 .6rem; }
            img { margin: 2px 4px 2px 0; image-rendering: pixelated; }
            pre { background: var(--panel); padding: 1rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 8px;
              font: 13px/1.7 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
            """;

    private static final String BODY = "<body>\n<main>\n";

    private final String title;
    private final StringBuilder body = new StringBuilder();

    /** @param lead a summary in a sentence or two */
    public Page(String title, String lead) {
        this.title = title;
        body.append(
                Markup.format("<h1>%s</h1>\n<p class=\"lead\">%s</p>\n", Markup.escape(title), Markup.escape(lead)));
    }

    public Page heading(String text) {
        body.append("<h2>").append(Markup.escape(text)).append("</h2>\n");
        return this;
    }

    /** Adds a heading of a part of what the last {@link #heading} began. */
    public Page subheading(String text) {
        body.append("<h3>").append(Markup.escape(text)).append("</h3>\n");
        return this;
    }

    public Page paragraph(String text) {
        body.append("<p>").append(Markup.escape(text)).append("</p>\n");
        return this;
    }

    /** Adds a paragraph in small, quiet letters. */
    public Page note(String text) {
        body.append("<p class=\"note\">").append(Markup.escape(text)).append("</p>\n");
        return this;
    }

    /** Adds words of the page, each with its explanation, in the order of the map. */
    public Page terms(Map<String, String> explanations) {
        body.append("<dl>\n");
        explanations.forEach((term, explanation) -> body.append(
                Markup.format("<dt><dfn>%s</dfn></dt><dd>%s</dd>\n", Markup.escape(term), Markup.escape(explanation))));
        body.append("</dl>\n");
        return this;
    }

    /** Adds a picture beside the remembered ones that decided. */
    public Page decision(Decision decision) {
        body.append(new Exhibit(decision).html());
        return this;
    }

    /** Adds pictures with a class and its share each. */
    public Page gallery(List<Decision.Neighbor> pictures) {
        body.append(Exhibit.list(pictures));
        return this;
    }

    /** Adds text to copy, unchanged. */
    public Page code(String text) {
        body.append("<pre>").append(Markup.escape(text)).append("</pre>\n");
        return this;
    }

    public Page chart(LineChart chart) {
        return chart(chart.svg(), chart.narrowSvg());
    }

    public Page chart(BarChart chart) {
        return chart(chart.svg(), chart.narrowSvg());
    }

    public Page pictures(PictureGrid grid) {
        body.append(grid.html());
        return this;
    }

    /**
     * Adds a table. On a small screen, each row becomes a list of its cells, which are named by the header.
     *
     * @param rows each as long as {@code header}
     */
    public Page table(List<String> header, List<List<String>> rows) {
        body.append("<table class=\"rows\">\n<thead><tr>");
        header.forEach(name -> body.append(
                name.isEmpty()
                        ? "<td></td>"
                        : Markup.format("<th scope=\"col\">%s</th>", unbroken(Markup.escape(name)))));
        body.append("</tr></thead>\n<tbody>\n");
        for (List<String> cells : rows) {
            body.append("<tr>");
            for (int i = 0; i < cells.size(); i++) {
                body.append(Markup.format(
                        "<td data-label=\"%s\">%s</td>",
                        Markup.escape(header.get(i)), unbroken(Markup.escape(cells.get(i)))));
            }
            body.append("</tr>\n");
        }
        body.append("</tbody>\n</table>\n");
        return this;
    }

    /** Adds a table that opens at a click. */
    public Page folded(String summary, List<String> header, List<List<String>> rows) {
        body.append(Markup.format("<details><summary>%s</summary>\n", Markup.escape(summary)));
        table(header, rows);
        body.append("</details>\n");
        return this;
    }

    /**
     * Adds a square table of counts, which a small screen scrolls sideways. Cells beside the diagonal are the darker the greater
     * their share of the row is.
     *
     * @param names those of the rows and of the columns
     */
    public Page matrix(List<String> names, long[][] counts) {
        body.append("<div class=\"wide\"><table class=\"matrix\">\n<thead><tr><td></td>");
        names.forEach(name -> body.append(Markup.format("<th scope=\"col\">%s</th>", Markup.escape(name))));
        body.append("</tr></thead>\n<tbody>\n");
        for (int row = 0; row < counts.length; row++) {
            long sum = Math.max(1, Arrays.stream(counts[row]).sum());
            body.append(Markup.format("<tr><th scope=\"row\">%s</th>", Markup.escape(names.get(row))));
            for (int column = 0; column < counts.length; column++) {
                long count = counts[row][column];
                long share = row == column ? 0 : Math.min(70, 400 * count / sum);
                body.append(Markup.format(
                        "<td%s>%s</td>",
                        share == 0
                                ? ""
                                : " style=\"background:color-mix(in srgb,var(--s2) " + share + "%,transparent)\"",
                        count == 0 ? "" : count));
            }
            body.append("</tr>\n");
        }
        body.append("</tbody>\n</table></div>\n");
        return this;
    }

    /**
     * Adds another page as a part of this one, below a heading of its own.
     *
     * @param html of a page that this class made
     * @throws IllegalArgumentException if it has no body
     */
    public Page part(String heading, String html) {
        int begin = html.indexOf(BODY);
        int end = html.lastIndexOf("</main>");
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page of \"" + heading + "\" has no body");
        }
        heading(heading);
        body.append(html.substring(begin + BODY.length(), end)
                .replaceAll("<(/?)h3>", "<$1h4>")
                .replaceAll("<(/?)h2>", "<$1h3>")
                .replaceAll("(?s)<h1>.*?</h1>", ""));
        return this;
    }

    /** Adds a chart in two widths. */
    private Page chart(String svg, String narrow) {
        body.append("<div class=\"chart both\">\n").append(svg).append("<div class=\"narrow\">\n");
        body.append(narrow).append("</div>\n</div>\n");
        return this;
    }

    /** Keeps numbers beside their units and their words. */
    private static String unbroken(String text) {
        return text.replace(" %", "\u00a0%")
                .replaceAll("(?<=\\d) to (?=\\d)", "\u00a0to\u00a0")
                .replaceAll("(?<=\\d) (?=([kMGT]?B|[mµn]?s)\\b)", "\u00a0")
                .replace("Table ", "Table\u00a0")
                .replace("Figure ", "Figure\u00a0");
    }

    /** Returns the content of the file, to be written as UTF-8. */
    public String html() {
        return Markup.format(
                        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                                + "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>%s</title>\n<style>\n",
                        Markup.escape(title))
                + Style.COLORS + STYLE + Style.CHARTS + Style.DECISIONS + Style.PRINT + "</style>\n</head>\n" + BODY
                + body + "</main>\n</body>\n</html>\n";
    }

    /** The styles that pages and pictures share, in light and dark. */
    static final class Style {
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
                .neighbors { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: .6rem; margin: 0 0 .75rem; padding: 0;
                  list-style: none; font-size: .8rem; line-height: 1.35; overflow-wrap: anywhere; hyphens: auto; }
                .neighbors .meter { height: 6px; margin: .5rem 0 .3rem; } .neighbors b { display: block; }
                .neighbors small { display: block; color: var(--quiet); font-size: .75rem; }
                @media screen and (max-width: 34rem) {
                  .decision .case { grid-template-columns: minmax(0, 1fr); } .decision .subject { max-width: 12rem; }
                  .measure { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .measure b { order: -1; text-align: left; }
                  .voices th, .voices td { padding-right: .6rem; } .voices thead th:first-child { width: 30%; }
                  .voices tbody th { font-size: .88rem; hyphens: auto; }
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
}
