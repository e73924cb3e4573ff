package io.github.afterimage.experiments.options;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.OutputNames;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.TrainingSet;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The network and the training and test examples of an experiment. */
public final class ExperimentDataOptions {
    private static final int HELD_OUT_OF_CIFAR = 5000;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description =
                    "The training examples, which become keys: cifar10:PATH or cifar100:PATH, which have test examples too; "
                            + "or any data that \"build\" takes, together with --test.")
    private String training;

    @Option(names = "--test", paramLabel = "DATA", description = "The test examples.")
    private @Nullable String test;

    @Option(
            names = "--tuning",
            paramLabel = "DATA",
            description = "Examples that theta and lambda are tuned on, in place of training or test examples.")
    private @Nullable String tuning;

    @Mixin
    private MirrorOptions mirrors;

    @Mixin
    private PerClassOptions perClass;

    @Option(
            names = "--hold-out",
            paramLabel = "N",
            description =
                    "Number of training examples, the last ones, that theta and lambda are tuned on before they become keys too; "
                            + "0 tunes on one half of the test examples and reports on the other. 5000 by default for CIFAR, else 0.")
    private @Nullable Integer heldOut;

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private OutputsOption outputs;

    /** The training, the tuning and the test examples, those that are given. */
    private List<String> parts() {
        return Stream.of(trainingData(), tuning, testData())
                .filter(Objects::nonNull)
                .toList();
    }

    public boolean areFeatures() {
        return FeatureSet.accepts(training);
    }

    private boolean knowsItsTest() {
        return training.matches("cifar100?:[^#]*");
    }

    private String trainingData() {
        return knowsItsTest() ? training + "#train" : training;
    }

    private String testData() {
        if (test == null && !knowsItsTest()) {
            throw new IllegalArgumentException("--data " + training + " has no test examples: add --test DATA");
        }
        return test == null ? training + "#test" : test;
    }

    /** The division of the training examples into keys and examples to tune on. */
    public Split.Rule rule() {
        refuse(
                heldOut != null && tuning != null,
                "--hold-out and --tuning name the examples to tune on: give one of them");
        int held = heldOut != null ? heldOut : training.startsWith("cifar") && tuning == null ? HELD_OUT_OF_CIFAR : 0;
        refuse(held < 0, "--hold-out " + held + ": expected a number that is not negative");
        return new Split.Rule(held, perClass.seed());
    }

    /** In one line, for people. */
    public String description() {
        return trainingData() + (mirrors.given() ? " and mirror images" : "")
                + (perClass.given() ? ", " + perClass.count() + " of each class" : "") + "; test " + testData()
                + (tuning != null
                        ? "; tuning " + tuning
                        : rule().heldOut() == 0 ? ", one half of it for tuning, the other to report on" : "");
    }

    /**
     * The examples.
     *
     * @param views of an image that the network sees
     * @param work keeps the outputs that are found for the classes
     * @param steps shows that they are being found
     * @param network whether features need the probabilities of a network
     * @throws IllegalArgumentException if options contradict each other, or features come without probabilities
     */
    public ExampleSource source(int threads, int views, WorkFolder work, Command steps, boolean network)
            throws IOException {
        testData();
        perClass.check();
        if (areFeatures()) {
            refuse(
                    model.given() || mirrors.given() || preprocessing.given() || outputs.given(),
                    "--model, --flip, --preprocess, --output and --outputs are for images:"
                            + " leave them out with features:");
            return new Source(null, NetworkSettings.defaults(), network);
        }
        mirrors.requireOne();
        Path file = model.require("images need a network");
        NetworkSettings settings = preprocessing.settings(threads).withClasses(outputs.listed());
        NetworkSettings chosen = outputs.auto() ? settings.withClasses(found(file, settings, work, steps)) : settings;
        return new Source(file, chosen.withViews(views), network);
    }

    private List<Integer> found(Path file, NetworkSettings settings, WorkFolder work, Command steps)
            throws IOException {
        ImageSet images = ImageSets.open(trainingData());
        List<String> names = images.classNames();
        try (Network network = Network.open(file, List.of(), settings)) {
            List<OutputNames> known = OutputNames.of(file, network.classes());
            Map<String, Object> part = Map.of(
                    "network", description(file, settings),
                    "training", trainingData(),
                    "names", names,
                    "known", OutputNames.text(known));
            return work.part("outputs", part, FoundOutputs.class, () -> {
                        ClassAssignment answers = steps.step(
                                "assigning",
                                progress -> ClassAssignment.of(Examples.of(network, images), names.size(), progress));
                        return new FoundOutputs(
                                ClassMatch.of(answers, names, images.hasClassNames(), network.classes(), known)
                                        .requireClear());
                    })
                    .outputs();
        }
    }

    /** The outputs of the network that are the classes of the images; a part of the work folder. */
    public record FoundOutputs(List<Integer> outputs) {}

    /**
     * Copies among the data: images of the same pixels, or equal features.
     *
     * @param training the training examples that are copies of earlier ones
     * @param others the tuning and test examples that are copies of training examples or of earlier ones
     * @param named the first of the others
     */
    public record FoundCopies(int training, int others, int examples, List<Copies.Pair> named) {
        private static final double SHARE = 0.01; // large sets of images have a few copies

        /** Adds the numbers, and a warning of many. */
        void report(Report report) {
            report.field("copies", Report.object("training", training, "others", others));
            if (others > SHARE * examples) {
                report.warning(others + " of " + examples
                        + " tuning and test examples equal training examples or each other, so the"
                        + " memory may look better than it is: leave them out (" + Copies.listed(named) + ")");
            }
        }
    }

    /** Counts the copies, once for the data. */
    FoundCopies copies(ExampleSource source, WorkFolder work, Command steps) throws IOException {
        return work.part("copies", source.identity(), FoundCopies.class, () -> {
            Copies copies = new Copies();
            int training = 0;
            List<Integer> sizes = new ArrayList<>();
            for (String part : parts()) {
                if (areFeatures()) {
                    try (FeatureSet features = FeatureSet.open(part)) {
                        Examples examples = Examples.of(features);
                        sizes.add(examples.size());
                        copies.originals(examples);
                    }
                } else {
                    ImageSet images = ImageSets.open(part);
                    sizes.add(images.size());
                    steps.step("copies", progress -> copies.count(images, progress));
                }
                training = sizes.size() == 1 ? copies.pairs().size() : training;
            }
            List<Copies.Pair> others =
                    copies.pairs().subList(training, copies.pairs().size());
            return new FoundCopies(
                    training,
                    others.size(),
                    sizes.stream().skip(1).mapToInt(Integer::intValue).sum(),
                    Copies.first(others));
        });
    }

    /** The number of examples and a checksum of their classes. */
    private static String labels(Examples examples) {
        CRC32 checksum = new CRC32();
        for (int i = 0; i < examples.size(); i++) {
            checksum.update(examples.label(i) >> 8);
            checksum.update(examples.label(i));
        }
        return examples.size() + " " + Long.toHexString(checksum.getValue());
    }

    /** Describes the network with all that its answers and activations depend on. */
    private static String description(Path file, NetworkSettings settings) throws IOException {
        return Network.sha256(file) + " " + settings.preprocessing() + " "
                + settings.output().orElse("")
                + (settings.classes().isEmpty() ? "" : " outputs " + settings.classes())
                + (settings.views() == 1 ? "" : " views " + settings.views());
    }

    /** The examples that the options name. */
    private final class Source implements ExampleSource {
        private final @Nullable Path file; // of the network; null for features
        private final NetworkSettings settings;
        private final boolean probabilities; // whether features must have those of a network
        private @Nullable Map<String, Object> identity;

        Source(@Nullable Path file, NetworkSettings settings, boolean probabilities) {
            this.file = file;
            this.settings = settings;
            this.probabilities = probabilities;
        }

        @Override
        public Map<String, Object> identity() throws IOException {
            if (identity == null) {
                Map<String, Object> found = new LinkedHashMap<>();
                try (OpenExamples opened = open(List.of())) {
                    found.put("network", file == null ? "features" : description(file, settings));
                    found.put("training", trainingData());
                    found.put("trainingLabels", labels(opened.training().all()));
                    found.put("test", testData());
                    found.put("testLabels", labels(opened.test()));
                }
                if (tuning != null) {
                    found.put("tuning", tuning);
                }
                found.put(
                        "mirrors",
                        mirrors.tensor() != null ? "after " + mirrors.tensor() : Boolean.toString(mirrors.flip()));
                found.put("perClass", perClass.given() ? Integer.toString(perClass.count()) : "null");
                if (file == null) {
                    found.put("files", files());
                }
                identity = found;
            }
            return identity;
        }

        /** The sizes and the times of the files of features. */
        private List<String> files() throws IOException {
            List<String> files = new ArrayList<>();
            for (String data : tuning == null
                    ? List.of(trainingData(), testData())
                    : List.of(trainingData(), testData(), tuning)) {
                Path path = ImageSets.path(data);
                files.add(Files.size(path) + " bytes of " + Files.getLastModifiedTime(path));
            }
            return files;
        }

        @Override
        public List<Layer> layers() throws IOException {
            return file == null ? List.of() : Network.layers(file, settings);
        }

        @Override
        public OpenExamples open(List<String> layers) throws IOException {
            if (file != null) {
                return images(file, layers);
            }
            refuse(!layers.isEmpty(), "layers are for images: leave them out with features:");
            Resources opened = new Resources();
            return Resources.guarded(opened, () -> {
                Examples all = features(trainingData(), opened);
                TrainingSet set = new TrainingSet(all, all.size());
                return new OpenExamples(
                        set,
                        perClass.rows(set),
                        features(testData(), opened),
                        tuning == null ? null : features(tuning, opened),
                        List.of(all.dim()),
                        opened::close);
            });
        }

        private Examples features(String data, Resources opened) throws IOException {
            Examples examples = Examples.of(opened.add(FeatureSet.open(data)));
            return probabilities ? examples.requireProbabilities() : examples;
        }

        private OpenExamples images(Path file, List<String> layers) throws IOException {
            ImageSet train = ImageSets.open(trainingData());
            ImageSet test = ImageSets.open(testData());
            ImageSet held = tuning == null ? null : ImageSets.open(tuning);
            ImageSet mirrored = mirrors.append(train, file, settings);
            boolean image = layers.equals(List.of(ExampleSource.IMAGE));
            Network network = Network.open(file, image ? List.of() : layers, settings);
            try {
                return Resources.guarded(network, () -> {
                    int classes = network.classes();
                    ImageSet keys = mirrored.withClasses(List.of(), classes);
                    ImageSet queries = test.withClasses(train.classNames(), classes);
                    TrainingSet set = new TrainingSet(examples(network, keys, image), train.size());
                    List<Integer> sizes = image
                            ? List.of(network.inputSize())
                            : network.layers().stream()
                                    .map(layer -> (int) layer.values())
                                    .toList();
                    return new OpenExamples(
                            set,
                            perClass.rows(set),
                            examples(network, queries, image),
                            held == null
                                    ? null
                                    : examples(network, held.withClasses(train.classNames(), classes), image),
                            sizes,
                            network::close);
                });
            } catch (CorruptDataException e) {
                throw !settings.classes().isEmpty()
                        ? e
                        : new CorruptDataException(e.getMessage()
                                + "; if they are some of the network's classes, add --outputs auto or a list");
            }
        }

        private Examples examples(Network network, ImageSet images, boolean image) {
            return image ? Examples.ofImages(network, images) : Examples.of(network, images);
        }
    }
}
