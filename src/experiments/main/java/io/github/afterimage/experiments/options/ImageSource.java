package io.github.afterimage.experiments.options;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.OpenImages;
import io.github.afterimage.experiments.protocol.TrainingSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Images, and the network that they go through. */
public final class ImageSource implements ExampleSource {
    private final ExperimentDataOptions options;
    private final Path file;
    private final NetworkSettings settings;
    private @Nullable Map<String, Object> identity;

    ImageSource(ExperimentDataOptions options, Path file, NetworkSettings settings) {
        this.options = options;
        this.file = file;
        this.settings = settings;
    }

    /** Describes the network with all that its answers and activations depend on. */
    static String description(Path file, NetworkSettings settings) throws IOException {
        return Network.sha256(file) + " " + settings.preprocessing() + " "
                + settings.output().orElse("")
                + (settings.classes().isEmpty() ? "" : " outputs " + settings.classes());
    }

    @Override
    public Map<String, Object> identity() throws IOException {
        if (identity == null) {
            try (OpenExamples opened = open(List.of())) {
                identity = options.identity(
                        description(file, settings), opened.training().all(), opened.test());
            }
        }
        return identity;
    }

    @Override
    public List<Layer> layers() throws IOException {
        return Network.layers(file, settings);
    }

    @Override
    public OpenExamples open(List<String> layers) throws IOException {
        return openImages(layers).examples();
    }

    @Override
    public OpenImages openImages(List<String> layers) throws IOException {
        ImageSet train = ImageSets.open(options.trainingData());
        ImageSet test = ImageSets.open(options.testData());
        String tuning = options.tuningData();
        ImageSet held = tuning == null ? null : ImageSets.open(tuning);
        ImageSet mirrored = options.mirrors().append(train, file, settings);
        boolean image = layers.equals(List.of(ExampleSource.IMAGE));
        Network network = Network.open(file, image ? List.of() : layers, settings);
        try {
            int classes = network.classes();
            ImageSet keys = mirrored.withClasses(List.of(), classes);
            ImageSet queries = test.withClasses(train.classNames(), classes);
            TrainingSet set = new TrainingSet(examples(network, keys, image), train.size());
            List<Integer> sizes = image
                    ? List.of(network.inputSize())
                    : network.layers().stream()
                            .map(layer -> (int) layer.values())
                            .toList();
            return new OpenImages(
                    new OpenExamples(
                            set,
                            options.perClass().rows(set),
                            examples(network, queries, image),
                            held == null
                                    ? null
                                    : examples(network, held.withClasses(train.classNames(), classes), image),
                            sizes,
                            network::close),
                    network,
                    queries);
        } catch (CorruptDataException e) {
            network.close();
            throw !settings.classes().isEmpty()
                    ? e
                    : new CorruptDataException(e.getMessage()
                            + "; if they are some of the network's classes, add --outputs auto or a list");
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private Examples examples(Network network, ImageSet images, boolean image) {
        return image ? Examples.ofImages(network, images) : Examples.of(network, images);
    }
}
