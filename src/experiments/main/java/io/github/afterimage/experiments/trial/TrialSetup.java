package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.trial.TrialData.Pictures;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The features of all examples, and how they came about: the part of a trial before an index is made.
 *
 * @param pictures null for features, likewise the input and the layers
 * @param attributes those of the index
 * @param doubt sentences on what is probably wrong; empty if nothing is
 */
record TrialSetup(
        TrialData data,
        TrialExamples examples,
        @Nullable Pictures pictures,
        TrialResult.@Nullable Input input,
        Classes classes,
        @Nullable Layers layers,
        Map<String, String> attributes,
        List<String> warnings,
        String doubt)
        implements Closeable {

    @Override
    public void close() throws IOException {
        examples.close();
    }
}
