package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.GridSearch;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The methods that compare whitened keys. Each takes the ε whose -log p of the true class is the least on the tuning examples. */
final class WhitenedMethods {
    /** Of these, few labels need a great one, because the covariance within classes is then uncertain. */
    static final double[] EPSILONS = {0.03, 0.1, 0.3, 1, 3};

    /** 2.5 to 113, in steps of √2; 0 first, for the class factor alone. */
    private static final double[] THETAS = IntStream.range(0, 13)
            .mapToDouble(i -> i == 0 ? 0 : Tuner.rounded(2.5 * Math.pow(2, (i - 1) / 2.0)))
            .toArray();

    private static final double[] BETAS = GridSearch.betas();

    private final Examples keys;
    private final Examples tuning;
    private final Examples test;
    private final Protocol protocol;
    private final LabelledAnswers tuningAnswers;
    private final LabelledAnswers testAnswers;
    private final Progress progress;

    WhitenedMethods(
            Examples keys,
            Examples tuning,
            Examples test,
            Protocol protocol,
            LabelledAnswers tuningAnswers,
            LabelledAnswers testAnswers,
            Progress progress) {
        this.keys = keys;
        this.tuning = tuning;
        this.test = test;
        this.protocol = protocol;
        this.tuningAnswers = tuningAnswers;
        this.testAnswers = testAnswers;
        this.progress = progress;
    }

    /** The best that was found for a method, with its answers to the test examples. */
    private record Best(double logLoss, List<Answers> answers) {}

    /** An index of whitened keys, with the seconds to make it and to add another class. */
    private record Whitened(CacheIndex index, double epsilon, double make, double change) {}

    /** @param last the class that is added after the others, to measure how long it takes */
    List<Answers> run(Set<Method> wanted, int last) throws IOException {
        boolean pools = wanted.contains(Method.POOLED) && hasNetwork();
        if (tuners(wanted).isEmpty() && !pools) {
            return List.of();
        }
        Map<Method, Best> best = new EnumMap<>(Method.class);
        for (double epsilon : EPSILONS) {
            IndexRecipe recipe = protocol.recipe().with(Reduction.whitened(keys.dim(), epsilon), keys.size());
            Stopwatch watch = Stopwatch.started();
            try (CacheIndex index = recipe.build(keys, keys.size(), progress)) {
                double learn = watch.seconds();
                double make = IndexFiller.fill(index, MethodDraw.select(keys, last, false), progress)
                        .cacheSeconds();
                double change = IndexFiller.fill(index, MethodDraw.select(keys, last, true), progress)
                        .cacheSeconds();
                Whitened whitened = new Whitened(index, epsilon, learn + make + change, change);
                Map<Method, Tuner> tuners = tuners(wanted);
                PooledMemory pooled = pools ? new PooledMemory(tuningAnswers, THETAS, BETAS) : null;
                tune(index, tuners, pooled);
                for (Map.Entry<Method, Tuner> each : tuners.entrySet()) {
                    Tuner tuner = each.getValue();
                    if (isLess(tuner.logLoss(), best.get(each.getKey()))) {
                        best.put(each.getKey(), new Best(tuner.logLoss(), answers(each.getKey(), whitened, tuner)));
                    }
                }
                if (pooled != null) {
                    double loss = pooled.fit();
                    if (isLess(loss, best.get(Method.POOLED))) {
                        best.put(Method.POOLED, new Best(loss, List.of(answer(whitened, pooled))));
                    }
                }
            }
        }
        return best.values().stream().flatMap(each -> each.answers.stream()).toList();
    }

    private boolean hasNetwork() {
        return tuningAnswers.network() != null && testAnswers.network() != null;
    }

    private static boolean isLess(double logLoss, @Nullable Best before) {
        return before == null || logLoss < before.logLoss;
    }

    private Map<Method, Tuner> tuners(Set<Method> wanted) {
        double[] positive =
                IntStream.range(1, THETAS.length).mapToDouble(i -> THETAS[i]).toArray();
        Map<Method, Tuner> tuners = new EnumMap<>(Method.class);
        for (Method method : wanted) {
            switch (method) {
                case WHITENED -> tuners.put(method, new Tuner(positive, protocol.lambdas()));
                case FACTOR -> tuners.put(method, new Tuner(positive, BETAS, protocol.lambdas()));
                case DISCRIMINANT -> tuners.put(method, new Tuner(new double[] {0}, BETAS, protocol.lambdas()));
                default -> {} // does not whiten
            }
        }
        return tuners;
    }

    /** Tunes all in one pass. */
    private void tune(CacheIndex index, Map<Method, Tuner> tuners, @Nullable PooledMemory pooled) throws IOException {
        new Evaluation(index, tuning).run(THETAS, BETAS, progress, (batch, cache) -> {
            List<Answer> all = cache.points();
            for (Tuner tuner : tuners.values()) {
                List<Answer> points = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    boolean hasTheta = THETAS[i / BETAS.length] > 0 == tuner.thetas()[0] > 0;
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
        float[][] found = LabelledAnswers.ofMemory(whitened.index, test, progress, alone, mixture);
        List<Answers> answers = new ArrayList<>();
        answers.add(answer(method.title(), whitened, found[0], words(alone)));
        if (hasNetwork()) {
            String chosen = words(mixture) + String.format(Locale.ROOT, ", λ %.3g", mixture.lambda());
            answers.add(answer(method.mixedTitle(), whitened, testAnswers.mixed(mixture.lambda(), found[1]), chosen));
        }
        return answers;
    }

    private Answers answer(Whitened whitened, PooledMemory pooled) throws IOException {
        float[] found = pooled.answers(whitened.index, test, testAnswers, progress);
        return answer(Method.POOLED.mixedTitle(), whitened, found, ", " + pooled.chosen());
    }

    private static Answers answer(String title, Whitened whitened, float[] found, String chosen) {
        return new Answers(
                title,
                found,
                String.format(Locale.ROOT, "ε %.3g", whitened.epsilon) + chosen,
                whitened.make,
                whitened.change);
    }

    /** θ and β as text, each after a comma; none that is 0. */
    private static String words(Hyperparameters chosen) {
        return (chosen.theta() == 0 ? "" : String.format(Locale.ROOT, ", θ %.3g", chosen.theta()))
                + (chosen.beta() == 0 ? "" : String.format(Locale.ROOT, ", β %.3g", chosen.beta()));
    }
}
