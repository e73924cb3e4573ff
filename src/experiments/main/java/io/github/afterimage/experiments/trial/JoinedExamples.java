package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Examples of several parts, one after the other; values beside the labels are left out. */
final class JoinedExamples extends ExamplesView {
    private final List<Examples> parts;
    private final List<Integer> starts = new ArrayList<>(); // of each part, and the end of the last
    private final Format format;

    private JoinedExamples(List<Examples> parts, Format format) {
        super(parts.get(0));
        this.parts = parts;
        this.format = format;
        starts.add(0);
        parts.forEach(part -> starts.add(starts.get(starts.size() - 1) + part.size()));
    }

    static Examples of(List<Examples> parts) {
        Format first = parts.get(0).format();
        int classes = parts.stream().mapToInt(Examples::classes).max().orElseThrow();
        boolean haveProbabilities = parts.stream().allMatch(Examples::hasProbabilities);
        return new JoinedExamples(
                parts,
                new Format(
                        first.dim(),
                        classes,
                        first.classNames(),
                        haveProbabilities,
                        first.hasLabels(),
                        first.reduction(),
                        0,
                        first.valueType()));
    }

    private int part(int example) {
        int part = 0;
        while (example >= starts.get(part + 1)) {
            part++;
        }
        return part;
    }

    /** Asks the part of an example about it. */
    private <T> T ask(int example, BiFunction<Examples, Integer, T> question) {
        int part = part(example);
        return question.apply(parts.get(part), example - starts.get(part));
    }

    @Override
    public int size() {
        return starts.get(parts.size());
    }

    @Override
    public Format format() {
        return format;
    }

    @Override
    public int label(int example) {
        return ask(example, Examples::label);
    }

    @Override
    public String name(int example) {
        return ask(example, Examples::name);
    }

    @Override
    public byte[] thumbnail(int example) throws IOException {
        int part = part(example);
        return parts.get(part).thumbnail(example - starts.get(part));
    }

    @Override
    public float weight(int example) {
        return ask(example, Examples::weight);
    }

    /** Those of one part that follow each other stay together, so rows should be ascending. */
    @Override
    public Examples select(int[] rows) {
        List<Examples> chosen = new ArrayList<>();
        for (int from = 0, to; from < rows.length; from = to) {
            int part = part(rows[from]);
            to = from;
            while (to < rows.length && part(rows[to]) == part) {
                to++;
            }
            int[] own = new int[to - from];
            for (int i = 0; i < own.length; i++) {
                own[i] = rows[from + i] - starts.get(part);
            }
            chosen.add(parts.get(part).select(own));
        }
        return chosen.isEmpty() ? parts.get(0).select(rows) : new JoinedExamples(chosen, format);
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        for (int part = 0; part < parts.size(); part++) {
            int start = starts.get(part);
            parts.get(part)
                    .forEachBatch(
                            maxBatch,
                            (done, total) -> progress.report(start + done, size()),
                            batch -> consumer.accept(new Batch(
                                    start + batch.first(), batch.features(), batch.probabilities(), batch.labels())));
        }
    }
}
