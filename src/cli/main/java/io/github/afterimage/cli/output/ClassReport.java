package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ClassErrors.Confusion;
import io.github.afterimage.experiments.ClassErrors.Row;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * Reports the errors of each class, and the classes that are taken for others: the worst few in text, all in JSON and on a page.
 *
 * @param names those of the classes; classes without one are called by their numbers
 */
public record ClassReport(ClassErrors errors, List<String> names) {
    private static final int SHOWN = 5;

    /** So many classes fit side by side on a page. */
    private static final int MATRIX = 20;

    public void report(Report report) {
        report.field("classErrors", errors.rows().stream().map(this::object).toList())
                .field(
                        "confusions",
                        errors.confusions().stream().map(this::object).toList());
        List<List<String>> classes = errors.worst().stream().map(this::cells).toList();
        List<List<String>> pairs = errors.confusions().stream().map(this::cells).toList();
        if (classes.isEmpty()) {
            return;
        }
        report.heading("Which classes have errors?")
                .table(table("lrrrr", header("class", "examples"), classes))
                .onPage(page -> all(page, "classes with errors", header("class", "examples"), classes))
                .table(table("llrrr", header("class", "taken for"), pairs))
                .onPage(page -> {
                    if (matrixSize() > MATRIX) {
                        all(page, "pairs of classes", header("class", "taken for"), pairs);
                    } else {
                        matrix(page);
                    }
                });
    }

    private static Table table(String alignment, List<String> header, List<List<String>> rows) {
        Table table = new Table(alignment.substring(0, header.size())).row(header.toArray());
        rows.stream().limit(SHOWN).forEach(row -> table.row(row.toArray()));
        return table;
    }

    private static void all(Page page, String what, List<String> header, List<List<String>> rows) {
        if (rows.size() > SHOWN) {
            page.folded("All " + Format.count(rows.size()) + " " + what, header, rows);
        }
    }

    /** Returns the number of classes up to the last one that occurs. */
    private int matrixSize() {
        return 1
                + IntStream.concat(
                                errors.rows().stream().mapToInt(Row::label),
                                errors.confusions().stream().mapToInt(Confusion::answer))
                        .max()
                        .orElseThrow();
    }

    /** Adds how often the examples of each class get each answer. */
    private void matrix(Page page) {
        List<Row> rows = errors.rows();
        long[][] counts = new long[matrixSize()][];
        Arrays.setAll(counts, label -> new long[counts.length]);
        rows.forEach(row -> counts[row.label()][row.label()] = right(row.counts()));
        errors.confusions()
                .forEach(each ->
                        counts[each.label()][each.answer()] = errors.hasNetwork() ? each.mixed() : each.cacheOnly());
        page.paragraph("How often the " + (errors.hasNetwork() ? "mixture" : "memory")
                        + " gives the pictures of each class, one in a row, each answer:")
                .matrix(IntStream.range(0, counts.length).mapToObj(this::name).toList(), counts);
    }

    private long right(ErrorCounts counts) {
        return counts.examples() - (errors.hasNetwork() ? counts.mixedErrors() : counts.cacheOnlyErrors());
    }

    private List<String> header(String first, String second) {
        return errors.hasNetwork()
                ? List.of(first, second, "network", "memory", "mixture")
                : List.of(first, second, "memory");
    }

    private List<String> cells(Row row) {
        ErrorCounts counts = row.counts();
        return cells(
                name(row.label()),
                Format.count(counts.examples()),
                wrong -> Format.percent((double) wrong / counts.examples()),
                counts.networkErrors(),
                counts.cacheOnlyErrors(),
                counts.mixedErrors());
    }

    private List<String> cells(Confusion each) {
        return cells(
                name(each.label()), name(each.answer()), Format::count, each.network(), each.cacheOnly(), each.mixed());
    }

    private List<String> cells(
            String first, String second, LongFunction<String> format, long network, long memory, long mixed) {
        List<String> cells = new ArrayList<>(List.of(first, second, format.apply(memory)));
        if (errors.hasNetwork()) {
            cells.add(2, format.apply(network));
            cells.add(format.apply(mixed));
        }
        return cells;
    }

    private Object object(Row row) {
        return Report.object(
                "label", row.label(),
                "name", name(row.label()),
                "examples", row.counts().examples(),
                "networkErrors", network(row.counts().networkErrors()),
                "mixedErrors", network(row.counts().mixedErrors()),
                "cacheOnlyErrors", row.counts().cacheOnlyErrors());
    }

    private Object object(Confusion each) {
        return Report.object(
                "label", each.label(),
                "answer", each.answer(),
                "network", network(each.network()),
                "mixed", network(each.mixed()),
                "cacheOnly", each.cacheOnly());
    }

    private Object network(long count) {
        return errors.hasNetwork() ? (Object) count : Double.NaN; // null in JSON
    }

    private String name(int label) {
        return label < names.size() ? names.get(label) : "class " + label;
    }
}
