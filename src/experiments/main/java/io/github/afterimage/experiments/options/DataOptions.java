package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Labelled examples, and the network that images pass through. */
public final class DataOptions {
    /** The widest Gaussian of a blur, in pixels; the time grows with it. */
    private static final double MAX_BLUR = 1000;

    private static final System.Logger LOG = System.getLogger(DataOptions.class.getName());

    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description = {
                "The examples:",
                "  cifar10:PATH#train, cifar10:PATH#test, cifar100:...:",
                "    a folder or the official archive",
                "  images:DIR:",
                "    a folder per class, sorted by name or named as the index says, of .png, .jpg, .bmp, .gif, .tiff and "
                        + ".webp files of at most 64 megapixels (-Dafterimage.maxPixels), turned as their EXIF orientation says; "
                        + "DIR/classes.txt, or that file beside DIR, may have words for classes in lines such as: n01855672 goose",
                "  npz:FILE:",
                "    images, labels",
                "  features:FILE, without --model:",
                "    features (or keys), labels, and probabilities or logits (else the memory answers alone), perhaps those for mirror "
                        + "images, mirror_probabilities or mirror_logits, and names and name_ends, as \"features\" writes them; "
                        + "a .npz or .safetensors file, or a .npy file with "
                        + "NAME.labels.npy and so on beside it",
                "A range may follow in brackets: #train[0:45000], DIR[100:200]. Quote it in a shell. Images of a folder are in a "
                        + "random but fixed order, so a range has a share of each class; other data are in the file's order."
            })
    private String specification;

    @Option(
            names = "--skip-broken",
            description =
                    "Leave out images that cannot be read, and name them; without it, the first one ends the command. build leaves"
                            + " out images whose key is all zeros too, unless it writes parts.")
    private boolean skipBroken;

    @Mixin
    private MirrorOptions mirrors;

    @Option(
            names = "--blur",
            paramLabel = "SIGMA",
            description = "Blur every image first, by a Gaussian of SIGMA pixels, as a camera out of focus does.")
    private @Nullable Double blur;

    /** Opens the network; not called for features. */
    public interface NetworkOpener {
        Network open(Path model) throws IOException;
    }

    /** Fails for data that Spark cannot read. */
    public void requireForSpark() {
        if (areFeatures() || blur != null || mirrors.tensor() != null) {
            throw new IllegalArgumentException((areFeatures() ? "features:" : blur != null ? "--blur" : "--flip-after")
                    + " with --spark: expected images, which Spark runs through the network");
        }
    }

    /** Returns the network's file; fails if it is not given. */
    public Path model() {
        return model.require("images need a network");
    }

    public boolean skipsBroken() {
        return skipBroken;
    }

    public String specification() {
        return specification;
    }

    /**
     * Returns the same options for other examples, which must be of the same kind.
     *
     * @param option that names them, for the message
     */
    public DataOptions with(String option, String other) {
        if (FeatureSet.accepts(other) != areFeatures()) {
            throw new IllegalArgumentException("--data " + specification + " and " + option + " " + other
                    + ": expected features: of both, or images of both");
        }
        DataOptions options = new DataOptions();
        options.model = model;
        options.specification = other;
        options.skipBroken = skipBroken;
        options.mirrors = mirrors;
        options.blur = blur;
        return options;
    }

    public boolean flip() {
        return mirrors.flip();
    }

    public boolean areFeatures() {
        return FeatureSet.accepts(specification);
    }

    /** Describes the data in one line, which the index file records. */
    public String description() {
        String images = specification + (blur == null ? "" : " blurred by " + Format.number(blur));
        if (mirrors.tensor() != null) {
            return images + " +mirrors after " + mirrors.tensor();
        }
        return flip() ? images + " +mirrors" : images;
    }

    /** The noun for an example: row or image. */
    public String unit() {
        return areFeatures() ? "row" : "image";
    }

    /**
     * Opens the examples as queries of an index.
     *
     * @param views of an image that the network sees
     */
    public OpenedExamples openFor(CacheIndex index, int threads, int views) throws IOException {
        boolean memoryAlone = KeySource.isMemoryAlone(index);
        return open(
                features -> of(features, index),
                file -> KeySource.network(
                        file,
                        index,
                        NetworkSettings.defaults().withThreads(threads).withViews(memoryAlone ? 1 : views)),
                (network, images) -> {
                    ImageSet matched = images.withClasses(index.classNames(), index.classes());
                    return memoryAlone
                            ? Examples.withoutProbabilities(network, matched)
                            : Examples.of(network, matched);
                });
    }

    /**
     * Opens the examples that become keys. Leaves out the network's probabilities if {@code memoryAlone}, or if the data name
     * more or fewer classes than the network has. Data with numbered classes may have fewer classes than the network.
     *
     * @throws IllegalArgumentException if the data name more or fewer classes than were chosen of the network
     */
    public OpenedExamples openKeys(NetworkOpener opener, boolean memoryAlone) throws IOException {
        return open(Examples::of, opener, (network, images) -> {
            int classes = images.classNames().size();
            boolean fits = images.hasClassNames() ? classes == network.classes() : classes <= network.classes();
            if (!fits && !network.settings().classes().isEmpty()) {
                throw new IllegalArgumentException("--outputs names " + network.classes()
                        + " outputs of the network: expected one for each of the " + classes + " classes of "
                        + images.name());
            }
            return memoryAlone || !fits ? Examples.withoutProbabilities(network, images) : Examples.of(network, images);
        });
    }

    /** Opens images with a network's answers, whatever its classes are. */
    public OpenedExamples openAnswers(NetworkOpener opener) throws IOException {
        return open(Examples::of, opener, Examples::of);
    }

    /** The names of the classes of images. */
    public List<String> classNames() throws IOException {
        return ImageSets.open(specification).classNames();
    }

    /** Features as queries of an index; they may lack the probabilities of its spare classes. */
    public static Examples of(FeatureSet features, CacheIndex index) {
        int missing = index.classes() - features.probabilityClasses().orElse(0);
        return Examples.of(features, missing == index.format().spareClasses() ? missing : 0);
    }

    /** Puts images behind a network. */
    private interface Viewer {
        Examples view(Network network, ImageSet images) throws IOException;
    }

    /** The given option that only images behind a network of this process have; null if none is given. */
    public @Nullable String imageOption() {
        return mirrors.given() ? "--flip" : blur != null ? "--blur" : model.given() ? "--model" : null;
    }

    private OpenedExamples open(Function<FeatureSet, Examples> reader, NetworkOpener opener, Viewer viewer)
            throws IOException {
        if (areFeatures()) {
            String option = imageOption();
            if (option != null) {
                throw new IllegalArgumentException(
                        option + " is for images: leave it out with features:, which are the output of a network");
            }
            FeatureSet features = FeatureSet.open(specification);
            return OpenedExamples.of(reader.apply(features), features);
        }
        mirrors.requireOne();
        if (blur != null && !(blur > 0 && blur <= MAX_BLUR)) {
            throw new IllegalArgumentException("--blur " + Format.number(blur)
                    + ": expected a positive number of pixels, at most " + Format.number(MAX_BLUR));
        }
        if (!model.given()) {
            ImageSets.open(specification); // reports a wrong specification before the missing network
        }
        Network network = opener.open(model.require("images need a network"));
        return Resources.guarded(network, () -> {
            ImageSet images = blur == null ? images() : GaussianFilter.blurred(images(), blur);
            return OpenedExamples.of(
                    viewer.view(network, mirrors.append(images, network.path(), network.settings())), network);
        });
    }

    private ImageSet images() throws IOException {
        ImageSet all = ImageSets.open(specification);
        if (!skipBroken) {
            return all;
        }
        ReadableImages readable = ReadableImages.of(all, Progress.NONE);
        readable.problems().forEach(problem -> LOG.log(System.Logger.Level.WARNING, "left out: {0}", problem));
        return readable.images();
    }

    /**
     * Draws images that can be read; none if they are blurred, which no network was trained for.
     *
     * @param most the number of all
     */
    public Optional<ReadableImages> sample(int most) throws IOException {
        if (areFeatures() || blur != null) {
            return Optional.empty();
        }
        ImageSet all = ImageSets.open(specification);
        int[] rows = BalancedSample.shuffled(IntStream.range(0, all.size()).toArray(), 1);
        return Optional.of(
                ReadableImages.of(all.select(Arrays.copyOf(rows, Math.min(most, rows.length))), Progress.NONE));
    }

    /** Returns true if the second half of the examples are mirror images of the first half. */
    public boolean mirrors() {
        return mirrors.given();
    }
}
