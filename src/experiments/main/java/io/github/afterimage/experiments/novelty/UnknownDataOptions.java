package io.github.afterimage.experiments.novelty;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Known examples, sets of unknown ones, and the network of images. Labels are not used. */
public final class UnknownDataOptions {
    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description =
                    "Known examples: data of the kind that the keys were made from, such as test images, in a form"
                            + " that \"evaluate\" takes. Labels are not used, and need not be there: images:DIR may be a folder"
                            + " without sub-folders.")
    private String known;

    @Option(
            names = "--unknown",
            paramLabel = "DATA",
            description = "Unknown examples, of other classes or another kind; may be given several times.")
    private Set<String> unknown = Set.of();

    @Option(
            names = "--blur",
            split = ",",
            paramLabel = "SIGMA",
            description = "Also take the known images, blurred by a Gaussian of SIGMA pixels, for unknown.")
    private Set<Double> blurs = Set.of();

    @Option(
            names = "--noise",
            split = ",",
            paramLabel = "SIGMA",
            description =
                    "Also take the known images for unknown, with Gaussian noise of standard deviation SIGMA added to"
                            + " each value, which is 0 to 1, and clipped.")
    private Set<Double> noises = Set.of();

    @Mixin
    private SeedOption seed;

    /**
     * Examples under a name.
     *
     * @param ofKnown whether example i was made from the known example i
     */
    public record Named(String name, Examples examples, boolean ofKnown) {}

    /**
     * The open examples; closing them closes their files or their network.
     *
     * @param logits the number of logits behind the features of each example; 0 without a network
     */
    public record Opened(Named known, List<Named> unknown, int logits, Closeable owner) implements Closeable {
        /** Whether all examples have the network's probabilities. */
        public boolean hasProbabilities() {
            return Stream.concat(Stream.of(known), unknown.stream()).allMatch(each -> each.examples.hasProbabilities());
        }

        @Override
        public void close() throws IOException {
            owner.close();
        }
    }

    public long seed() {
        return seed.seed();
    }

    private boolean areFeatures() {
        return FeatureSet.accepts(known);
    }

    /** Fails if there is nothing to compare, or a value is out of range. */
    public void check() {
        for (String each : unknown) {
            if (FeatureSet.accepts(each) != areFeatures()) {
                throw new IllegalArgumentException("--data " + known + " and --unknown " + each
                        + ": expected features: of both, or images of both");
            }
        }
        if (areFeatures() && (model.given() || !blurs.isEmpty() || !noises.isEmpty())) {
            throw new IllegalArgumentException("--model, --blur and --noise are for images: leave them out with"
                    + " features:, which are the output of a network");
        }
        checkPositive("--blur", blurs);
        checkPositive("--noise", noises);
        if (unknown.isEmpty() && blurs.isEmpty() && noises.isEmpty()) {
            throw new IllegalArgumentException("there are no unknown examples: add --unknown DATA"
                    + (areFeatures() ? "" : ", --blur SIGMA or --noise SIGMA"));
        }
    }

    private static void checkPositive(String option, Set<Double> sigmas) {
        for (double sigma : sigmas) {
            if (!(sigma > 0 && sigma <= DataOptions.MAX_BLUR)) {
                throw new IllegalArgumentException(option + " " + Format.number(sigma)
                        + ": expected a positive number, at most " + Format.number(DataOptions.MAX_BLUR));
            }
        }
    }

    /** Opens all examples as queries of an index. */
    public Opened open(CacheIndex index, int threads) throws IOException {
        return areFeatures() ? openFeatures() : openImages(index, threads);
    }

    private Opened openFeatures() throws IOException {
        List<FeatureSet> files = new ArrayList<>();
        Closeable owner = () -> {
            for (FeatureSet file : files) {
                file.close();
            }
        };
        try {
            List<Named> all = new ArrayList<>();
            for (String each : Stream.concat(Stream.of(known), unknown.stream()).toList()) {
                files.add(FeatureSet.openUnlabelled(each));
                all.add(new Named(each, Examples.of(files.get(files.size() - 1)), false));
            }
            return new Opened(all.get(0), all.subList(1, all.size()), 0, owner);
        } catch (IOException | RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    private Opened openImages(CacheIndex index, int threads) throws IOException {
        ImageSet images = unlabelled(known);
        List<ImageSet> others = new ArrayList<>();
        for (String each : unknown) {
            others.add(unlabelled(each));
        }
        Network network = open(model.require("images need a network"), index, threads);
        List<Named> sets = new ArrayList<>();
        others.forEach(each -> sets.add(named(network, each, null)));
        blurs.forEach(sigma ->
                sets.add(named(network, ChangedImages.blurred(images, sigma), "blur " + Format.number(sigma))));
        noises.forEach(sigma ->
                sets.add(named(network, ChangedImages.noisy(images, sigma, seed()), "noise " + Format.number(sigma))));
        return new Opened(named(network, images, null), sets, network.dim() - index.dim(), network::close);
    }

    /** @param change what was done to the known images; null for other images */
    private static Named named(Network network, ImageSet images, @Nullable String change) {
        return new Named(change == null ? images.name() : change, Examples.of(network, images), change != null);
    }

    /** Opens the network of an index with its logits behind the layers of the keys. */
    private static Network open(Path file, CacheIndex index, int threads) throws IOException {
        NetworkSettings settings = NetworkSettings.defaults().withThreads(threads);
        try (Network network = KeySource.network(file, index, settings)) {
            List<String> layers = new ArrayList<>(network.layerTerms());
            if (network.layers().stream().noneMatch(layer -> layer.name().equals(network.logits()))) {
                layers.add(network.logits());
            }
            return Network.open(file, layers, network.settings());
        }
    }

    /** Opens images as those of one class, whatever theirs are. */
    private static ImageSet unlabelled(String specification) throws IOException {
        return ImageSets.openUnlabelled(specification).withLabels(List.of("image"), label -> 0);
    }
}
