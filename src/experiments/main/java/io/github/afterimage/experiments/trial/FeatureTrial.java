package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Opens features, which are settled already. */
record FeatureTrial(TrialData data, Map<String, Object> identity) {
    /** @param network the network that the caller named, which is one too many; or null */
    TrialSetup setup(@Nullable Path network) throws IOException {
        if (network != null) {
            throw new IllegalArgumentException("features: are the output of a network: leave " + network + " out");
        }
        List<FeatureSet> open = new ArrayList<>();
        for (String part : data.parts()) {
            open.add(FeatureSet.open(part));
        }
        TrialExamples examples = new TrialExamples(
                identity,
                Examples.of(open.get(0)),
                Examples.of(open.get(1)),
                Examples.of(open.get(2)),
                List.of(),
                0,
                () -> {
                    for (FeatureSet each : open) {
                        each.close();
                    }
                });
        return new TrialSetup(
                data, examples, null, null, classes(examples), null, Map.of("data", data.memory()), List.of(), "");
    }

    private static Classes classes(TrialExamples examples) {
        int classes = examples.classes();
        return examples.hasNetwork()
                ? new Classes(
                        classes,
                        classes,
                        ClassMatch.SAME,
                        List.of(),
                        "The features come with the network's probabilities of their classes.")
                : new Classes(
                        classes,
                        0,
                        ClassMatch.OTHER,
                        List.of(),
                        "The features come without probabilities of a network: the memory answers alone.");
    }
}
