package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link Trial}.
 *
 * @param network the network's file; null for features
 * @param settings the network's settings, besides preprocessing and classes
 * @param preprocessing the preparation of pictures; null to find it
 * @param layers the layers of a key; empty to find them
 * @param group finds in the name of a picture the group that stays in one part, the first group of the pattern; null for none
 * @param folder receives the index and the file of outputs
 * @param work keeps the results of finished steps
 * @param seed of every random choice
 * @param splits the number of divisions to test; null for as many as are cheap
 * @param peakBytes returns the maximum memory that the process has used
 * @param progress begins to show a step, and ends the one before
 */
public record TrialOptions(
        @Nullable Path network,
        NetworkSettings settings,
        @Nullable Preprocessing preprocessing,
        List<String> layers,
        TrialData data,
        @Nullable Pattern group,
        Path folder,
        WorkFolder work,
        int threads,
        long seed,
        @Nullable Integer splits,
        LongSupplier peakBytes,
        Function<String, Progress> progress) {

    Progress begin(String step) {
        return progress.apply(step);
    }

    /** Returns all choices that results depend on. */
    List<String> choices() {
        return List.of(
                "output " + settings.output().orElse(""),
                "preprocessing " + preprocessing,
                "layers " + layers,
                "seed " + seed);
    }

    Path file(String name) {
        return folder.resolve(name);
    }
}
