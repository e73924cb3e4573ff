package io.github.afterimage.experiments.robustness;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Another network, which is shown images that were changed against the first: alone, or also with a memory of its own.
 *
 * <p>Lifetime: owns nothing; the network and the index must outlive it.
 */
public final class AnotherModel {
    private static final int BATCH = 128;

    private final Network network;
    private final CacheIndex index; // or null
    private final Hyperparameters hyperparameters;
    private final double cacheTheta;

    /** Without a memory. */
    public AnotherModel(Network network) {
        this(network, null, null, 0);
    }

    /**
     * @param network opened with the layers that make a key of the index
     * @param cacheTheta θ of the cache alone
     */
    public AnotherModel(Network network, CacheIndex index, Hyperparameters hyperparameters, double cacheTheta) {
        this.network = network;
        this.index = index;
        this.hyperparameters = hyperparameters;
        this.cacheTheta = cacheTheta;
    }

    /** Whether its models are right about each image: those of the memory are missing where there is none. */
    Map<Victim, boolean[]> right(List<Image> images, int[] truth) {
        Map<Victim, boolean[]> right = new EnumMap<>(Victim.class);
        for (Victim each : index == null ? List.of(Victim.NETWORK) : List.of(Victim.values())) {
            right.put(each, new boolean[truth.length]);
        }
        for (int first = 0; first < truth.length; first += BATCH) {
            judge(images.subList(first, Math.min(truth.length, first + BATCH)), truth, first, right);
        }
        return right;
    }

    private void judge(List<Image> images, int[] truth, int first, Map<Victim, boolean[]> right) {
        float[] probabilities = new float[images.size() * network.classes()];
        if (index == null) {
            network.run(images, null, FloatBuffer.wrap(probabilities));
        } else {
            FloatBuffer features = ByteBuffer.allocateDirect(images.size() * network.dim() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            network.run(images, features, FloatBuffer.wrap(probabilities));
            features.flip();
            Distributions beside = index.query(features, hyperparameters.theta());
            Distributions alone = index.query(features, cacheTheta);
            for (int i = 0; i < images.size(); i++) {
                int label = truth[first + i];
                right.get(Victim.MIXED)[first + i] = best(probabilities, i, beside) == label;
                right.get(Victim.CACHE)[first + i] = alone.best(i) == label;
            }
        }
        for (int i = 0; i < images.size(); i++) {
            right.get(Victim.NETWORK)[first + i] = best(probabilities, i, null) == truth[first + i];
        }
    }

    /** The most probable class of the network, or of the mixture with a cache. */
    private int best(float[] probabilities, int row, Distributions cache) {
        int best = 0;
        double greatest = -1;
        for (int c = 0; c < network.classes(); c++) {
            double ofNetwork = probabilities[row * network.classes() + c];
            double p = cache == null ? ofNetwork : hyperparameters.mix(ofNetwork, cache.probability(row, c));
            if (p > greatest) {
                greatest = p;
                best = c;
            }
        }
        return best;
    }
}
