package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.reductions.ReductionComparison;
import io.github.afterimage.experiments.reductions.ReductionComparison.TunedReduction;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The form of keys that was chosen by the cost and the error of each.
 *
 * @param reason a sentence
 * @param costs those of all forms
 */
public record KeyChoice(IndexRecipe form, String reason, List<Cost> costs) {
    /** The examples that components are learned from. */
    static final int SAMPLE = 3000;

    private static final Reduction COMPONENTS = Reduction.principalComponents(256);

    /** How far the spread within classes is evened out: much with many examples of a class, less with few. */
    private static final double[] EPSILONS = {0.1, 1};

    /** So many more wrong answers show no difference: McNemar's p is 0.5 even if no other answer differs. */
    private static final double UNTOLD = 2;

    private static final int MAX_QUERIES = 2000;
    private static final Comparator<Cost> FEWEST_ERRORS =
            Comparator.comparingDouble(Cost::tuningError).thenComparing(Cost::tuningLogLoss);
    private static final double SECONDS = 0.1;
    private static final double[] THETAS = {10, 14, 20, 28, 40, 56, 80};

    static KeyChoice of(TrialExamples examples, TrialOptions options) throws IOException {
        Progress progress = options.begin("forms of keys");
        Examples memory = examples.memory();
        List<IndexRecipe> forms = forms(memory.dim(), memory.size(), options.threads());
        double networkSeconds = examples.networkMillis() * memory.size() / 1000;
        int[] all = IntStream.range(0, examples.tuning().size()).toArray();
        Examples queries = examples.tuning()
                .select(Arrays.stream(BalancedSample.shuffled(all, options.seed()))
                        .limit(MAX_QUERIES)
                        .sorted()
                        .toArray());
        List<Cost> costs = new ArrayList<>();
        for (IndexRecipe form : forms) {
            costs.add(examples.steps().step("form", Cost.class, () -> costs(
                            List.of(form), memory, queries, examples.classes(), networkSeconds, progress)
                    .get(0)));
        }
        Cost best = best(costs);
        Comparator<Cost> smallest = Comparator.comparingLong(Cost::allBytes).thenComparing(Cost::tuningLogLoss);
        Cost taken = simplest(costs, 0.5, queries.size(), smallest);
        int place = costs.indexOf(taken);
        costs.set(place, taken.asChosen());
        String reason = "Keys of " + taken.keys() + " were taken: the smallest whose error on "
                + Format.count(queries.size(), "tuning example")
                + (queries.size() < examples.tuning().size() ? ", drawn at random, " : ", ")
                + Format.percent(taken.tuningError())
                + ", is within half a standard error, or two answers, of the least, "
                + Format.percent(best.tuningError())
                + (taken.projectionBytes() == 0 ? "." : "; its projection counts too.")
                + " Of equally small ones, those that give the true classes the greatest probabilities.";
        return new KeyChoice(forms.get(place), reason + whitening(forms, costs, place), costs);
    }

    /**
     * Chooses for an index of plain cosines or of whitened keys. The network runs on all examples once, besides the samples that
     * reductions learn from.
     *
     * @param tuning other examples than the keys
     * @param type of the keys
     * @param sample the number of keys that a reduction learns from
     * @throws IllegalArgumentException if the tuning examples do not fit the keys
     */
    public static KeyChoice plainOrWhitened(
            Examples keys, Examples tuning, ElementType type, int sample, int threads, Progress progress)
            throws IOException {
        IndexRecipe full = new IndexRecipe(null, sample, type, Engines.auto(), threads);
        List<IndexRecipe> forms = plainAndWhitened(keys.dim(), keys.size(), full);
        int classes = Math.max(keys.classes(), tuning.classes());
        List<Cost> costs = costs(forms, keys, tuning, classes, 0, progress);
        Cost plain = costs.get(0);
        Cost best = best(costs);
        Cost taken = simplest(
                costs,
                1,
                tuning.size(),
                Comparator.comparing((Cost cost) -> cost != plain).thenComparing(FEWEST_ERRORS));
        String rule = forms.size() == 1
                ? "there are too few keys to learn a whitening"
                : taken != plain
                        ? "with plain cosines, " + plain.keys() + ", it is " + Format.percent(plain.tuningError())
                                + ", more than one standard error worse"
                        : "no whitened keys are better by more than one standard error, or two answers; the least error is "
                                + Format.percent(best.tuningError()) + ", with " + best.keys();
        String reason = "Keys of " + taken.keys() + " were taken: their error on "
                + Format.count(tuning.size(), "tuning example") + " is " + Format.percent(taken.tuningError())
                + ", and "
                + rule + ".";
        return new KeyChoice(forms.get(costs.indexOf(taken)), reason, costs);
    }

    /** Returns the forms to compare, the longest first. */
    private static List<IndexRecipe> forms(int dim, long keys, int threads) {
        List<IndexRecipe> forms = new ArrayList<>();
        for (ElementType type : List.of(ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8)) {
            forms.add(new IndexRecipe(null, SAMPLE, type, Engines.auto(), threads));
        }
        List<IndexRecipe> shortened = plainAndWhitened(dim, keys, forms.get(2));
        if (shortened.get(0).reduction() != null) {
            forms.add(forms.get(0).with(COMPONENTS, SAMPLE));
            forms.add(shortened.get(0));
        }
        forms.addAll(shortened.subList(1, shortened.size()));
        return forms;
    }

    /** Returns the form of plain cosines, with principal components where keys are long, then those of whitened keys, if there are any. */
    private static List<IndexRecipe> plainAndWhitened(int dim, long keys, IndexRecipe full) {
        int whitened = Math.min(COMPONENTS.dim(), dim);
        boolean enough = keys >= 2L * whitened; // fewer would be learned by heart
        List<IndexRecipe> forms = new ArrayList<>();
        forms.add(enough && dim > whitened ? full.with(COMPONENTS, full.sample()) : full);
        for (double epsilon : enough ? EPSILONS : new double[0]) {
            forms.add(full.with(Reduction.whitened(whitened, epsilon), full.sample()));
        }
        return forms;
    }

    /** Returns the cost of the form that was chosen for a trial. */
    Cost chosen() {
        return costs.stream().filter(Cost::chosen).findFirst().orElseThrow();
    }

    /** Returns {@code all 1,280 values, f32} or {@code pca:256, i8}. */
    private static String words(IndexRecipe form, int dim) {
        Reduction reduction = form.reduction();
        return (reduction == null ? String.format(Locale.ROOT, "all %,d values", dim) : reduction.toString()) + ", "
                + form.type().shortName();
    }

    static int keyDim(IndexRecipe form, int dim) {
        return form.reduction() == null ? dim : form.reduction().dim();
    }

    private static Cost best(List<Cost> costs) {
        return costs.stream().min(FEWEST_ERRORS).orElseThrow();
    }

    /**
     * Returns the first, in some order, of those that are at most so many standard errors of the least error worse than it, or so few
     * answers that these show no difference.
     */
    private static Cost simplest(List<Cost> costs, double errors, int queries, Comparator<Cost> order) {
        double least = best(costs).tuningError();
        double margin = Math.max(errors * Math.sqrt(least * (1 - least) / queries), UNTOLD / queries);
        return costs.stream()
                .filter(cost -> cost.tuningError() <= least + margin)
                .min(order)
                .orElseThrow();
    }

    /** Tells what whitening gains over keys of the same size; empty if the keys are not whitened, or no others have the size. */
    private static String whitening(List<IndexRecipe> forms, List<Cost> costs, int taken) {
        Cost whitened = costs.get(taken);
        if (!forms.get(taken).whitens()) {
            return "";
        }
        return IntStream.range(0, forms.size())
                .filter(i -> !forms.get(i).whitens() && costs.get(i).allBytes() == whitened.allBytes())
                .mapToObj(costs::get)
                .findFirst()
                .map(plain -> " Whitening evens out the spread within classes: the error without it, with "
                        + plain.keys() + ", is " + Format.percent(plain.tuningError()) + ".")
                .orElse("");
    }

    /**
     * Makes an index of each form in one pass over the keys, and tunes all in one pass over the queries.
     *
     * @param networkSeconds that the keys took before
     */
    private static List<Cost> costs(
            List<IndexRecipe> forms,
            Examples memory,
            Examples queries,
            int classes,
            double networkSeconds,
            Progress progress)
            throws IOException {
        List<CacheIndex> indexes = new ArrayList<>();
        try {
            Stopwatch watch = Stopwatch.started();
            for (IndexRecipe form : forms) {
                indexes.add(form.builder(memory, classes, progress).build());
            }
            IndexFiller.fill(indexes, memory, progress);
            double seconds = networkSeconds + watch.seconds();
            List<TunedReduction> tuned = ReductionComparison.compare(indexes, queries, THETAS, SECONDS, progress);
            return IntStream.range(0, forms.size())
                    .mapToObj(i -> cost(forms.get(i), memory, seconds, tuned.get(i)))
                    .toList();
        } finally {
            indexes.forEach(CacheIndex::close);
        }
    }

    private static Cost cost(IndexRecipe form, Examples memory, double seconds, TunedReduction tuned) {
        Reduction reduction = form.reduction();
        return new Cost(
                words(form, memory.dim()),
                reduction == null ? null : reduction.toString(),
                form.type().shortName(),
                (long) memory.size() * keyDim(form, memory.dim()) * form.type().bytes(),
                reduction == null ? 0 : (long) memory.dim() * reduction.dim() * Float.BYTES,
                seconds,
                1000 / tuned.queriesPerSecond(),
                tuned.score().error(),
                tuned.tuner().logLoss(),
                false);
    }
}
