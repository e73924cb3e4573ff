package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.statistics.LogPool;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The logarithmic pool of a network, a memory at some θ, and the class factor: p(c) ∝ p_net(c)^a p_mem(c)^b exp(d zᵀm_c). The
 * tuning examples choose θ and fit the exponents, both by -log p of the true class. A class without keys gets hardly any
 * probability, and the network as much as elsewhere.
 *
 * <p>First {@link #accept}s the answers to all tuning examples.
 */
final class PooledMemory {
    /** Of the class factor: its exponent scales it, so any would do. */
    private static final double BETA = 10;

    private static final Hyperparameters FACTOR = new Hyperparameters(0, 1, BETA);
    private static final Hyperparameters SIZES = new Hyperparameters(0, 1);

    private final LabelledAnswers tuning;
    private final double[] thetas;
    private final int beta;
    private final float[][] found; // of each θ: (examples, classes); of θ 0: the class factor
    private final float[] sizes; // the answers at θ 0 without the factor: shares of the keys
    private double theta;
    private @Nullable LogPool best;

    /**
     * @param thetas those of the answers: 0, then the θ to choose from
     * @param betas those of the answers: 0 and others, among them {@value #BETA}
     */
    PooledMemory(LabelledAnswers tuning, double[] thetas, double[] betas) {
        this.tuning = tuning;
        this.thetas = thetas;
        beta = (int) DoubleStream.of(betas).takeWhile(b -> b != BETA).count();
        found = new float[thetas.length][tuning.labels().length * tuning.classes()];
        sizes = new float[found[0].length];
    }

    void accept(Examples.Batch batch, Answer cache) {
        LabelledAnswers.copy(cache.at(0, 0), batch, sizes);
        for (int t = 0; t < thetas.length; t++) {
            LabelledAnswers.copy(cache.at(t, t == 0 ? beta : 0), batch, found[t]);
        }
    }

    /** Returns what is left of the answers at θ 0 without the sizes of the classes; 0 for a class without keys. */
    private static float[] factor(float[] answers, float[] sizes) {
        float[] factor = new float[answers.length];
        for (int i = 0; i < factor.length; i++) {
            factor[i] = sizes[i] == 0 ? 0 : answers[i] / sizes[i];
        }
        return factor;
    }

    /** Returns the mean of -log p of the true class of the tuning examples, after choosing θ and the exponents. */
    double fit() {
        float[] factor = factor(found[0], sizes);
        for (int t = 1; t < thetas.length; t++) {
            LogPool pool = LogPool.fit(List.of(network(tuning), found[t], factor), tuning.labels());
            if (best == null || pool.logLoss() < best.logLoss()) {
                best = pool;
                theta = thetas[t];
            }
        }
        return pool().logLoss();
    }

    boolean choseFirstTheta() {
        return theta == thetas[1];
    }

    boolean choseLastTheta() {
        return theta == thetas[thetas.length - 1];
    }

    private LogPool pool() {
        return Objects.requireNonNull(best, "call fit() first");
    }

    private static float[] network(LabelledAnswers answers) {
        return Objects.requireNonNull(answers.network(), "no network");
    }

    /** Returns the answers of the pool to other examples, of the same index. */
    float[] answers(CacheIndex index, LabelledAnswers answers, Progress progress) throws IOException {
        float[][] memory = answers.ofMemory(index, progress, new Hyperparameters(theta, 1), FACTOR, SIZES);
        return pool().pool(List.of(network(answers), memory[0], factor(memory[1], memory[2])), answers.classes());
    }

    /** Returns θ and the exponents of the network, the memory and the factor exp(zᵀm_c) as text. */
    String chosen() {
        double[] exponents = pool().exponents();
        return String.format(
                Locale.ROOT,
                "θ %.3g, exponents: network %.3g, keys %.3g, class factor %.3g",
                theta,
                exponents[0],
                exponents[1],
                exponents[2] * BETA);
    }
}
