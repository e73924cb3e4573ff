package io.github.afterimage.experiments.methods;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.probe.LabelledKeys;
import io.github.afterimage.experiments.probe.LinearProbe;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
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
 * @param answers those so far
 */
record MethodRun(
        Examples keys,
        LabelledAnswers tuning,
        LabelledAnswers test,
        Protocol protocol,
        Progress progress,
        List<Answers> answers) {
    private static final String NETWORK = "network";

    private static final String TWO_VIEWS = ", two views";
    private static final String PAPER = "equation (3)";
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

    static MethodRun of(Examples keys, Examples tuning, Examples test, Protocol protocol, Progress progress)
            throws IOException {
        int classes = IntStream.of(keys.classes(), tuning.classes(), test.classes())
                .max()
                .orElseThrow();
        LabelledAnswers held = LabelledAnswers.of(tuning, classes, progress);
        LabelledAnswers asked = LabelledAnswers.of(test, classes, progress);
        return new MethodRun(keys, held, asked, protocol, progress, new ArrayList<>());
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
            double seconds = IndexFiller.fill(index, keys, progress).memorySeconds();
            for (Method method : methods) {
                switch (method) {
                    case MEMORY -> addMemory(index, seconds);
                    case NEAREST -> addNearest(index, seconds);
                    case MEANS -> addMeans(index, seconds);
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

    /** Adds the rule of an index, its parts, and equation (3) of the paper. */
    private void addMemory(CacheReader index, double seconds) throws IOException {
        Evaluation evaluation = new Evaluation(index, tuning.examples());
        Tuner tuner = evaluation.tuned(new Tuner(), true, progress).tuner();
        List<Rule> rules = new ArrayList<>();
        int views = hasNetwork()
                ? Math.min(tuning.examples().views(), test.examples().views())
                : Calibration.ALONE;
        for (int seen = 1; seen <= views; seen++) {
            Pool network = tuner.networkAlone(seen);
            String temperature = "temperature " + number(1 / network.network());
            rules.add(new Rule(NETWORK + (seen == 1 ? ", temperature" : TWO_VIEWS), network, seen, temperature, 0));
        }
        boolean edge = tuner.bestIsFirstTheta() || tuner.bestIsLastTheta();
        for (int seen = Calibration.ALONE; seen <= views; seen++) {
            String name = seen == Calibration.ALONE
                    ? Method.MEMORY.title()
                    : Method.MEMORY.mixedTitle() + (seen == 1 ? "" : TWO_VIEWS);
            rules.add(new Rule(name, tuner.rule(seen), seen, words(tuner.rule(seen), seen, edge), seconds));
        }
        if (views > Calibration.ALONE) {
            PaperGrid grid = protocol.grid();
            grid.count(evaluation, progress);
            Mixture best = grid.best().mixture();
            String chosen = words(best, 1, GridOptions.atEdge(grid.thetas(), best.theta()));
            rules.add(new Rule(PAPER, best, 1, chosen, seconds));
        }
        List<float[]> found = test.byRules(
                index,
                rules.stream()
                        .map(each -> Calibration.of(each.rule, each.views))
                        .toList(),
                progress);
        for (int i = 0; i < found.size(); i++) {
            Rule each = rules.get(i);
            answers.add(new Answers(each.name, found.get(i), each.chosen, each.seconds));
        }
    }

    /** A rule that answers the test examples, with the views that the network sees. */
    private record Rule(String name, AnswerRule rule, int views, String chosen, double seconds) {}

    private static String words(AnswerRule rule, int views, boolean edge) {
        return RuleText.of(Calibration.of(rule, views)).text() + (edge ? " (theta at the edge of those tried)" : "");
    }

    /** The likeness to the mean of each class, with the temperature that fits the tuning examples best. */
    private record Means(float[] ofTuning, float[] ofTest, double temperature) {}

    private Means means(CacheReader index) throws IOException {
        float[] held = tuning.byDirections(index, progress);
        Temperature best = Temperature.fit(held, tuning.labels());
        return new Means(
                best.scale(held, test.classes()),
                best.scale(test.byDirections(index, progress), test.classes()),
                best.value());
    }

    private void addMeans(CacheReader index, double seconds) throws IOException {
        Means found = means(index);
        String chosen = "temperature " + number(found.temperature);
        add(Method.MEANS, found.ofTuning, found.ofTest, chosen, seconds);
    }

    /** Adds the discriminant with the ε whose -log p of the true class is the least on the tuning examples. */
    private void addDiscriminant() throws IOException {
        List<Means> found = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        for (double epsilon : EPSILONS) {
            IndexRecipe recipe = protocol.recipe().with(Reduction.whitened(keys.dim(), epsilon), keys.size());
            Stopwatch watch = Stopwatch.started();
            try (CacheIndex index =
                    recipe.builder(keys, test.classes(), progress).build()) {
                IndexFiller.fill(index, keys, progress);
                seconds.add(watch.seconds());
                found.add(means(index));
            }
        }
        int best = ArgMax.of(EPSILONS.length, i -> -tuning.logLoss(found.get(i).ofTuning));
        Means means = found.get(best);
        String chosen = "ε " + number(EPSILONS[best]) + ", temperature " + number(means.temperature);
        add(Method.DISCRIMINANT, means.ofTuning, means.ofTest, chosen, seconds.get(best));
    }

    private void addNearest(CacheReader index, double seconds) throws IOException {
        int[] counts = Arrays.stream(NEIGHBORS).filter(k -> k <= index.size()).toArray();
        float[][] votes = votes(index, tuning.examples(), counts);
        int best = ArgMax.of(counts.length, i -> -tuning.errors(votes[i]));
        float[] found = votes(index, test.examples(), counts[best])[0];
        add(Method.NEAREST, votes[best], found, "k " + counts[best], seconds);
    }

    /**
     * Returns the shares of votes, {@code (counts, examples x classes)}.
     *
     * @param counts ascending, at most the number of keys
     */
    private float[][] votes(CacheReader index, Examples examples, int... counts) throws IOException {
        int classes = test.classes();
        float[][] votes = new float[counts.length][examples.size() * classes];
        CacheReader compatible = CompatibleIndex.of(index, examples);
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

    private void addProbe(CacheReader encoder) throws IOException {
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
        answers.add(new Answers(method.title(), ofTest, chosen, seconds));
        if (hasNetwork()) {
            double lambda = tuning.bestLambda(protocol.lambdas(), ofTuning);
            answers.add(new Answers(
                    method.mixedTitle(), test.mixed(lambda, ofTest), chosen + ", λ " + number(lambda), seconds));
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value).replaceAll("\\.?0+$", "");
    }
}
