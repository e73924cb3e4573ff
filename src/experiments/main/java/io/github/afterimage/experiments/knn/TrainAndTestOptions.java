package io.github.afterimage.experiments.knn;

import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.Closeable;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Labelled examples whose features become keys, others that are classified, and the network of images. */
public final class TrainAndTestOptions {
    @Option(
            names = "--train",
            required = true,
            paramLabel = "DATA",
            description =
                    "The examples whose labels are known: data that \"build\" takes, such as features:train.npz, images:DIR"
                            + " or cifar10:PATH#train.")
    private String train;

    @Option(
            names = "--test",
            required = true,
            paramLabel = "DATA",
            description = "The examples to classify, of the same kind and the same classes.")
    private String test;

    @Mixin
    private ModelOption model;

    @Mixin
    private KeyLayersOption layers;

    @Mixin
    private PreprocessingOptions preprocessing;

    /** Both sets of examples; closing them closes their files or their network. */
    public record Opened(Examples train, Examples test, Closeable owner) implements Closeable {
        @Override
        public void close() throws IOException {
            owner.close();
        }
    }

    public String train() {
        return train;
    }

    public String test() {
        return test;
    }

    public boolean areFeatures() {
        return FeatureSet.accepts(train);
    }

    /** Opens both. */
    public Opened open(int threads) throws IOException {
        if (FeatureSet.accepts(test) != areFeatures()) {
            throw new IllegalArgumentException(
                    "--train " + train + " and --test " + test + ": expected features: of both, or images of both");
        }
        Opened opened = areFeatures() ? openFeatures() : openImages(threads);
        int dim = opened.train.dim();
        if (opened.test.dim() != dim) {
            opened.close();
            throw new IllegalArgumentException("--test " + test + " has " + opened.test.dim()
                    + " features in a row: expected the " + dim + " of --train " + train);
        }
        return opened;
    }

    private Opened openFeatures() throws IOException {
        if (model.given() || preprocessing.given() || layers.given()) {
            throw new IllegalArgumentException("--model, --layers, --preprocess and --output are for images: leave them"
                    + " out with features:, which are the output of a network");
        }
        FeatureSet keys = FeatureSet.open(train);
        try {
            FeatureSet queries = FeatureSet.open(test);
            return new Opened(Examples.of(keys), Examples.of(queries), () -> {
                queries.close();
                keys.close();
            });
        } catch (IOException | RuntimeException e) {
            keys.close();
            throw e;
        }
    }

    private Opened openImages(int threads) throws IOException {
        ImageSet keys = ImageSets.open(train);
        ImageSet queries = ImageSets.open(test)
                .withClasses(keys.classNames(), keys.classNames().size());
        Network network = Network.open(
                model.require("images need a network"), layers.require(false).terms(), preprocessing.settings(threads));
        return new Opened(
                Examples.withoutProbabilities(network, keys),
                Examples.withoutProbabilities(network, queries),
                network::close);
    }
}
