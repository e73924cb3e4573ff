package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Neighbor;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.methods.Answers.Seconds;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.readout.LabelledKeys;
import io.github.afterimage.experiments.readout.LinearReadout;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.GridSearch;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The methods with one choice of keys: each is made from the keys, tuned on other examples, and answers the test examples.
 *
 * @param widen whether to widen the grid of θ where the best one lies on its edge
 * @param answers those so far
 */
record MethodDraw(
        Examples keys,
        LabelledAnswers tuning,
        LabelledAnswers test,
        Protocol protocol,
        boolean widen,
        Progress progress,
        List<Answers> answers) {
    static final String NETWORK = "network";
    static final String SCALED = "network, temperature";
    private static final Seconds NONE = new Seconds(0, 0);
    /** Numbers of neighbours that are tried. */
    static final int[] NEIGHBORS = {1, 3, 5, 10, 20, 50, 75, 100, 200};

    static MethodDraw of(
            Examples keys, Examples tuning, Examples test, Protocol protocol, boolean widen, Progress progress)
            throws IOException {
        int classes = IntStream.of(keys.classes(), tuning.classes(), test.classes())
                .max()
                .orElseThrow();
        LabelledAnswers held = LabelledAnswers.of(tuning, classes, progress);
        LabelledAnswers asked = LabelledAnswers.of(test, classes, progress);
        return new MethodDraw(keys, held, asked, protocol, widen, progress, new ArrayList<>());
    }

    int classes() {
        return test.classes();
    }

    /**
     * Returns the answers of the network, if there is one, then those of each method, alone and mixed with the network.
     *
     * @throws IllegalArgumentException if only the pool is wanted, and there is no network
     */
    List<Answers> run(Set<Method> methods) throws IOException {
        if (!hasNetwork() && methods.equals(Set.of(Method.POOLED))) {
            throw new IllegalArgumentException("method \"" + Method.POOLED + "\": the tuning and test examples have no"
                    + " probabilities of a network to pool; give them \"probabilities\", or choose other methods");
        }
        float[] held = tuning.network();
        float[] network = test.network();
        if (held != null && network != null) {
            answers.add(new Answers(NETWORK, network, "", NONE));
            Temperature temperature = Temperature.fit(held, tuning.labels());
            answers.add(new Answers(
                    SCALED, temperature.scale(network, classes()), "T " + number(temperature.value()), NONE));
        }
        try (CacheIndex index = index(keys.size())) {
            int last = IntStream.range(0, keys.size()).map(keys::label).max().orElseThrow();
            Seconds seconds = fill(index, last);
            if (methods.contains(Method.CACHE)) {
                addIndex(Method.CACHE, index, seconds, false);
            }
            if (methods.contains(Method.NEAREST)) {
                addNearest(index, seconds);
            }
            if (methods.contains(Method.MEANS)) {
                addMeans(index, last);
            }
            answers.addAll(new WhitenedMethods(this).run(methods, last));
            if (methods.contains(Method.READOUT)) {
                addReadout(index);
            }
        }
        return answers;
    }

    boolean hasNetwork() {
        return test.network() != null && tuning.network() != null;
    }

    private CacheIndex index(long expectedKeys) {
        return protocol.recipe().builder(keys.dim(), classes(), expectedKeys).build();
    }

    /** Adds the keys, those of the last class after the others. */
    Seconds fill(CacheIndex index, int last) throws IOException {
        double make = IndexFiller.fill(index, select(last, false), progress).cacheSeconds();
        double change = IndexFiller.fill(index, select(last, true), progress).cacheSeconds();
        return new Seconds(make + change, change);
    }

    private Examples select(int label, boolean equal) {
        return keys.select(IntStream.range(0, keys.size())
                .filter(row -> (keys.label(row) == label) == equal)
                .toArray());
    }

    /**
     * Returns the answers of a method alone and, with a network, those of its mixture.
     *
     * @param memory the method's probabilities in the mixture
     * @param mixedChosen what the mixture has tuned
     */
    List<Answers> both(
            Method method,
            float[] alone,
            String chosen,
            float[] memory,
            double lambda,
            String mixedChosen,
            Seconds seconds) {
        Answers own = new Answers(method.title(), alone, chosen, seconds);
        return hasNetwork()
                ? List.of(own, new Answers(method.mixedTitle(), test.mixed(lambda, memory), mixedChosen, seconds))
                : List.of(own);
    }

    /** @param scaled whether the probabilities alone get the temperature with the least loss, since θ changes no answer */
    private void addIndex(Method method, CacheIndex index, Seconds seconds, boolean scaled) throws IOException {
        Tuner tuner = GridSearch.run(new Evaluation(index, tuning.examples()), protocol.tuner(), widen, progress)
                .tuner();
        Hyperparameters alone = tuner.bestCacheOnly().hyperparameters();
        Hyperparameters mixture = hasNetwork() ? tuner.best().hyperparameters() : alone;
        double theta = alone.theta();
        float[][] found = test.ofMemory(index, progress, alone, mixture);
        float[] probabilities = found[0];
        double shown = theta;
        if (scaled) {
            Temperature temperature = Temperature.fit(tuning.ofMemory(index, progress, alone)[0], tuning.labels());
            probabilities = temperature.scale(probabilities, classes());
            shown = theta / temperature.value();
        }
        String chosen = "θ " + number(shown) + (scaled ? "" : edge(tuner, theta));
        String mixedChosen =
                "θ " + number(mixture.theta()) + edge(tuner, mixture.theta()) + ", λ " + number(mixture.lambda());
        answers.addAll(both(method, probabilities, chosen, found[1], mixture.lambda(), mixedChosen, seconds));
    }

    private static String edge(Tuner tuner, double theta) {
        return GridOptions.atEdge(tuner.thetas(), theta) ? " (the grid's edge)" : "";
    }

    private void addNearest(CacheIndex index, Seconds seconds) throws IOException {
        int[] counts = Arrays.stream(NEIGHBORS).filter(k -> k <= index.size()).toArray();
        float[][] votes = votes(index, tuning.examples(), counts);
        int best = 0;
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < counts.length; i++) {
            long errors = tuning.errors(1, votes[i]);
            if (errors < fewest) {
                fewest = errors;
                best = i;
            }
        }
        float[] found = votes(index, test.examples(), counts[best])[0];
        add(Method.NEAREST, votes[best], found, "k " + counts[best], seconds);
    }

    /**
     * Returns the shares of votes, {@code (counts, examples x classes())}.
     *
     * @param counts ascending, at most the number of keys
     */
    private float[][] votes(CacheIndex index, Examples examples, int... counts) throws IOException {
        float[][] votes = new float[counts.length][examples.size() * classes()];
        CacheIndex compatible = CompatibleIndex.of(index, examples);
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            Answer nearest = compatible.answer(Query.of(batch.features()).neighbors(counts[counts.length - 1]));
            for (int row = 0; row < batch.labels().length; row++) {
                List<Neighbor> neighbors = nearest.row(row).neighbors();
                int first = (batch.first() + row) * classes();
                for (int i = 0; i < counts.length; i++) {
                    for (Neighbor neighbor : neighbors.subList(0, counts[i])) {
                        votes[i][first + neighbor.label()] += 1f / counts[i];
                    }
                }
            }
        });
        return votes;
    }

    private void addMeans(CacheIndex encoder, int last) throws IOException {
        Stopwatch watch = Stopwatch.started();
        ClassMeans means = new ClassMeans(encoder, keys, progress);
        try (CacheIndex index = index(classes())) {
            means.addTo(index);
            double make = watch.seconds();
            Stopwatch again = Stopwatch.started();
            Examples learned = select(last, true);
            try (CacheIndex one = index(1)) {
                new ClassMeans(encoder, learned, Progress.NONE).addTo(one);
            }
            addIndex(Method.MEANS, index, new Seconds(make, again.seconds()), true);
        }
    }

    private void addReadout(CacheIndex encoder) throws IOException {
        try (LabelledKeys rows = LabelledKeys.of(encoder, keys, progress);
                LabelledKeys held = LabelledKeys.of(encoder, tuning.examples(), progress);
                LabelledKeys asked = LabelledKeys.of(encoder, test.examples(), progress)) {
            Stopwatch watch = Stopwatch.started();
            LinearReadout readout =
                    LinearReadout.fit(rows, held, protocol.recipe().threads(), progress);
            Seconds seconds = new Seconds(watch.seconds(), watch.seconds());
            String chosen =
                    String.format(Locale.ROOT, "penalty %.0e", readout.best().penalty());
            add(Method.READOUT, readout.probabilities(held), readout.probabilities(asked), chosen, seconds);
        }
    }

    /** Adds a method alone, and mixed with the network by the λ with the fewest errors on the tuning examples. */
    private void add(Method method, float[] ofTuning, float[] ofTest, String chosen, Seconds seconds) {
        double lambda = hasNetwork() ? tuning.bestLambda(protocol.lambdas(), ofTuning) : 1;
        answers.addAll(both(method, ofTest, chosen, ofTest, lambda, chosen + ", λ " + number(lambda), seconds));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value).replaceAll("\\.?0+$", "");
    }
}
