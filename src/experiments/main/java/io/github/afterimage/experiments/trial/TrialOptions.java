package io.github.afterimage.experiments.trial;

import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link Trial}.
 *
 * @param network the network's file; null for features
 * @param settings the network's settings, besides preprocessing and classes
 * @param preprocessing the preparation of pictures; null to find it
 * @param layers the layers of a key; empty to find them
 * @param data the examples to divide; null if all three parts are named
 * @param memory the examples that become keys, or null; likewise the others
 * @param folder receives the index, the commands and the work folder
 * @param seed of every random choice
 * @param peakBytes returns the maximum memory that the process has used
 */
public record TrialOptions(
        @Nullable Path network,
        NetworkSettings settings,
        @Nullable Preprocessing preprocessing,
        List<String> layers,
        @Nullable String data,
        @Nullable String memory,
        @Nullable String tuning,
        @Nullable String test,
        Path folder,
        int threads,
        long seed,
        LongSupplier peakBytes) {}
