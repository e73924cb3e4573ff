package io.github.afterimage.experiments.protocol;

import io.github.afterimage.model.evaluation.Examples;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open training and test examples of an {@link ExampleSource}.
 *
 * @param rows the training originals that take part
 * @param tuning the examples that tune, if they are neither training nor test examples; else null
 * @param sizes the number of values of each layer in a feature, in order
 * @param owner closed with this
 */
public record OpenExamples(
        TrainingSet training,
        int[] rows,
        Examples test,
        @Nullable Examples tuning,
        List<Integer> sizes,
        Closeable owner)
        implements Closeable {
    /** Returns the training examples that take part, with their mirror images. */
    public Examples participants() {
        return training.select(rows);
    }

    /**
     * Divides the examples.
     *
     * @throws IllegalArgumentException if a part would be empty
     */
    public Split split(Split.Rule rule) {
        return rule.of(training, rows, test, tuning);
    }

    @Override
    public void close() throws IOException {
        owner.close();
    }
}
