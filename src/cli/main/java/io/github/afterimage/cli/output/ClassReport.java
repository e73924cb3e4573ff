package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ClassErrors.Confusion;
import io.github.afterimage.experiments.ClassErrors.Row;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
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
        List<Row> classes = errors.worst();
        List<Confusion> pairs = errors.confusions();
        if (classes.isEmpty()) {
            return;
        }
        Columns<Row> ofClass = answers(
                new Columns<Row>()
                        .left("class", row -> name(row.label()))
                        .right("examples", row -> Format.count(row.counts().examples())),
                row -> share(row.counts().errors(Voice.NETWORK), row),
                row -> share(row.counts().errors(Voice.MEMORY), row),
                row -> share(row.counts().errors(Voice.TOGETHER), row));
        Columns<Confusion> ofPair = answers(
                new Columns<Confusion>()
                        .left("class", pair -> name(pair.label()))
                        .left("taken for", pair -> name(pair.answer())),
                pair -> Format.count(pair.network()),
                pair -> Format.count(pair.memory()),
                pair -> Format.count(pair.together()));
        report.heading("Which classes have errors?")
                .table(ofClass.table(first(classes)))
                .onPage(page -> all(page, "classes with errors", classes, ofClass))
                .table(ofPair.table(first(pairs)))
                .onPage(page -> {
                    if (matrixSize() > MATRIX) {
                        all(page, "pairs of classes", pairs, ofPair);
                    } else {
                        matrix(page);
                    }
                });
    }

    /** Adds the columns of the network, if there is one, of the memory, and of both together. */
    private <R> Columns<R> answers(
            Columns<R> columns, Function<R, ?> network, Function<R, ?> memory, Function<R, ?> together) {
        return errors.hasNetwork()
                ? columns.right("network", network).right("memory", memory).right("together", together)
                : columns.right("memory", memory);
    }

    private static String share(long wrong, Row row) {
        return Format.percent((double) wrong / row.counts().examples());
    }

    private static <R> List<R> first(List<R> rows) {
        return rows.subList(0, Math.min(SHOWN, rows.size()));
    }

    private static <R> void all(Page page, String what, List<R> rows, Columns<R> columns) {
        if (rows.size() > SHOWN) {
            page.folded("All " + Format.count(rows.size()) + " " + what, columns.table(rows)::addTo);
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
                        counts[each.label()][each.answer()] = errors.hasNetwork() ? each.together() : each.memory());
        page.folded(
                "How often the " + (errors.hasNetwork() ? "answer of both" : "memory")
                        + " gives the pictures of each class, one in a row, each answer",
                part -> part.matrix(
                        IntStream.range(0, counts.length).mapToObj(this::name).toList(), counts));
    }

    private long right(ErrorCounts counts) {
        return counts.examples() - (errors.hasNetwork() ? counts.errors(Voice.TOGETHER) : counts.errors(Voice.MEMORY));
    }

    private Object object(Row row) {
        return Report.object(
                "label", row.label(),
                "name", name(row.label()),
                "examples", row.counts().examples(),
                "networkErrors", network(row.counts().errors(Voice.NETWORK)),
                "togetherErrors", network(row.counts().errors(Voice.TOGETHER)),
                "memoryErrors", row.counts().errors(Voice.MEMORY));
    }

    private Object object(Confusion each) {
        return Report.object(
                "label", each.label(),
                "answer", each.answer(),
                "network", network(each.network()),
                "together", network(each.together()),
                "memory", each.memory());
    }

    private Object network(long count) {
        return errors.hasNetwork() ? (Object) count : Double.NaN; // null in JSON
    }

    private String name(int label) {
        return label < names.size() ? names.get(label) : "class " + label;
    }
}
