package io.github.afterimage.experiments.options;

import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Open examples together with their network or their file of features; closing them closes it. */
public final class OpenedExamples implements AutoCloseable {
    private final Examples examples;
    private final @Nullable Network network;
    private final @Nullable FeatureSet features;

    private OpenedExamples(Examples examples, @Nullable Network network, @Nullable FeatureSet features) {
        this.examples = examples;
        this.network = network;
        this.features = features;
    }

    public static OpenedExamples of(Examples examples, Network network) {
        return new OpenedExamples(examples, network, null);
    }

    public static OpenedExamples of(Examples examples, FeatureSet features) {
        return new OpenedExamples(examples, null, features);
    }

    public Examples examples() {
        return examples;
    }

    /** The network of images; empty for features. */
    public Optional<Network> network() {
        return Optional.ofNullable(network);
    }

    /** The network, layers and preprocessing that make keys of the examples; empty for features. */
    public Optional<KeySource> source() {
        return network().map(given -> KeySource.of(given, isCacheOnly()));
    }

    /** Returns true if the network has other classes than the examples. */
    public boolean isCacheOnly() {
        return network != null && !examples.hasProbabilities();
    }

    @Override
    public void close() throws IOException {
        if (network != null) {
            network.close();
        }
        if (features != null) {
            features.close();
        }
    }
}
