package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Open examples together with their network or their file of features; closing them closes it.
 *
 * @param network the network of images; empty for features
 */
public record OpenedExamples(Examples examples, Optional<Network> network, Closeable opened) implements AutoCloseable {
    public static OpenedExamples of(Examples examples, Network network) {
        return new OpenedExamples(examples, Optional.of(network), network::close);
    }

    public static OpenedExamples of(Examples examples, FeatureSet features) {
        return new OpenedExamples(examples, Optional.empty(), features::close);
    }

    /** The network, layers and preprocessing that make keys of the examples; empty for features. */
    public Optional<KeySource> source() {
        return network.map(given -> KeySource.of(given, isMemoryAlone()));
    }

    /** Returns true if the network has other classes than the examples. */
    public boolean isMemoryAlone() {
        return network.isPresent() && !examples.hasProbabilities();
    }

    /** Reports that the memory answers alone, if the network has other classes than the images. */
    public void reportMemoryAlone(Report report) {
        if (isMemoryAlone()) {
            Network other = network.orElseThrow();
            int spare = other.settings().spareClasses(); // neither the network's nor of the images
            int classes = other.classes() - spare;
            int ofImages = examples.classes() - spare;
            report.line("")
                    .line(Text.figure(
                            "memoryAlone",
                            true,
                            "the network's " + Format.count(classes, "class") + " are not the "
                                    + Format.count(ofImages)
                                    + " of the images: the memory answers alone"
                                    + (classes > ofImages
                                            ? "; if they are a part of the network's, see build --outputs"
                                            : "")));
        }
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
