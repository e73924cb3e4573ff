package io.github.afterimage.model;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.serving.Work;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the answers to a query from the passes that answer its rows. Used by one thread at a time. */
final class PendingClassifications implements Work<List<Classification>> {
    private final ModelQuery.Rows rows;
    private final Hyperparameters hyperparameters;
    private final Query asked;
    private final Classification[] answers;

    /**
     * @param rows inputs or features, not images
     * @param query has what is asked for
     */
    PendingClassifications(ModelQuery.Rows rows, int count, Hyperparameters hyperparameters, ModelQuery query) {
        this.rows = rows;
        this.hyperparameters = hyperparameters;
        asked = query.asked(hyperparameters);
        answers = new Classification[count];
    }

    Hyperparameters hyperparameters() {
        return hyperparameters;
    }

    /** Returns the query to the cache for features of queries of this group. */
    Query asked(ModelQuery.Features features) {
        return asked.withRows(features.values());
    }

    void put(int row, Classification answer) {
        answers[row] = answer;
    }

    /** Returns some of the inputs or features. */
    ModelQuery.Rows rows(int first, int count) {
        if (rows instanceof ModelQuery.Features features) {
            FloatBuffer probabilities = features.probabilities();
            return new ModelQuery.Features(
                    slice(features.values(), first, count),
                    probabilities == null ? null : slice(probabilities, first, count));
        }
        return new ModelQuery.Inputs(slice(((ModelQuery.Inputs) rows).values(), first, count));
    }

    private FloatBuffer slice(FloatBuffer values, int first, int count) {
        int size = values.remaining() / answers.length;
        return values.slice(first * size, count * size);
    }

    @Override
    public int rows() {
        return answers.length;
    }

    @Override
    public Object group() {
        boolean inputs = rows instanceof ModelQuery.Inputs;
        boolean alone = rows instanceof ModelQuery.Features features && features.probabilities() == null;
        return List.of(inputs, alone, asked.settings());
    }

    @Override
    public List<Classification> answer() {
        return List.copyOf(Arrays.asList(answers));
    }

    /** Concatenates rows of one kind. */
    static ModelQuery.Rows concatenated(List<ModelQuery.Rows> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        if (parts.get(0) instanceof ModelQuery.Inputs) {
            return new ModelQuery.Inputs(joined(parts.stream()
                    .map(part -> ((ModelQuery.Inputs) part).values())
                    .toList()));
        }
        List<ModelQuery.Features> features =
                parts.stream().map(ModelQuery.Features.class::cast).toList();
        List<FloatBuffer> probabilities = features.stream()
                .<FloatBuffer>mapMulti((part, add) -> {
                    @Nullable FloatBuffer alone = part.probabilities();
                    if (alone != null) {
                        add.accept(alone);
                    }
                })
                .toList();
        return new ModelQuery.Features(
                joined(features.stream().map(ModelQuery.Features::values).toList()),
                probabilities.isEmpty() ? null : joined(probabilities));
    }

    private static FloatBuffer joined(List<FloatBuffer> parts) {
        FloatBuffer joined = FloatBuffer.allocate(
                parts.stream().mapToInt(FloatBuffer::remaining).reduce(0, Math::addExact));
        parts.forEach(part -> joined.put(part.duplicate()));
        return joined.flip();
    }
}
