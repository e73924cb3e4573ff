package io.github.afterimage.experiments.attacks;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import java.nio.FloatBuffer;
import java.util.Arrays;
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
record TransferModel(Network network, @Nullable CacheIndex index, Mixture mixture, Mixture ofCache)
        implements AutoCloseable {
    private static final int BATCH = 128;

    /**
     * Makes a model, with a cache if there is an index, and with the θ and λ that the index records; the cache alone has the same θ.
     *
     * @param network opened with the layers that make a key of the index
     * @param otherwise the mixture if the index records nothing
     * @param ofCache the cache alone in that case
     */
    static TransferModel of(Network network, @Nullable CacheIndex index, Mixture otherwise, Mixture ofCache) {
        return index != null && index.calibration(1).rule() instanceof Mixture own
                ? new TransferModel(network, index, own, own)
                : new TransferModel(network, index, otherwise, ofCache);
    }

    /** Classifies images and compares the answers with the true classes. */
    ModelAnswers answers(List<Image> images, int[] truth) {
        Map<Victim, BitSet> wrong = new EnumMap<>(Victim.class);
        for (int first = 0; first < truth.length; first += BATCH) {
            List<Image> batch = images.subList(first, Math.min(truth.length, first + BATCH));
            float[] probabilities = new float[batch.size() * network.classes()];
            FloatBuffer features = index == null ? null : Network.buffer(batch.size(), network.dim());
            network.run(batch, features, FloatBuffer.wrap(probabilities));
            Answer cache = index == null || features == null
                    ? null
                    : index.answer(Query.of(features.flip()).thetas(mixture.theta(), ofCache.theta()));
            for (int i = 0; i < batch.size(); i++) {
                int image = first + i;
                float[] own = Arrays.copyOfRange(probabilities, i * network.classes(), (i + 1) * network.classes());
                Map<Victim, Integer> answers = new EnumMap<>(Map.of(Victim.NETWORK, ArgMax.of(own)));
                if (cache != null) {
                    answers.put(Victim.MIXED, ArgMax.of(mixture.probabilities(own, cache.row(i))));
                    answers.put(Victim.CACHE, cache.at(1).row(i).best());
                }
                answers.forEach((model, answer) ->
                        wrong.computeIfAbsent(model, none -> new BitSet()).set(image, answer != truth[image]));
            }
        }
        return new ModelAnswers(wrong, truth.length);
    }

    @Override
    public void close() {
        network.close();
        if (index != null) {
            index.close();
        }
    }
}
