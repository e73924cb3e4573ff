package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.reductions.ReductionComparison;
import io.github.afterimage.experiments.reductions.TunedReduction;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The form of keys that was chosen by the cost and the error of each.
 *
 * @param reason a sentence
 * @param costs those of all forms
 */
record KeyChoice(KeyForm form, String reason, List<Cost> costs) {
    private static final int MAX_QUERIES = 2000;
    private static final double SECONDS = 0.1;
    private static final double[] THETAS = Tuner.grid(10, 90, 9);
    private static final double[] BETAS = {0, 5, 20};
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 21);

    static KeyChoice of(TrialExamples examples, TrialOptions options) throws IOException {
        Progress progress = options.begin("forms of keys");
        int dim = examples.memory().dim();
        List<KeyForm> forms = KeyForm.of(dim, examples.memory().size());
        List<Cost> costs = new ArrayList<>();
        for (KeyForm form : forms) {
            Map<String, Object> settings =
                    TrialOptions.settings(examples.identity(), "form", form.words(dim), "seed", options.seed());
            costs.add(options.work()
                    .part("form", settings, Cost.class, () -> measure(form, examples, options, progress)));
        }
        Cost best = costs.stream()
                .min(Comparator.comparingDouble(Cost::tuningError))
                .orElseThrow();
        int queries = Math.min(MAX_QUERIES, examples.tuning().size());
        double margin = Math.sqrt(best.tuningError() * (1 - best.tuningError()) / queries) / 2;
        Cost taken = costs.stream()
                .filter(cost -> cost.tuningError() <= best.tuningError() + margin)
                .min(Comparator.comparingLong(Cost::bytes).thenComparing(Cost::tuningLogLoss))
                .orElseThrow();
        int place = costs.indexOf(taken);
        costs.set(place, taken.asChosen());
        String reason = String.format(
                Locale.ROOT,
                "Keys of %s were taken: the smallest whose error on %,d tuning examples, %.2f %%, is within half a standard error"
                        + " of the least, %.2f %%. Of equally small ones, those that give the true classes the greatest probabilities.",
                taken.keys(),
                queries,
                100 * taken.tuningError(),
                100 * best.tuningError());
        return new KeyChoice(forms.get(place), reason + whitening(forms, costs, place), costs);
    }

    /** Tells what whitening gains over keys of the same size; empty if the keys are not whitened, or no others have the size. */
    private static String whitening(List<KeyForm> forms, List<Cost> costs, int taken) {
        Cost whitened = costs.get(taken);
        if (!forms.get(taken).isWhitened()) {
            return "";
        }
        return IntStream.range(0, forms.size())
                .filter(i -> !forms.get(i).isWhitened() && costs.get(i).bytes() == whitened.bytes())
                .mapToObj(costs::get)
                .findFirst()
                .map(plain -> String.format(
                        Locale.ROOT,
                        " Whitening evens out the spread within classes: the error without it, with %s, is %.2f %%.",
                        plain.keys(),
                        100 * plain.tuningError()))
                .orElse("");
    }

    private static Cost measure(KeyForm form, TrialExamples examples, TrialOptions options, Progress progress)
            throws IOException {
        Examples memory = examples.memory();
        int[] all = IntStream.range(0, examples.tuning().size()).toArray();
        Examples queries = examples.tuning()
                .select(Arrays.stream(BalancedSample.shuffled(all, options.seed()))
                        .limit(MAX_QUERIES)
                        .sorted()
                        .toArray());
        Stopwatch watch = Stopwatch.started();
        try (CacheIndex index =
                form.index(memory, examples.classes(), List.of(), Map.of(), options.threads(), progress)) {
            IndexFiller.fill(index, memory, progress);
            double seconds = watch.seconds();
            TunedReduction tuned = ReductionComparison.compare(
                            List.of(index), queries, THETAS, BETAS, LAMBDAS, SECONDS, progress)
                    .get(0);
            return new Cost(
                    form.words(memory.dim()),
                    form.reductionText(),
                    form.type().shortName(),
                    (long) memory.size()
                            * form.keyDim(memory.dim())
                            * form.type().bytes(),
                    seconds + examples.networkMillis() * memory.size() / 1000,
                    1000 / tuned.queriesPerSecond(),
                    tuned.tuner().best().error(),
                    tuned.tuner().logLoss(),
                    false);
        }
    }
}
