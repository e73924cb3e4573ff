package io.github.afterimage.experiments.methods;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.LabelCheck;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Compares methods that know the same labelled features, with few labels and with all. Every method is tuned on the same
 * examples, which are never keys, and answers the same test examples. A draw chooses the labels at random and, if one half of
 * the test examples tunes, the halves too.
 *
 * @param amounts the numbers of labels, each of which makes one result
 * @param draws number of draws of each amount, positive
 * @param widen whether to widen the grid of θ where the best one lies on its edge
 * @param work keeps the features and the results
 */
public record MethodComparison(
        KeyLayers layers,
        List<LabelAmount> amounts,
        int draws,
        Set<Method> methods,
        Protocol protocol,
        boolean widen,
        WorkFolder work) {

    /** The summaries are those of one amount; {@code keys} and {@code examples} are those of one draw. */
    public record Result(String labels, int draws, long keys, long examples, List<MethodSummary> methods) {
        /** Returns the labels of each class as text, such as {@code 16 labels a class} or {@code all labels}. */
        public String words() {
            return labels.equals(LabelAmount.ALL.text())
                    ? "all labels"
                    : labels.endsWith("%")
                            ? labels.replace("%", " % of the labels")
                            : labels.equals("1") ? "1 label of each class" : labels + " labels of each class";
        }
    }

    /** @param warnings of what may make the results meaningless, in sentences */
    public record Comparison(List<Result> results, List<String> warnings) {}

    /**
     * Computes the features and the results that the work folder lacks.
     *
     * @throws IllegalArgumentException if the data do not fit
     */
    public Comparison run(ExampleSource source, Progress progress) throws IOException {
        ReducedFeatures reduced = new ReducedFeatures(source, layers, protocol.recipe());
        List<Result> results = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        try (OpenExamples given = source.open(layers.terms())) {
            Examples training = given.training().all();
            LabelCheck.requireLabels(training);
            LabelCheck.requireLabels(given.test());
            if (IntStream.range(0, training.size()).anyMatch(row -> training.weight(row) != 1)) {
                warnings.add("the training examples have weights, which no method uses here");
            }
        }
        try (OpenExamples features = reduced.open(work, progress)) {
            warnings.addAll(warnings(features));
            Map<String, Object> settings = reduced.settings();
            protocol.putRule(settings);
            settings.put("dtype", protocol.recipe().type().shortName());
            protocol.putGrid(settings);
            settings.put("widen", widen);
            settings.put("methods", methods.toString());
            settings.put("neighbors", Arrays.toString(MethodDraw.NEIGHBORS));
            settings.put("epsilons", Arrays.toString(WhitenedMethods.EPSILONS));
            for (LabelAmount amount : amounts) {
                int count = draws(amount, features);
                settings.put("labels", amount.text());
                settings.put("draws", count);
                results.add(
                        work.part("methods", settings, Result.class, () -> result(features, amount, count, progress)));
            }
        }
        return new Comparison(results, warnings);
    }

    /** Passes over the examples once more; they are features in files. */
    private static List<String> warnings(OpenExamples features) throws IOException {
        NetworkCheck network = new NetworkCheck(features.test());
        network.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        List<@Nullable String> warnings = new ArrayList<>();
        warnings.add(network.warning());
        BitSet known = known(features);
        long strange = IntStream.range(0, features.test().size())
                .filter(example -> !known.get(features.test().label(example)))
                .count();
        boolean answered = features.test().hasProbabilities();
        if (strange == features.test().size() && !answered) {
            throw new IllegalArgumentException(
                    "no test example has a label that a training example has: expected the same"
                            + " classes, in the same order");
        }
        if (strange > 0) {
            warnings.add(strange + " of " + features.test().size()
                    + " test examples have labels that no training example has, "
                    + (answered
                            ? "so only the network can answer them: add training examples of these classes, or leave the test"
                                    + " examples out"
                            : "so no method can answer them: they are no errors, but are to be refused"));
        }
        return warnings.stream().filter(Objects::nonNull).toList();
    }

    private static BitSet known(OpenExamples features) {
        BitSet known = new BitSet();
        Arrays.stream(features.rows())
                .forEach(row -> known.set(features.training().all().label(row)));
        return known;
    }

    /** Draws that would all be the same are made once. */
    private int draws(LabelAmount amount, OpenExamples features) {
        boolean halves = protocol.rule().heldOut() == 0 && features.tuning() == null;
        return amount.isAll() && !halves ? 1 : draws;
    }

    private Result result(OpenExamples features, LabelAmount amount, int count, Progress progress) throws IOException {
        IntPredicate known = features.test().hasProbabilities() ? label -> true : known(features)::get;
        DrawnAnswers drawn = new DrawnAnswers(features.test().size());
        long keys = 0;
        long examples = 0;
        for (int draw = 0; draw < count; draw++) {
            long seed = protocol.rule().seed() + draw;
            Split split = features.split(new Split.Rule(protocol.rule().heldOut(), seed));
            int kept = features.rows().length - protocol.rule().heldOut();
            int[] rows = amount.draw(
                    Arrays.copyOf(features.rows(), kept), features.training().all()::label, seed);
            Examples chosen = features.training().select(rows);
            MethodDraw answers = MethodDraw.of(chosen, split.tuning(), split.test(), protocol, widen, progress);
            drawn.add(split.testRows(), answers.testAnswers().labels(), answers.classes(), known, answers.run(methods));
            keys = chosen.size();
            examples = split.test().size();
        }
        return new Result(amount.text(), count, keys, examples, drawn.summaries());
    }
}
