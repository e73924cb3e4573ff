package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.methods.Answers.Seconds;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.GridSearch;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The methods that compare whitened keys. Each takes the ε whose -log p of the true class is the least on the tuning examples. */
record WhitenedMethods(MethodDraw draw) {
    /** Of these, few labels need a great one, because the covariance within classes is then uncertain. */
    static final double[] EPSILONS = {0.03, 0.1, 0.3, 1, 3};

    /** 2.5 to 113, in steps of √2. */
    private static final double[] THETAS = IntStream.range(0, 12)
            .mapToDouble(i -> Tuner.rounded(2.5 * Math.pow(2, i / 2.0)))
            .toArray();

    private static final double[] BETAS = GridSearch.betas();

    /** The best that was found for a method, with its answers to the test examples. */
    private record Best(double logLoss, List<Answers> answers) {}

    /** The choices of the tuning examples: a point for each method, and the pool if it is wanted, on the grid of θ that was reached. */
    private record Tuned(
            Map<Method, Tuner> tuners, @Nullable PooledMemory pooled, double pooledLoss) {
        /** Returns whether a θ at the end of the grid is the best for some method, or one at its beginning; empty if neither. */
        Optional<Boolean> edge() {
            Stream<Optional<Boolean>> edges = tuners.values().stream()
                    .filter(tuner -> tuner.thetas().length > 1)
                    .map(tuner -> edge(tuner.bestIsFirstTheta(), tuner.bestIsLastTheta()));
            return Stream.concat(
                            edges,
                            Stream.ofNullable(pooled).map(pool -> edge(pool.choseFirstTheta(), pool.choseLastTheta())))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        private static Optional<Boolean> edge(boolean first, boolean last) {
            return first || last ? Optional.of(last) : Optional.empty();
        }
    }

    /** An index of whitened draw.keys(), with the seconds to make it and to add another class. */
    private record Whitened(CacheIndex index, double epsilon, Seconds seconds) {}

    /** @param last the class that is added after the others, to measure how long it takes */
    List<Answers> run(Set<Method> wanted, int last) throws IOException {
        boolean pools = wanted.contains(Method.POOLED) && draw.hasNetwork();
        if (tuners(wanted, THETAS).isEmpty() && !pools) {
            return List.of();
        }
        Map<Method, Best> best = new EnumMap<>(Method.class);
        for (double epsilon : EPSILONS) {
            IndexRecipe recipe = draw.protocol()
                    .recipe()
                    .with(
                            Reduction.whitened(draw.keys().dim(), epsilon),
                            draw.keys().size());
            Stopwatch watch = Stopwatch.started();
            try (CacheIndex index = recipe.build(draw.keys(), draw.keys().size(), draw.progress())) {
                double learn = watch.seconds();
                Seconds added = draw.fill(index, last);
                Whitened whitened = new Whitened(index, epsilon, new Seconds(learn + added.make(), added.change()));
                Tuned tuned = tuned(index, wanted, pools);
                for (Map.Entry<Method, Tuner> each : tuned.tuners.entrySet()) {
                    Tuner tuner = each.getValue();
                    if (isLess(tuner.logLoss(), best.get(each.getKey()))) {
                        best.put(each.getKey(), new Best(tuner.logLoss(), answers(each.getKey(), whitened, tuner)));
                    }
                }
                PooledMemory pooled = tuned.pooled;
                if (pooled != null && isLess(tuned.pooledLoss, best.get(Method.POOLED))) {
                    best.put(Method.POOLED, new Best(tuned.pooledLoss, List.of(answer(whitened, pooled))));
                }
            }
        }
        return best.values().stream().flatMap(each -> each.answers.stream()).toList();
    }

    private static boolean isLess(double logLoss, @Nullable Best before) {
        return before == null || logLoss < before.logLoss;
    }

    private Map<Method, Tuner> tuners(Set<Method> wanted, double[] thetas) {
        Map<Method, Tuner> tuners = new EnumMap<>(Method.class);
        for (Method method : wanted) {
            switch (method) {
                case WHITENED ->
                    tuners.put(method, new Tuner(thetas, draw.protocol().lambdas()));
                case FACTOR ->
                    tuners.put(method, new Tuner(thetas, BETAS, draw.protocol().lambdas()));
                case DISCRIMINANT ->
                    tuners.put(
                            method,
                            new Tuner(new double[] {0}, BETAS, draw.protocol().lambdas()));
                default -> {} // does not whiten
            }
        }
        return tuners;
    }

    /** Tunes all in one pass, and again on a wider grid while the best θ of one lies on the edge. */
    private Tuned tuned(CacheIndex index, Set<Method> wanted, boolean pools) throws IOException {
        double[] thetas = THETAS;
        for (int widenings = 0; ; widenings++) {
            Map<Method, Tuner> tuners = tuners(wanted, thetas);
            double[] all = DoubleStream.concat(DoubleStream.of(0), DoubleStream.of(thetas)) // 0: the class factor alone
                    .toArray();
            PooledMemory pooled = pools ? new PooledMemory(draw.tuning(), all, BETAS) : null;
            tune(index, all, tuners, pooled);
            Tuned tuned = new Tuned(tuners, pooled, pooled == null ? 0 : pooled.fit());
            Optional<Boolean> edge = tuned.edge();
            if (!draw.widen() || widenings == GridSearch.MAX_WIDENINGS || edge.isEmpty()) {
                return tuned;
            }
            thetas = GridSearch.widened(thetas, edge.get());
        }
    }

    private void tune(CacheIndex index, double[] thetas, Map<Method, Tuner> tuners, @Nullable PooledMemory pooled)
            throws IOException {
        new Evaluation(index, draw.tuning().examples()).run(thetas, BETAS, draw.progress(), (batch, cache) -> {
            List<Answer> all = cache.points();
            for (Tuner tuner : tuners.values()) {
                List<Answer> points = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    boolean hasTheta = thetas[i / BETAS.length] > 0 == tuner.thetas()[0] > 0;
                    if (hasTheta && i % BETAS.length < tuner.betas().length) {
                        points.add(all.get(i));
                    }
                }
                tuner.accept(points, batch.probabilities(), batch.labels());
            }
            if (pooled != null) {
                pooled.accept(batch, cache);
            }
        });
    }

    private List<Answers> answers(Method method, Whitened whitened, Tuner tuner) throws IOException {
        Hyperparameters alone = tuner.bestCacheOnly().hyperparameters();
        Hyperparameters mixture = tuner.best().hyperparameters();
        float[][] found = draw.test().ofMemory(whitened.index, draw.progress(), alone, mixture);
        String mixedChosen = words(whitened, mixture) + String.format(Locale.ROOT, ", λ %.3g", mixture.lambda());
        return draw.both(
                method, found[0], words(whitened, alone), found[1], mixture.lambda(), mixedChosen, whitened.seconds);
    }

    private Answers answer(Whitened whitened, PooledMemory pooled) throws IOException {
        float[] found = pooled.answers(whitened.index, draw.test(), draw.progress());
        String chosen = words(whitened, new Hyperparameters(0, 1)) + ", " + pooled.chosen();
        return new Answers(Method.POOLED.mixedTitle(), found, chosen, whitened.seconds);
    }

    private static String words(Whitened whitened, Hyperparameters chosen) {
        return String.format(Locale.ROOT, "ε %.3g", whitened.epsilon)
                + (chosen.theta() == 0 ? "" : String.format(Locale.ROOT, ", θ %.3g", chosen.theta()))
                + (chosen.beta() == 0 ? "" : String.format(Locale.ROOT, ", β %.3g", chosen.beta()));
    }
}
