package io.github.afterimage.experiments.attacks;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Query;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Another network, with or without a cache, that classifies images which were changed against the first.
 *
 * <p>Lifetime: owns the network and the index, and closes both.
 */
public record TransferModel(
        Network network, @Nullable CacheIndex index, Hyperparameters hyperparameters, Hyperparameters ofCache)
        implements AutoCloseable {
    private static final int BATCH = 128;

    /** Makes a model without a cache. */
    public static TransferModel of(Network network) {
        Hyperparameters unused = new Hyperparameters(1, 0);
        return new TransferModel(network, null, unused, unused);
    }

    /**
     * Makes a model with a cache, with the θ, λ and β that the index records; the cache alone has the same θ and β.
     *
     * @param network opened with the layers that make a key of the index
     * @param otherwise the mixture if the index records nothing
     * @param ofCache the cache alone in that case
     */
    public static TransferModel of(
            Network network, CacheIndex index, Hyperparameters otherwise, Hyperparameters ofCache) {
        if (!index.attributes().keySet().containsAll(List.of(Hyperparameters.THETA, Hyperparameters.LAMBDA))) {
            return new TransferModel(network, index, otherwise, ofCache);
        }
        Hyperparameters own = Hyperparameters.of(index.attributes());
        return new TransferModel(network, index, own, own);
    }

    /** Classifies images and compares the answers with the true classes. */
    TransferAnswers answers(List<Image> images, int[] truth) {
        Map<Victim, BitSet> wrong = new EnumMap<>(Victim.class);
        for (Victim model : index == null ? List.of(Victim.NETWORK) : List.of(Victim.values())) {
            wrong.put(model, new BitSet());
        }
        TransferAnswers answers = new TransferAnswers(wrong, truth.length);
        for (int first = 0; first < truth.length; first += BATCH) {
            answer(images.subList(first, Math.min(truth.length, first + BATCH)), truth, first, answers);
        }
        return answers;
    }

    private void answer(List<Image> images, int[] truth, int first, TransferAnswers answers) {
        float[] probabilities = new float[images.size() * network.classes()];
        if (index == null) {
            network.run(images, null, FloatBuffer.wrap(probabilities));
        } else {
            FloatBuffer features = ByteBuffer.allocateDirect(images.size() * network.dim() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            network.run(images, features, FloatBuffer.wrap(probabilities));
            features.flip();
            Query query = Query.of(features)
                    .thetas(hyperparameters.theta(), ofCache.theta())
                    .classFactor(hyperparameters.beta(), ofCache.beta());
            Answer cache = index.answer(query);
            Answer mixed = cache.at(0, 0);
            Answer alone = cache.at(1, 1);
            for (int i = 0; i < images.size(); i++) {
                int label = truth[first + i];
                answers.wrong(Victim.MIXED).set(first + i, best(probabilities, i, mixed) != label);
                answers.wrong(Victim.CACHE).set(first + i, alone.row(i).best() != label);
            }
        }
        for (int i = 0; i < images.size(); i++) {
            answers.wrong(Victim.NETWORK).set(first + i, best(probabilities, i, null) != truth[first + i]);
        }
    }

    /** Returns the most probable class of the network, or of the mixture with a cache. */
    private int best(float[] probabilities, int row, @Nullable Answer cache) {
        double lambda = cache == null ? 0 : hyperparameters.lambda();
        int first = row * network.classes();
        return Mixture.best(
                network.classes(),
                c -> Mixture.of(
                        lambda,
                        probabilities[first + c],
                        cache == null ? 0 : cache.row(row).probability(c)));
    }

    @Override
    public void close() {
        network.close();
        if (index != null) {
            index.close();
        }
    }
}
