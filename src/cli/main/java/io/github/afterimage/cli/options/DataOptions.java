package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.NormalizedMirrors;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.spark.ShareOptions;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkEvaluation;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Labelled examples, and the network where they are images. */
public final class DataOptions {
    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            order = 5,
            required = true,
            paramLabel = "DATA",
            description = {
                "What to read:",
                "  cifar10:PATH#train, cifar10:PATH#test, cifar100:...:",
                "    a folder or the official archive",
                "  images:DIR: a folder per class, sorted by name or named as the index says,",
                "    of .png, .jpg, .bmp, .gif, .tiff and .webp files of at most 64 megapixels",
                "    (-Dafterimage.maxPixels), turned as their EXIF orientation says",
                "  npz:FILE: images, labels",
                "  features:FILE, without --model: features (or keys), labels, and",
                "    probabilities or logits (else the cache answers alone); a .npz or",
                "    .safetensors file, or a .npy or flat Faiss file with",
                "    NAME.labels.npy and NAME.probabilities.npy beside it",
                "A range follows in brackets: #train[0:45000], DIR[100:200]. Quote it in a shell. Of images:DIR, whose order "
                        + "is random but fixed, it has of each class its share; of other data it is in the file's order."
            })
    private String specification;

    @Option(names = "--flip", order = 6, description = "Also take the mirror image of every image.")
    private boolean flip;

    @Option(
            names = "--flip-after",
            order = 6,
            paramLabel = "TENSOR",
            description =
                    "As --flip, mirrored after the network's normalisation, which ends in TENSOR: as the paper did.")
    private String flipAfter;

    /** Opens the network, once it is known that there is one. */
    public interface NetworkOpener {
        Network open(Path model) throws IOException;
    }

    /** Fails for data that Spark does not take. */
    public void requireForSpark() {
        if (areFeatures() || flipAfter != null) {
            throw new IllegalArgumentException((flipAfter == null ? "features:" : "--flip-after")
                    + " with --spark: expected images, which Spark runs through the network");
        }
    }

    /** Opens the index and the data on Spark. */
    public SparkEvaluation onSpark(SparkOption spark, IndexOptions index) throws IOException {
        requireForSpark();
        ShareOptions options = new ShareOptions(index.engine(), index.verify(), index.residentBytes());
        return SparkEvaluation.open(spark.master(), index.file(), options, model(), new SparkData(specification, flip));
    }

    /** Fails if {@code output} is the network or the data. */
    public void checkIsNot(Path output) throws IOException {
        model.checkIsNot(output);
        OutputFile.checkIsNot(output, ImageSets.path(specification));
    }

    /** The network's file, which must be given. */
    public Path model() {
        return model.require("images need a network");
    }

    public String specification() {
        return specification;
    }

    public boolean flip() {
        return flip;
    }

    public boolean areFeatures() {
        return FeatureSet.accepts(specification);
    }

    /** In one line, as it is kept with an index. */
    public String description() {
        if (flipAfter != null) {
            return specification + " +mirrors after " + flipAfter;
        }
        return flip ? specification + " +mirrors" : specification;
    }

    /** What an example is called. */
    public String unit() {
        return areFeatures() ? "row" : "image";
    }

    /** The examples as an index takes them as queries. */
    public OpenedExamples openFor(CacheIndex index, int threads) throws IOException {
        boolean cacheOnly = KeySource.isCacheOnly(index);
        return open(
                file -> CacheModel.network(
                        file, index, NetworkSettings.defaults().withThreads(threads)),
                (network, images) -> {
                    ImageSet matched = images.withClasses(index.classNames(), index.classes());
                    return cacheOnly ? Examples.withoutProbabilities(network, matched) : Examples.of(network, matched);
                });
    }

    /**
     * The examples as keys are made of them. The network's classes are others where {@code cacheOnly} says so, or where
     * there are more or fewer names; classes that are only numbered may be some of the network's.
     */
    public OpenedExamples openKeys(NetworkOpener opener, boolean cacheOnly) throws IOException {
        return open(opener, (network, images) -> {
            int classes = images.classNames().size();
            boolean fits = images.hasClassNames() ? classes == network.classes() : classes <= network.classes();
            return cacheOnly || !fits ? Examples.withoutProbabilities(network, images) : Examples.of(network, images);
        });
    }

    /** Puts images behind a network. */
    private interface Viewer {
        Examples view(Network network, ImageSet images) throws IOException;
    }

    private OpenedExamples open(NetworkOpener opener, Viewer viewer) throws IOException {
        if (areFeatures()) {
            if (model.given() || mirrors()) {
                throw new IllegalArgumentException((mirrors() ? "--flip" : "--model")
                        + " is for images: leave it out with features:, which hold what a network gave");
            }
            FeatureSet features = FeatureSet.open(specification);
            return OpenedExamples.of(Examples.of(features), features);
        }
        requireOneMirror(flip, flipAfter);
        if (!model.given()) {
            ImageSets.open(specification); // a wrong specification is the first thing to say
        }
        Network network = opener.open(model.require("images need a network"));
        try {
            ImageSet images = ImageSets.open(specification);
            return OpenedExamples.of(viewer.view(network, withMirrors(images, network)), network);
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** Examples beside an index; the message names the data if they do not fit it. */
    public Evaluation evaluation(CacheIndex index, Examples examples) {
        try {
            return new Evaluation(index, examples);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(description(), e);
        }
    }

    public static void requireOneMirror(boolean flip, String flipAfter) {
        if (flip && flipAfter != null) {
            throw new IllegalArgumentException("--flip with --flip-after " + flipAfter
                    + ": leave out --flip, since --flip-after takes mirror images already");
        }
    }

    /** Whether mirror images follow the images. */
    public boolean mirrors() {
        return flip || flipAfter != null;
    }

    private ImageSet withMirrors(ImageSet images, Network network) throws IOException {
        if (flipAfter != null) {
            return NormalizedMirrors.of(images, network.path(), flipAfter, network.settings());
        }
        return flip ? images.withMirrorImages() : images;
    }
}
