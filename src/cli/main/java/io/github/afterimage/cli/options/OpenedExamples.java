package io.github.afterimage.cli.options;

import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Examples with what has to be closed after them: the network, or the file of features. */
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

    /** Empty where the examples are features. */
    public Optional<Network> network() {
        return Optional.ofNullable(network);
    }

    /** How keys are made of the examples; empty where these are features. */
    public Optional<KeySource> source() {
        return network()
                .map(given -> new KeySource(
                        given.sha256(),
                        given.layerTerms(),
                        given.settings().preprocessing().toString(),
                        given.outputName(),
                        isCacheOnly()));
    }

    /** Whether the examples went through a network of other classes than theirs. */
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
