package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.LabelCheck;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Objects;
import java.util.stream.Stream;

/** Checks that examples can measure an index: keys have their labels, and were not made from them. */
public record DataCheck(String data, LabelCheck labels, KeyOverlap overlap) {
    /**
     * @param data the examples, for messages
     * @throws Failure.UnusableDataException if they have the labels of no key, or do not fit the index
     */
    public static DataCheck of(String data, CacheIndex index, Examples examples) throws IOException {
        return Failure.naming(data, () -> {
            KeyOverlap overlap = new KeyOverlap(index, examples);
            return new DataCheck(data, LabelCheck.of(index, examples), overlap);
        });
    }

    /** Returns the same examples; the first pass over them is watched. */
    public Examples examples() {
        return overlap.examples();
    }

    /** Adds the warnings, after the pass. */
    public void warn(Report report) {
        Stream.of(labels.warning(), overlap.warning())
                .filter(Objects::nonNull)
                .forEach(warning -> report.warning(data + ": " + warning));
    }
}
