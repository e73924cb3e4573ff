package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Neighbor;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.probe.LabelledKeys;
import io.github.afterimage.experiments.probe.LinearProbe;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.GridSearch;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Methods with the same keys: each is made from the keys, tuned on other examples, and answers the test examples.
 *
 * @param widen whether to widen the grid of θ where the best one lies on its edge
 * @param answers those so far
 */
record MethodRun(
        Examples keys,
        LabelledAnswers tuning,
        LabelledAnswers test,
        Protocol protocol,
        boolean widen,
        Progress progress,
        List<Answers> answers) {
    private static final String NETWORK = "network";
    /** Numbers of neighbours that are tried. */
    static final int[] NEIGHBORS = {1, 3, 5, 10, 20, 50, 75, 100, 200};
    /** Of the whitened keys of the discriminant. Few labels need a great one, because the covariance within classes is then uncertain. */
    static final double[] EPSILONS = {0.03, 0.1, 0.3, 1, 3};

    /**
     * The answers of one method to the test examples.
     *
     * @param probabilities {@code (examples, classes)} row-major
     * @param chosen the parameters that were tuned, for people; empty without any
     * @param seconds the time to make it from encoded keys, without tuning; 0 if it needs no keys
     */
    record Answers(String method, float[] probabilities, String chosen, double seconds) {}

    static MethodRun of(
            Examples keys, Examples tuning, Examples test, Protocol protocol, boolean widen, Progress progress)
            throws IOException {
        int classes = IntStream.of(keys.classes(), tuning.classes(), test.classes())
                .max()
                .orElseThrow();
        LabelledAnswers held = LabelledAnswers.of(tuning, classes, progress);
        LabelledAnswers asked = LabelledAnswers.of(test, classes, progress);
        return new MethodRun(keys, held, asked, protocol, widen, progress, new ArrayList<>());
    }

    /** Returns the answers of the network, if there is one, then those of each method, alone and mixed with the network. */
    List<Answers> answers(Set<Method> methods) throws IOException {
        float[] network = test.network();
        if (network != null) {
            answers.add(new Answers(NETWORK, network, "", 0));
        }
        try (CacheIndex index = protocol.recipe()
                .builder(keys.dim(), test.classes(), keys.size())
                .build()) {
            double seconds = IndexFiller.fill(index, keys, progress).cacheSeconds();
            for (Method method : methods) {
                switch (method) {
                    case MEMORY -> addMemory(index, seconds);
                    case NEAREST -> addNearest(index, seconds);
                    case MEANS -> add(Method.MEANS, index, ofFactor(index), "", seconds);
                    case PROBE -> addProbe(index);
                    case DISCRIMINANT -> addDiscriminant();
                }
            }
        }
        return answers;
    }

    private boolean hasNetwork() {
        return test.network() != null && tuning.network() != null;
    }

    private void addMemory(CacheIndex index, double seconds) throws IOException {
        Evaluation evaluation = new Evaluation(index, tuning.examples());
        Tuner tuner = GridSearch.run(evaluation, protocol.tunerWithBetas(), widen, progress)
                .tuner();
        add(Method.MEMORY, index, tuner, "", seconds);
    }

    /** Tunes the class factor alone. */
    private Tuner ofFactor(CacheIndex index) throws IOException {
        Tuner tuner = new Tuner(new double[1], GridSearch.betas(), protocol.lambdas());
        new Evaluation(index, tuning.examples()).tune(tuner, progress);
        return tuner;
    }

    /** Adds the discriminant with the ε whose -log p of the true class is the least on the tuning examples. */
    private void addDiscriminant() throws IOException {
        double least = Double.POSITIVE_INFINITY;
        List<Answers> best = List.of();
        for (double epsilon : EPSILONS) {
            IndexRecipe recipe = protocol.recipe().with(Reduction.whitened(keys.dim(), epsilon), keys.size());
            Stopwatch watch = Stopwatch.started();
            try (CacheIndex index =
                    recipe.builder(keys, test.classes(), progress).build()) {
                IndexFiller.fill(index, keys, progress);
                double seconds = watch.seconds();
                Tuner tuner = ofFactor(index);
                if (tuner.logLoss() < least) {
                    least = tuner.logLoss();
                    best = answers(Method.DISCRIMINANT, index, tuner, "ε " + number(epsilon) + ", ", seconds);
                }
            }
        }
        answers.addAll(best);
    }

    private void add(Method method, CacheIndex index, Tuner tuner, String chosen, double seconds) throws IOException {
        answers.addAll(answers(method, index, tuner, chosen, seconds));
    }

    /** @param chosen what else was chosen, before θ, β and λ */
    private List<Answers> answers(Method method, CacheIndex index, Tuner tuner, String chosen, double seconds)
            throws IOException {
        Hyperparameters alone = tuner.bestCacheOnly().hyperparameters();
        Hyperparameters mixture = hasNetwork() ? tuner.best().hyperparameters() : alone;
        float[][] found = test.ofMemory(index, progress, alone, mixture);
        return both(
                method,
                found[0],
                chosen + words(tuner, alone),
                found[1],
                mixture.lambda(),
                chosen + words(tuner, mixture),
                seconds);
    }

    private static String words(Tuner tuner, Hyperparameters chosen) {
        List<String> words = new ArrayList<>();
        if (tuner.thetas().length > 1) {
            boolean edge = GridOptions.atEdge(tuner.thetas(), chosen.theta());
            words.add("θ " + number(chosen.theta()) + (edge ? " (the grid's edge)" : ""));
        }
        if (tuner.betas().length > 1) {
            words.add("β " + number(chosen.beta()));
        }
        return String.join(", ", words);
    }

    /**
     * Returns the answers of a method alone and, with a network, those of its mixture.
     *
     * @param memory the method's probabilities in the mixture
     * @param mixedChosen what the mixture has tuned, beside λ
     */
    private List<Answers> both(
            Method method,
            float[] alone,
            String chosen,
            float[] memory,
            double lambda,
            String mixedChosen,
            double seconds) {
        Answers own = new Answers(method.title(), alone, chosen, seconds);
        String mixed = mixedChosen + ", λ " + number(lambda);
        return hasNetwork()
                ? List.of(own, new Answers(method.mixedTitle(), test.mixed(lambda, memory), mixed, seconds))
                : List.of(own);
    }

    private void addNearest(CacheIndex index, double seconds) throws IOException {
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
     * Returns the shares of votes, {@code (counts, examples x classes)}.
     *
     * @param counts ascending, at most the number of keys
     */
    private float[][] votes(CacheIndex index, Examples examples, int... counts) throws IOException {
        int classes = test.classes();
        float[][] votes = new float[counts.length][examples.size() * classes];
        CacheIndex compatible = CompatibleIndex.of(index, examples);
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            Answer nearest = compatible.answer(Query.of(batch.features()).neighbors(counts[counts.length - 1]));
            for (int row = 0; row < batch.labels().length; row++) {
                List<Neighbor> neighbors = nearest.row(row).neighbors();
                int first = (batch.first() + row) * classes;
                for (int i = 0; i < counts.length; i++) {
                    for (Neighbor neighbor : neighbors.subList(0, counts[i])) {
                        votes[i][first + neighbor.label()] += 1f / counts[i];
                    }
                }
            }
        });
        return votes;
    }

    private void addProbe(CacheIndex encoder) throws IOException {
        try (LabelledKeys rows = LabelledKeys.of(encoder, keys, progress);
                LabelledKeys held = LabelledKeys.of(encoder, tuning.examples(), progress);
                LabelledKeys asked = LabelledKeys.of(encoder, test.examples(), progress)) {
            Stopwatch watch = Stopwatch.started();
            LinearProbe probe = LinearProbe.fit(rows, held, protocol.recipe().threads(), progress);
            double seconds = watch.seconds();
            String chosen =
                    String.format(Locale.ROOT, "penalty %.0e", probe.best().penalty());
            add(Method.PROBE, probe.probabilities(held), probe.probabilities(asked), chosen, seconds);
        }
    }

    /** Adds a method alone, and mixed with the network by the λ with the fewest errors on the tuning examples. */
    private void add(Method method, float[] ofTuning, float[] ofTest, String chosen, double seconds) {
        double lambda = hasNetwork() ? tuning.bestLambda(protocol.lambdas(), ofTuning) : 1;
        answers.addAll(both(method, ofTest, chosen, ofTest, lambda, chosen, seconds));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value).replaceAll("\\.?0+$", "");
    }
}
