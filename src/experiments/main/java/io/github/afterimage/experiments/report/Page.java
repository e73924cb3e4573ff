package io.github.afterimage.experiments.report;

import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A self-contained HTML file: headings, paragraphs, tables, charts and pictures in the order added. Not thread-safe. */
public final class Page {
    // in this order, since a later sheet wins
    private static final List<String> STYLES = List.of("colors", "page", "charts", "decisions", "print");
    /** A number, or an interval. */
    private static final String NUMBERS = "[^\\p{L}]*\\d[^\\p{L}]*( to [^\\p{L}]*)?";

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

    /**
     * Adds the words of answers, each with its explanation: network, memory and together, and then others.
     *
     * @param keys the number of keys in the memory
     * @param network whether it answers too
     * @param others words and explanations in turns
     */
    public Page terms(long keys, AnswerRule rule, boolean network, String... others) {
        Map<String, String> terms = new LinkedHashMap<>();
        if (network) {
            terms.put("Network", "The trained classifier alone. It gives each class a probability.");
        }
        terms.put(
                "Memory",
                Format.count(keys, "key")
                        + ", one for each remembered picture: the network's inner values for it, as a vector. Every key votes for"
                        + " the class of its picture, and a similar one has more weight: e to the power of θ × similarity, the"
                        + " cosine of the angle between both vectors, here with θ\u00a0=\u00a0"
                        + Format.number(rule.theta())
                        + "."
                        + " The memory's evidence for a class is the mean weight of the keys of that class. Nothing is trained.");
        if (network) {
            terms.put("Together", together(rule));
        }
        for (int i = 0; i < others.length; i += 2) {
            terms.put(others[i], others[i + 1]);
        }
        body.append("<dl>\n");
        terms.forEach((term, explanation) -> body.append(
                Markup.format("<dt><dfn>%s</dfn></dt><dd>%s</dd>\n", Markup.escape(term), Markup.escape(explanation))));
        body.append("</dl>\n");
        return this;
    }

    private static String together(AnswerRule rule) {
        if (rule instanceof Mixture mixture) {
            return "The answer of both: (1\u00a0−\u00a0λ)\u00a0×\u00a0network + λ\u00a0×\u00a0memory. λ is the weight of the memory,"
                    + " from 0, where the network answers alone, to 1, where the memory does; here λ\u00a0=\u00a0"
                    + Format.number(mixture.lambda()) + ".";
        }
        Pool pool = (Pool) rule;
        return "The answer of both: the network's probability to the power of " + Format.number(pool.network())
                + ", times the memory's evidence to the power of " + Format.number(pool.memory())
                + (pool.direction() == 0
                        ? ""
                        : ", times e to the power of " + Format.number(pool.direction())
                                + "\u00a0× the similarity to the mean key of the class")
                + ", for each class, divided by the sum over all classes. Labelled pictures chose these numbers, or they are the usual ones.";
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

    /** Adds a chart in two widths. */
    public Page chart(Chart chart) {
        body.append("<div class=\"chart both\">\n").append(chart.svg()).append("<div class=\"narrow\">\n");
        body.append(chart.narrowSvg()).append("</div>\n</div>\n");
        return this;
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
                        "<td%s data-label=\"%s\">%s</td>",
                        cells.get(i).matches(NUMBERS) ? " class=\"number\"" : "",
                        Markup.escape(header.get(i)),
                        unbroken(Markup.escape(cells.get(i)))));
            }
            body.append("</tr>\n");
        }
        body.append("</tbody>\n</table>\n");
        return this;
    }

    /** Adds a part that opens at a click. */
    public Page folded(String summary, Consumer<Page> part) {
        body.append(Markup.format("<details><summary>%s</summary>\n", Markup.escape(summary)));
        part.accept(this);
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
                + STYLES.stream().map(Page::style).collect(Collectors.joining()) + "</style>\n</head>\n<body>\n<main>\n"
                + body + "</main>\n</body>\n</html>\n";
    }

    /** @return the style sheet of this name among the resources */
    static String style(String name) {
        try (InputStream sheet = Objects.requireNonNull(Page.class.getResourceAsStream(name + ".css"), name)) {
            return new String(sheet.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
