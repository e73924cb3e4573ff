package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Examples of several parts, one after the other. */
record JoinedExamples(Examples.Format format, List<JoinedExamples.Row> rows) implements Examples {
    /** An example of a part. */
    record Row(Examples part, int number) {}

    static Examples of(List<Examples> parts) {
        Format first = parts.get(0).format();
        int classes = parts.stream().mapToInt(Examples::classes).max().orElseThrow();
        int views = parts.stream().mapToInt(Examples::views).min().orElseThrow();
        Format format = new Format(first.dim(), classes, first.classNames(), views, first.reduction());
        List<Row> rows = parts.stream()
                .flatMap(part -> IntStream.range(0, part.size()).mapToObj(number -> new Row(part, number)))
                .toList();
        return new JoinedExamples(format, rows);
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public int label(int example) {
        Row row = rows.get(example);
        return row.part.label(row.number);
    }

    @Override
    public String name(int example) {
        Row row = rows.get(example);
        return row.part.name(row.number);
    }

    @Override
    public byte[] thumbnail(int example) throws IOException {
        Row row = rows.get(example);
        return row.part.thumbnail(row.number);
    }

    @Override
    public Examples select(int[] chosen) {
        return new JoinedExamples(
                format, Arrays.stream(chosen).mapToObj(rows::get).toList());
    }

    /** Those of one part that follow each other stay together, so rows should be ascending. */
    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        for (int from = 0, to; from < rows.size(); from = to) {
            Examples part = rows.get(from).part;
            to = from;
            while (to < rows.size() && rows.get(to).part == part) {
                to++;
            }
            int start = from;
            part.select(rows.subList(from, to).stream().mapToInt(Row::number).toArray())
                    .forEachBatch(
                            maxBatch,
                            (done, total) -> progress.report(start + done, size()),
                            batch -> consumer.accept(new Batch(
                                    start + batch.first(),
                                    batch.features(),
                                    views() == batch.views() ? batch.probabilities() : batch.probabilities(views()),
                                    views(),
                                    batch.labels())));
        }
    }
}
