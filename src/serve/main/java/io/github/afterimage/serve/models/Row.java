package io.github.afterimage.serve.models;

import io.github.afterimage.Answer;
import io.github.afterimage.Neighbor;
import io.github.afterimage.model.Classification;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The answer for one row of a request.
 *
 * @param probabilities of the mixture {@code (classes)}; those of the cache where it answers alone
 * @param network {@code (classes)}; null where the cache answers alone
 * @param memory the probabilities of the cache {@code (classes)}
 * @param similarKeys those that similar keys alone give {@code (classes)}
 * @param classFactors how many times the direction of a class makes them {@code (classes)}
 * @param halfWidth of an interval around each probability of the cache; 0 if they are exact
 * @param keysRead number of keys that were read beside a sketch; all if the probabilities are exact
 * @param set the classes that have the true one with the coverage that was asked for, the most probable first; none without it
 * @param isRefused whether nothing remembered is like the row, so that nobody is told its probabilities
 */
record Row(
        double[] probabilities,
        float @Nullable [] network,
        float[] memory,
        float[] similarKeys,
        double[] classFactors,
        double logMass,
        double halfWidth,
        long keysRead,
        List<Neighbor> neighbors,
        List<Integer> set,
        boolean isRefused) {

    static Row of(Classification answer) {
        return new Row(
                answer.probabilities(),
                answer.hasNetwork() ? answer.network() : null,
                answer.cache(),
                answer.similarKeys(),
                answer.classFactors(),
                answer.logMass(),
                answer.halfWidth(),
                answer.keysRead(),
                answer.neighbors(),
                List.of(),
                false);
    }

    /** Returns this row without an answer. */
    Row refused() {
        return with(List.of(), true);
    }

    /** Returns this row with a set. */
    Row with(List<Integer> labels) {
        return with(labels, isRefused);
    }

    private Row with(List<Integer> labels, boolean refused) {
        return new Row(
                probabilities,
                network,
                memory,
                similarKeys,
                classFactors,
                logMass,
                halfWidth,
                keysRead,
                neighbors,
                labels,
                refused);
    }

    /** @param neighbors whether the answer has neighbours */
    static List<Row> of(Answer answer, boolean neighbors) {
        return IntStream.range(0, answer.batch())
                .mapToObj(query -> of(answer.row(query), neighbors))
                .toList();
    }

    private static Row of(Answer.Row cache, boolean neighbors) {
        float[] memory = cache.probabilities();
        float[] similarKeys = new float[memory.length];
        double[] factors = new double[memory.length];
        double[] probabilities = new double[memory.length];
        for (int c = 0; c < memory.length; c++) {
            similarKeys[c] = cache.probabilityOfKeys(c);
            factors[c] = cache.classFactor(c);
            probabilities[c] = memory[c];
        }
        List<Neighbor> nearest = neighbors ? List.copyOf(cache.neighbors()) : List.of();
        return new Row(
                probabilities,
                null,
                memory,
                similarKeys,
                factors,
                cache.logMass(),
                cache.halfWidth(),
                cache.keysRead(),
                nearest,
                List.of(),
                false);
    }
}
