package io.github.afterimage.experiments;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts the examples that are in two sets, although the sets should have no example in common: their features are equal, bit by
 * bit. A pass over the first set comes before those over others. Not thread-safe.
 */
public final class SharedExamples {
    /** Warns above this share: large sets of images have a few copies. */
    private static final double SHARE = 0.01;

    private final Examples first;
    private final Set<Long> contents = new HashSet<>(); // of the first set

    public SharedExamples(Examples first) {
        this.first = first;
    }

    /** Returns the first examples; a pass over them remembers them. */
    public Examples examples() {
        return ExamplesView.watched(first, batch -> {
            for (int row = 0; row < batch.labels().length; row++) {
                contents.add(Copies.content(batch, row));
            }
        });
    }

    /** Returns other examples; a pass over them counts those that are among the first. */
    public Others others(Examples second) {
        return new Others(second);
    }

    /** Other examples, and the number of those that are among the first. */
    public final class Others extends ExamplesView {
        private final List<Copies.Pair> shared = new ArrayList<>();
        private int counted;

        private Others(Examples second) {
            super(second);
        }

        @Override
        public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
            super.forEachBatch(maxBatch, progress, batch -> {
                for (int row = 0; row < batch.labels().length; row++) {
                    if (contents.contains(Copies.content(batch, row))) {
                        String name = name(batch.first() + row);
                        shared.add(new Copies.Pair(name, name));
                    }
                }
                counted += batch.labels().length;
                consumer.accept(batch);
            });
        }

        /**
         * Returns a sentence on shared examples; null if there are few or none.
         *
         * @param place the other examples, for people
         * @param places the first ones, for people
         * @param consequence what follows, and the remedy
         */
        public @Nullable String warning(String place, String places, String consequence) {
            return shared.size() <= SHARE * counted
                    ? null
                    : shared.size() + " of " + counted + " examples of " + place + " are in " + places + " too: "
                            + consequence
                            + (shared.get(0).copy().isEmpty() ? "" : " (" + Copies.listed(shared) + ")");
        }
    }
}
