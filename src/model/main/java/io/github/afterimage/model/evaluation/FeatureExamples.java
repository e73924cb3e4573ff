package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads features that another program computed.
 *
 * @param spareClasses whose probabilities, which the file does not have, are 0
 */
record FeatureExamples(FeatureSet features, int spareClasses, Format format) implements BatchReader {
    static FeatureExamples of(FeatureSet features, int spareClasses) {
        int labelled = Arrays.stream(features.labels()).max().orElse(0) + 1;
        boolean known = features.probabilityClasses().isPresent();
        Format format = new Format(
                features.dim(),
                known ? features.probabilityClasses().getAsInt() + spareClasses : labelled,
                List.of(),
                features.views(),
                features.reduction());
        return new FeatureExamples(features, spareClasses, format);
    }

    @Override
    public int size() {
        return features.size();
    }

    @Override
    public int label(int example) {
        return features.label(example);
    }

    @Override
    public String name(int example) {
        return features.rowName(example);
    }

    @Override
    public Examples select(int[] chosen) {
        return new FeatureExamples(features.select(chosen), spareClasses, format);
    }

    @Override
    public void read(int first, int count, FloatBuffer values, @Nullable FloatBuffer probabilities) throws IOException {
        features.read(first, count, values);
        int known = classes() - spareClasses;
        FloatBuffer read = FloatBuffer.allocate(count * known);
        for (int view = 0; probabilities != null && view < views(); view++) {
            features.readProbabilities(view, first, count, read.clear());
            for (int i = 0; i < count; i++) {
                probabilities.put((i * views() + view) * classes(), read.array(), i * known, known);
            }
        }
    }
}
