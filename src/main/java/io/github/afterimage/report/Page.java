package io.github.afterimage.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One HTML file that needs no other: headings, paragraphs, tables and charts in the order added. Not thread-safe. */
public final class Page {
    private static final String STYLE = """
            :root { color-scheme: light dark; --text: #1d2430; --quiet: #667085; --ground: #fff; --rule: #e4e7ec;
              --s1: #2563eb; --s2: #d9480f; --s3: #0f9d76; --s4: #8b5cf6; }
            @media (prefers-color-scheme: dark) { :root { --text: #e6e9ef; --quiet: #98a2b3; --ground: #14171c;
              --rule: #2b313b; --s1: #74a7ff; --s2: #ff9a62; --s3: #4fd6a8; --s4: #b79bff; } }
            body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 46rem; background: var(--ground);
              color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
            h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
            h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
            p.lead { color: var(--quiet); margin-top: 0; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; }
            th { color: var(--quiet); font-weight: 500; }
            th:first-child, td:first-child { text-align: left; padding-left: 0; }
            svg { width: 100%; height: auto; margin: .5rem 0; overflow: visible; }
            svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
            svg .tick, svg .axis { fill: var(--quiet); font-size: 12px; }
            svg .grid { stroke: var(--rule); }
            svg .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
            svg .line.s1 { stroke: var(--s1); } svg .line.s2 { stroke: var(--s2); }
            svg .line.s3 { stroke: var(--s3); stroke-dasharray: 5 4; } svg .line.s4 { stroke: var(--s4); }
            svg .bar.s1 { fill: var(--s1); } svg .bar.s2 { fill: var(--s2); }
            pre { background: color-mix(in srgb, var(--text) 6%, transparent); padding: .8rem 1rem; overflow-x: auto;
              border-radius: 6px; font-size: 13px; }
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

    /** Writes the page, replacing what {@code file} names. */
    public void write(Path file) throws IOException {
        String html = Text.format(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        + "<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>\n",
                Text.escape(title));
        Files.writeString(
                file,
                html + STYLE + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n",
                StandardCharsets.UTF_8);
    }
}
